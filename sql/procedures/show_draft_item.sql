-- show_draft_item: one item of a sale as staff edit it.
--
-- Answers at most one row: id, sale_id, position, sku, title, body, vendor, image_url, price_cents, list_price_cents, currency, units_allotted, limit_per_user,
-- hold_minutes, extension_minutes, edits, state (of its sale), takes_payment. No row: not an item of this sale, another shop's, or somebody who may not read.
-- in_item_id NULL means the first item of the sale.
-- Locks: none.
-- Called by store.ShowDraftItem. Proved by testdata/sql/show_draft_item.test.

DROP PROCEDURE IF EXISTS show_draft_item;

DELIMITER $$

CREATE DEFINER = doorbuster_owner@localhost PROCEDURE show_draft_item(
    IN in_staff_id BIGINT UNSIGNED,
    IN in_sale_id  BIGINT UNSIGNED,
    IN in_item_id  BIGINT UNSIGNED
  )
  COMMENT 'One item as staff edit it. Returns at most one row.'
  READS SQL DATA
  SQL SECURITY DEFINER
show_draft_item: BEGIN
  DECLARE v_actor VARCHAR(100);
  DECLARE v_shop_id BIGINT UNSIGNED;
  DECLARE v_allowed BOOLEAN;

  CALL check_staff(in_staff_id, 'read', v_actor, v_shop_id, v_allowed);
  SELECT i.id, i.sale_id, i.position, i.sku, i.title, i.body, i.vendor, i.image_url, i.price_cents, i.list_price_cents, i.currency, i.units_allotted,
         i.limit_per_user, i.hold_minutes, i.extension_minutes, i.edits, s.state, s.takes_payment
    FROM items i JOIN sales s ON s.id = i.sale_id
   WHERE i.sale_id = in_sale_id AND (i.id = in_item_id OR (in_item_id IS NULL AND i.position = 1))
     AND v_allowed AND (v_shop_id IS NULL OR s.shop_id = v_shop_id);
END show_draft_item$$

DELIMITER ;

GRANT EXECUTE ON PROCEDURE show_draft_item TO doorbuster_admin@'%';
