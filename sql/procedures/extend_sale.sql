-- extend_sale: a sale ends later. A difference to the end that the member saw, never a new end: two who extend at once cannot add up unseen.
--
-- Outcomes, first match wins:
--   not_allowed        the member may not change sales
--   no_such_sale       no sale of this number, or another shop's
--   not_published      it was never published
--   over               it was ended, or its end has passed
--   changed_meanwhile  it does not end at in_closes_at_seen: somebody else has changed it
--   bad_minutes        fewer than 1, or more than a week (10,080)
--   extended           it ends that much later; shoppers' pages show it within a second or so
--
-- Answers one row: outcome, closes_at (as it stands afterwards).
-- Locks: the sale, exclusively: it waits for the batches that run; a batch that comes later sells until the new end.
-- Called by store.ExtendSale. Proved by testdata/sql/extend_sale.test.

DROP PROCEDURE IF EXISTS extend_sale;

DELIMITER $$

CREATE DEFINER = doorbuster_owner@localhost PROCEDURE extend_sale(
    IN in_staff_id       BIGINT UNSIGNED,
    IN in_sale_id        BIGINT UNSIGNED,
    IN in_closes_at_seen DATETIME(6),
    IN in_minutes        INT,
    IN in_actor          VARCHAR(100),
    IN in_reason         VARCHAR(200)
  )
  COMMENT 'Lets a sale end later. Returns one row: outcome, closes_at.'
  MODIFIES SQL DATA
  SQL SECURITY DEFINER
extend_sale: BEGIN
  DECLARE v_outcome, v_state VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin;
  DECLARE v_shop_id BIGINT UNSIGNED;
  DECLARE v_allowed BOOLEAN;
  DECLARE v_now, v_closes DATETIME(6);
  DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

  CALL check_staff(in_staff_id, 'sell', in_actor, v_shop_id, v_allowed);
  SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
  START TRANSACTION;
  SELECT state, closes_at INTO v_state, v_closes FROM sales WHERE id = in_sale_id AND v_allowed AND (v_shop_id IS NULL OR shop_id = v_shop_id) FOR UPDATE;
  SET v_now = UTC_TIMESTAMP(6);
  SET v_outcome = CASE
    WHEN NOT v_allowed THEN 'not_allowed'
    WHEN v_state IS NULL THEN 'no_such_sale'
    WHEN v_state IN ('draft', 'importing') THEN 'not_published'
    WHEN v_state = 'ended' OR v_closes <= v_now THEN 'over'
    WHEN COALESCE(v_closes <> in_closes_at_seen, TRUE) THEN 'changed_meanwhile'
    WHEN COALESCE(in_minutes NOT BETWEEN 1 AND 10080, TRUE) THEN 'bad_minutes'
    ELSE 'extended' END;
  IF v_outcome = 'extended' THEN
    SET v_closes = v_closes + INTERVAL in_minutes MINUTE;
    UPDATE sales SET closes_at = v_closes, changed_at = v_now WHERE id = in_sale_id;
    INSERT INTO sale_log (sale_id, shop_id, action, detail, reason, actor, staff_id, made_at, thing, was, became)
    VALUES (in_sale_id, (SELECT shop_id FROM sales WHERE id = in_sale_id), 'extended', CONCAT(DATE_FORMAT(in_closes_at_seen, '%Y-%m-%d %H:%i:%s'), ' to ', DATE_FORMAT(v_closes, '%Y-%m-%d %H:%i:%s'), ' UTC'), in_reason, in_actor, in_staff_id, v_now,
            CONCAT('sale ', in_sale_id, ' end'), DATE_FORMAT(in_closes_at_seen, '%Y-%m-%d %H:%i:%s.%f'), DATE_FORMAT(v_closes, '%Y-%m-%d %H:%i:%s.%f'));
  END IF;
  COMMIT;

  SELECT v_outcome AS outcome, v_closes AS closes_at;
END extend_sale$$

DELIMITER ;

GRANT EXECUTE ON PROCEDURE extend_sale TO doorbuster_admin@'%';
