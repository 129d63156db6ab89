-- set_language: a shopper reads the pages in another language now; mails follow.
--
-- Outcomes, first match wins:
--   no_such_user  no shopper of this number
--   set           in_language (en or zh) is the shopper's; it may have been before
--
-- Answers one row: outcome.
-- Locks: the shopper.
-- Called by store.SetLanguage. Proved by testdata/sql/set_language.test.

DROP PROCEDURE IF EXISTS set_language;

DELIMITER $$

CREATE DEFINER = doorbuster_owner@localhost PROCEDURE set_language(
    IN in_user_id  BIGINT UNSIGNED,
    IN in_language VARCHAR(2) CHARACTER SET ascii COLLATE ascii_bin
  )
  COMMENT 'Sets the language of a shopper. Returns one row: outcome.'
  MODIFIES SQL DATA
  SQL SECURITY DEFINER
set_language: BEGIN
  DECLARE v_found INT DEFAULT 0;
  DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

  SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
  START TRANSACTION;
  SELECT COUNT(*) INTO v_found FROM users WHERE id = in_user_id FOR UPDATE;
  UPDATE users SET language = in_language WHERE id = in_user_id;
  COMMIT;

  SELECT IF(v_found = 0, 'no_such_user', 'set') AS outcome;
END set_language$$

DELIMITER ;

GRANT EXECUTE ON PROCEDURE set_language TO doorbuster_web@'%';
