-- discard_sale: a sale that was never published goes away with its items, for example an import that failed halfway.
--
-- Outcomes, first match wins:
--   not_allowed   the member may not change sales
--   no_such_sale  no sale of this number, or another shop's
--   not_a_draft   it was published: it has a history and stays
--   discarded     sale, items, shards and access codes are gone; ledger lines stay and say that the units left
--
-- Answers one row: outcome.
-- Locks: the sale, its items, their shards.
-- Called by store.DiscardSale. Proved by testdata/sql/discard_sale.test and staff_rights.test.

DROP PROCEDURE IF EXISTS discard_sale;

DELIMITER $$

CREATE DEFINER = doorbuster_owner@localhost PROCEDURE discard_sale(
    IN in_staff_id BIGINT UNSIGNED,
    IN in_sale_id  BIGINT UNSIGNED,
    IN in_move_id  BINARY(16),
    IN in_actor    VARCHAR(100),
    IN in_reason   VARCHAR(200)
  )
  COMMENT 'Deletes a sale that was never published. Returns one row: outcome.'
  MODIFIES SQL DATA
  SQL SECURITY DEFINER
discard_sale: BEGIN
  DECLARE v_outcome, v_state VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin;
  DECLARE v_shop_id BIGINT UNSIGNED;
  DECLARE v_allowed BOOLEAN;
  DECLARE v_now DATETIME(6) DEFAULT UTC_TIMESTAMP(6);
  DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

  CALL check_staff(in_staff_id, 'sell', in_actor, v_shop_id, v_allowed);
  SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
  START TRANSACTION;
  SELECT state, shop_id INTO v_state, v_shop_id FROM sales WHERE id = in_sale_id AND v_allowed AND (v_shop_id IS NULL OR shop_id = v_shop_id) FOR UPDATE;
  SET v_outcome = CASE
    WHEN NOT v_allowed                              THEN 'not_allowed'
    WHEN v_state IS NULL                            THEN 'no_such_sale'
    WHEN v_state NOT IN ('importing', 'draft')      THEN 'not_a_draft'
    ELSE 'discarded' END;
  IF v_outcome = 'discarded' THEN
    -- One line per item and shard: what was allotted leaves again, so the ledger of a discarded item adds up to nothing.
    INSERT INTO stock_moves (move_id, line, item_id, shard, order_id, units, from_account, to_account, reason, actor, moved_at)
    SELECT in_move_id, ROW_NUMBER() OVER (ORDER BY s.item_id, s.shard) - 1, s.item_id, s.shard, NULL, s.available, 'available', 'outside',
           'discarded', in_actor, v_now
      FROM stock_shards s JOIN items i ON i.id = s.item_id WHERE i.sale_id = in_sale_id AND s.available > 0;
    DELETE s FROM stock_shards s JOIN items i ON i.id = s.item_id WHERE i.sale_id = in_sale_id;
    DELETE FROM rehearsals WHERE sale_id = in_sale_id;
    DELETE FROM access_codes WHERE sale_id = in_sale_id;
    DELETE FROM items WHERE sale_id = in_sale_id;
    DELETE FROM sales WHERE id = in_sale_id;
    INSERT INTO sale_log (sale_id, shop_id, action, detail, reason, actor, staff_id, made_at)
    VALUES (in_sale_id, v_shop_id, 'discarded', CONCAT('it was ', v_state), in_reason, in_actor, in_staff_id, v_now);
  END IF;
  COMMIT;

  SELECT v_outcome AS outcome;
END discard_sale$$

DELIMITER ;

GRANT EXECUTE ON PROCEDURE discard_sale TO doorbuster_admin@'%';
