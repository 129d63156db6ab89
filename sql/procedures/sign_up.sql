-- sign_up: a shopper makes an account with e-mail and password.
--
-- Outcomes, first match wins:
--   email_taken  an account with this e-mail exists; nothing changes
--   created      user_id is the shopper's number
--
-- Answers one row: outcome, user_id. in_email is lower case; in_language is en or zh; in_password_phc is an argon2id hash, never a password.
-- Locks: the new row.
-- Called by store.SignUp. Proved by testdata/sql/sign_up.test.

DROP PROCEDURE IF EXISTS sign_up;

DELIMITER $$

CREATE DEFINER = doorbuster_owner@localhost PROCEDURE sign_up(
    IN in_email        VARCHAR(254),
    IN in_name         VARCHAR(200),
    IN in_language     VARCHAR(2) CHARACTER SET ascii COLLATE ascii_bin,
    IN in_password_phc VARCHAR(255)
  )
  COMMENT 'Creates a shopper with e-mail and password. Returns one row: outcome, user_id.'
  MODIFIES SQL DATA
  SQL SECURITY DEFINER
sign_up: BEGIN
  DECLARE v_now DATETIME(6) DEFAULT UTC_TIMESTAMP(6);
  DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;
  DECLARE EXIT HANDLER FOR 1062 BEGIN ROLLBACK; SELECT 'email_taken' AS outcome, NULL AS user_id; END;

  SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
  START TRANSACTION;
  INSERT INTO users (login_email, password_phc, email, name, language, sessions_from, created_at)
  VALUES (in_email, in_password_phc, in_email, in_name, in_language, v_now, v_now);
  COMMIT;

  SELECT 'created' AS outcome, LAST_INSERT_ID() AS user_id;
END sign_up$$

DELIMITER ;

GRANT EXECUTE ON PROCEDURE sign_up TO doorbuster_web@'%';
