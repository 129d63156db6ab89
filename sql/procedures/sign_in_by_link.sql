-- sign_in_by_link: the merchant's own shop vouches for one of its customers; the first time an account is made.
--
-- The link's signature was checked before; this only finds or makes the shopper. Name and e-mail follow what the merchant
-- says last, the language (en or zh) follows the pages that the link leads to.
-- A link never opens an account that signed up with a password, whatever e-mail it names.
--
-- Outcomes, first match wins:
--   known    the customer has been here before
--   created  a new shopper was made
--
-- Answers one row: outcome, user_id.
-- Locks: the shopper.
-- Called by store.SignInByLink. Proved by testdata/sql/sign_in_by_link.test.

DROP PROCEDURE IF EXISTS sign_in_by_link;

DELIMITER $$

CREATE DEFINER = doorbuster_owner@localhost PROCEDURE sign_in_by_link(
    IN in_customer_ref VARCHAR(190),
    IN in_email        VARCHAR(254),
    IN in_name         VARCHAR(200),
    IN in_language     VARCHAR(2) CHARACTER SET ascii COLLATE ascii_bin
  )
  COMMENT 'Finds or makes the shopper of a signed link. Returns one row: outcome, user_id.'
  MODIFIES SQL DATA
  SQL SECURITY DEFINER
sign_in_by_link: BEGIN
  DECLARE v_user_id BIGINT UNSIGNED;
  DECLARE v_outcome VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin DEFAULT 'known';
  DECLARE v_name VARCHAR(200);
  DECLARE v_email VARCHAR(254);
  DECLARE v_language VARCHAR(2) CHARACTER SET ascii COLLATE ascii_bin;
  DECLARE v_now DATETIME(6) DEFAULT UTC_TIMESTAMP(6);
  DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

  SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
  START TRANSACTION;
  SELECT id, name, email, language INTO v_user_id, v_name, v_email, v_language FROM users WHERE customer_ref = in_customer_ref;
  IF v_user_id IS NULL THEN
    -- Two links of one customer at once: the second finds the row of the first here.
    INSERT INTO users (customer_ref, email, name, language, sessions_from, created_at)
    VALUES (in_customer_ref, in_email, in_name, in_language, v_now, v_now)
        ON DUPLICATE KEY UPDATE id = LAST_INSERT_ID(id);
    SET v_outcome = IF(ROW_COUNT() = 1, 'created', 'known'), v_user_id = LAST_INSERT_ID();
  ELSEIF NOT (v_name COLLATE utf8mb4_bin <=> in_name AND v_email COLLATE utf8mb4_bin <=> in_email AND v_language <=> in_language) THEN -- to the letter: leo is not Leo
    UPDATE users SET name = in_name, email = in_email, language = in_language WHERE id = v_user_id;
  END IF;
  COMMIT;

  SELECT v_outcome AS outcome, v_user_id AS user_id;
END sign_in_by_link$$

DELIMITER ;

GRANT EXECUTE ON PROCEDURE sign_in_by_link TO doorbuster_web@'%';
