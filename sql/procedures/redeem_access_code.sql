-- redeem_access_code: a shopper shows a code, and is a member of the sale from then on.
--
-- in_code is as codes are kept: capital letters and digits. A use is taken by an UPDATE that has its bound in its condition, in the transaction that adds the
-- member: N uses never let in N + 1, and who shows a code twice, or two codes at once, takes one use.
--
-- Outcomes, first match wins:
--   no_such_sale      no sale of this number that was published, or one in which members do not come first
--   over              the sale was ended or its end has passed
--   open_to_all       everybody may buy by now: no code is needed, and no use was taken
--   already_admitted  the shopper is a member; no use was taken, whatever the code is
--   no_such_code      the sale has no such code, or it was revoked: which of the two is nothing that who guesses should learn
--   used_up           it has let in as many as it may
--   admitted          the shopper is a member
--
-- Answers one row: outcome.
-- Locks: the new member, then the code: it is held from its UPDATE to the COMMIT, so that many who use one code at once wait as short as can be.
-- Called by store.RedeemAccessCode. Proved by testdata/sql/redeem_access_code.test and store/members_test.go.

DROP PROCEDURE IF EXISTS redeem_access_code;

DELIMITER $$

CREATE DEFINER = doorbuster_owner@localhost PROCEDURE redeem_access_code(
    IN in_user_id BIGINT UNSIGNED,
    IN in_sale_id BIGINT UNSIGNED,
    IN in_code    VARCHAR(200) CHARACTER SET ascii COLLATE ascii_bin
  )
  COMMENT 'Lets a shopper into a sale before everybody. Returns one row: outcome.'
  MODIFIES SQL DATA
  SQL SECURITY DEFINER
redeem_access_code: BEGIN
  DECLARE v_outcome, v_state VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin;
  DECLARE v_code_id BIGINT UNSIGNED;
  DECLARE v_is_member, v_is_used_up BOOLEAN DEFAULT FALSE;
  DECLARE v_opens_at, v_closes_at, v_members_at DATETIME(6);
  DECLARE v_now DATETIME(6) DEFAULT UTC_TIMESTAMP(6);
  DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;
  DECLARE CONTINUE HANDLER FOR 1062 SET v_is_member = TRUE; -- the shopper showed another code at the same time, and was let in

  SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
  START TRANSACTION;
  SELECT state, opens_at, closes_at, members_open_at INTO v_state, v_opens_at, v_closes_at, v_members_at
    FROM sales WHERE id = in_sale_id AND state IN ('published', 'paused', 'ended') AND members_open_at IS NOT NULL;
  SELECT COUNT(*) > 0 INTO v_is_member FROM sale_members WHERE sale_id = in_sale_id AND user_id = in_user_id;
  SELECT id, uses >= uses_allowed INTO v_code_id, v_is_used_up
    FROM access_codes WHERE sale_id = in_sale_id AND code = in_code AND revoked_at IS NULL;
  SET v_outcome = CASE
    WHEN v_state IS NULL                            THEN 'no_such_sale'
    WHEN v_state = 'ended' OR v_now >= v_closes_at  THEN 'over'
    WHEN v_now >= v_opens_at                        THEN 'open_to_all'
    WHEN v_is_member                                THEN 'already_admitted'
    WHEN v_code_id IS NULL                          THEN 'no_such_code'
    WHEN v_is_used_up                               THEN 'used_up'
    ELSE 'admitted' END;
  IF v_outcome = 'admitted' THEN
    INSERT INTO sale_members (sale_id, user_id, code_id, joined_at) VALUES (in_sale_id, in_user_id, v_code_id, v_now);
    IF v_is_member THEN
      SET v_outcome = 'already_admitted';
    ELSE
      UPDATE access_codes SET uses = uses + 1 WHERE id = v_code_id AND uses < uses_allowed AND revoked_at IS NULL;
      IF ROW_COUNT() = 0 THEN -- the last use, or the code, went meanwhile: the member goes too
        ROLLBACK;
        SELECT IF(revoked_at IS NULL, 'used_up', 'no_such_code') INTO v_outcome FROM access_codes WHERE id = v_code_id;
      END IF;
    END IF;
  END IF;
  COMMIT;

  SELECT v_outcome AS outcome;
END redeem_access_code$$

DELIMITER ;

GRANT EXECUTE ON PROCEDURE redeem_access_code TO doorbuster_web@'%';
