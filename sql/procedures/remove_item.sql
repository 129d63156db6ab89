-- remove_item: an item leaves a draft. Its ledger lines stay and say that its units left; the items behind it move up, so places have no gaps.
--
-- in_edits is items.edits as the member saw it.
--
-- Outcomes, first match wins:
--   not_allowed        the member may not change sales
--   no_such_item       no item of this number, or another shop's
--   not_a_draft        its sale is published already: units can be withdrawn, items cannot
--   changed_meanwhile  somebody has changed it since; nothing changed
--   removed            it is gone
--
-- Answers one row: outcome.
-- Locks: the sale, the item, its shards, then the items behind it.
-- Called by store.RemoveItem. Proved by testdata/sql/remove_item.test.

DROP PROCEDURE IF EXISTS remove_item;

DELIMITER $$

CREATE DEFINER = doorbuster_owner@localhost PROCEDURE remove_item(
    IN in_staff_id BIGINT UNSIGNED,
    IN in_item_id  BIGINT UNSIGNED,
    IN in_edits    INT UNSIGNED,
    IN in_move_id  BINARY(16),
    IN in_actor    VARCHAR(100)
  )
  COMMENT 'Removes an item from a draft. Returns one row: outcome.'
  MODIFIES SQL DATA
  SQL SECURITY DEFINER
remove_item: BEGIN
  DECLARE v_outcome, v_state VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin;
  DECLARE v_shop_id, v_sale_id BIGINT UNSIGNED;
  DECLARE v_allowed BOOLEAN;
  DECLARE v_edits, v_position INT UNSIGNED;
  DECLARE v_detail VARCHAR(1000);
  DECLARE v_now DATETIME(6);
  DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

  CALL check_staff(in_staff_id, 'sell', in_actor, v_shop_id, v_allowed);
  SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
  START TRANSACTION;
  SELECT i.sale_id INTO v_sale_id FROM items i JOIN sales s ON s.id = i.sale_id
   WHERE i.id = in_item_id AND v_allowed AND (v_shop_id IS NULL OR s.shop_id = v_shop_id);
  SELECT state INTO v_state FROM sales WHERE id = v_sale_id FOR UPDATE;
  SELECT edits, position, CONCAT('item ', id, ': ', sku, ', ', title, ', ', units_allotted, ' units') INTO v_edits, v_position, v_detail
    FROM items WHERE id = in_item_id AND sale_id = v_sale_id FOR UPDATE;
  SET v_now = UTC_TIMESTAMP(6);
  SET v_outcome = CASE
    WHEN NOT v_allowed       THEN 'not_allowed'
    WHEN v_edits IS NULL     THEN 'no_such_item'
    WHEN v_state <> 'draft'  THEN 'not_a_draft'
    WHEN v_edits <> in_edits THEN 'changed_meanwhile'
    ELSE 'removed' END;
  IF v_outcome = 'removed' THEN
    INSERT INTO stock_moves (move_id, line, item_id, shard, order_id, units, from_account, to_account, reason, actor, moved_at)
    SELECT in_move_id, shard, in_item_id, shard, NULL, available, 'available', 'outside', 'removed', in_actor, v_now
      FROM stock_shards WHERE item_id = in_item_id AND available > 0;
    DELETE FROM stock_shards WHERE item_id = in_item_id;
    DELETE FROM items WHERE id = in_item_id;
    UPDATE items SET position = position - 1 WHERE sale_id = v_sale_id AND position > v_position ORDER BY position;
    UPDATE sales SET changed_at = v_now WHERE id = v_sale_id;
    INSERT INTO sale_log (sale_id, shop_id, action, detail, reason, actor, staff_id, made_at)
    VALUES (v_sale_id, (SELECT shop_id FROM sales WHERE id = v_sale_id), 'item_removed', v_detail, '', in_actor, in_staff_id, v_now);
  END IF;
  COMMIT;

  SELECT v_outcome AS outcome;
END remove_item$$

DELIMITER ;

GRANT EXECUTE ON PROCEDURE remove_item TO doorbuster_admin@'%';
