-- show_login: what is needed to check the password of one e-mail. No row: no such account.
--
-- Answers at most one row: user_id, name, language, password_phc.
-- Locks: none.
-- Called by store.Login. Proved by testdata/sql/show_login.test.

DROP PROCEDURE IF EXISTS show_login;

DELIMITER $$

CREATE DEFINER = doorbuster_owner@localhost PROCEDURE show_login(
    IN in_email VARCHAR(254)
  )
  COMMENT 'Login of one e-mail. Returns at most one row: user_id, name, language, password_phc.'
  READS SQL DATA
  SQL SECURITY DEFINER
show_login: BEGIN
  SELECT id AS user_id, name, language, password_phc FROM users WHERE login_email = in_email;
END show_login$$

DELIMITER ;

GRANT EXECUTE ON PROCEDURE show_login TO doorbuster_web@'%';
