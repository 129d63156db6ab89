-- copy_items: items of another sale of the shop come into a draft, each with the units that it has been allotted there so far.
--
-- in_item_id NULL means all whose SKU the draft does not have yet, at most 1000.
--
-- Outcomes, first match wins:
--   not_allowed    the member may not change sales
--   no_such_sale   one of the two sales is not there, or another shop's
--   not_a_draft    the sale that they would come into is published already
--   no_such_item   the other sale has no such item
--   duplicate_sku  the draft has the SKU of the one item already, or those of all; nothing changed
--   added          items_added items came in
--
-- Answers one row: outcome, items_added.
-- Locks: the draft, then its new items, shards and ledger. The other sale is only read.
-- Called by store.CopyItems. Proved by testdata/sql/copy_items.test.

DROP PROCEDURE IF EXISTS copy_items;

DELIMITER $$

CREATE DEFINER = doorbuster_owner@localhost PROCEDURE copy_items(
    IN in_staff_id BIGINT UNSIGNED,
    IN in_sale_id  BIGINT UNSIGNED,
    IN in_from_id  BIGINT UNSIGNED,
    IN in_item_id  BIGINT UNSIGNED,
    IN in_move_id  BINARY(16),
    IN in_actor    VARCHAR(100)
  )
  COMMENT 'Copies items of another sale into a draft. Returns one row: outcome, items_added.'
  MODIFIES SQL DATA
  SQL SECURITY DEFINER
copy_items: BEGIN
  DECLARE v_outcome, v_state VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin;
  DECLARE v_shop_id, v_from_id BIGINT UNSIGNED;
  DECLARE v_allowed BOOLEAN;
  DECLARE v_last_position INT UNSIGNED;
  DECLARE v_found, v_items INT DEFAULT 0;
  DECLARE v_skus VARCHAR(900);
  DECLARE v_now DATETIME(6);
  DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

  CALL check_staff(in_staff_id, 'sell', in_actor, v_shop_id, v_allowed);
  SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
  START TRANSACTION;
  SELECT state INTO v_state FROM sales WHERE id = in_sale_id AND v_allowed AND (v_shop_id IS NULL OR shop_id = v_shop_id) FOR UPDATE;
  SELECT id INTO v_from_id FROM sales WHERE id = in_from_id AND v_allowed AND (v_shop_id IS NULL OR shop_id = v_shop_id);
  SELECT COUNT(*) INTO v_found FROM items WHERE sale_id = v_from_id AND (in_item_id IS NULL OR id = in_item_id);
  SET v_now = UTC_TIMESTAMP(6);
  SET v_outcome = CASE
    WHEN NOT v_allowed                          THEN 'not_allowed'
    WHEN v_state IS NULL OR v_from_id IS NULL   THEN 'no_such_sale'
    WHEN v_state <> 'draft'                     THEN 'not_a_draft'
    WHEN v_found = 0                            THEN 'no_such_item'
    ELSE 'duplicate_sku' END;
  IF v_outcome = 'duplicate_sku' THEN
    SELECT COALESCE(MAX(position), 0) INTO v_last_position FROM items WHERE sale_id = in_sale_id;
    INSERT INTO items (sale_id, position, sku, title, body, vendor, image_url, price_cents, list_price_cents, currency, units_allotted,
                       limit_per_user, hold_minutes, extension_minutes, fairness, shards)
    SELECT in_sale_id, v_last_position + ROW_NUMBER() OVER (ORDER BY c.position), c.sku, c.title, c.body, c.vendor, c.image_url, c.price_cents, c.list_price_cents,
           c.currency, c.units_allotted, c.limit_per_user, c.hold_minutes, c.extension_minutes, c.fairness, c.shards
      FROM items c
     WHERE c.sale_id = v_from_id AND (in_item_id IS NULL OR c.id = in_item_id)
       AND NOT EXISTS (SELECT 1 FROM items h WHERE h.sale_id = in_sale_id AND h.sku = c.sku)
     ORDER BY c.position LIMIT 1000;
    SET v_items = ROW_COUNT();
    IF v_items > 0 THEN
      SET v_outcome = 'added';
      CALL allot_items(in_sale_id, v_last_position, in_move_id, in_actor, v_now);
      UPDATE sales SET changed_at = v_now WHERE id = in_sale_id;
      SELECT GROUP_CONCAT(sku ORDER BY position SEPARATOR ', ') INTO v_skus
        FROM items WHERE sale_id = in_sale_id AND position BETWEEN v_last_position + 1 AND v_last_position + 8;
      INSERT INTO sale_log (sale_id, shop_id, action, detail, reason, actor, staff_id, made_at)
      VALUES (in_sale_id, (SELECT shop_id FROM sales WHERE id = in_sale_id), 'items_added', CONCAT(v_items, IF(v_items = 1, ' item', ' items'), ' of sale ', in_from_id, ': ', v_skus, IF(v_items > 8, ', ...', '')), '',
              in_actor, in_staff_id, v_now);
    END IF;
  END IF;
  COMMIT;

  SELECT v_outcome AS outcome, v_items AS items_added;
END copy_items$$

DELIMITER ;

GRANT EXECUTE ON PROCEDURE copy_items TO doorbuster_admin@'%';
