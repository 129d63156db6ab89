-- list_switches: the plan B switches in force, as staff see them, those turned last first.
--
-- in_sale_id and in_item_id choose those that hold for a sale or one of its items, or for an item; 0 or NULL: all. What is for every shop, or for the whole shop,
-- holds for each of its sales and items.
--
-- Answers up to in_limit rows: name, shop_id, item_id (0: all items), item_title, sale_id, time_zone (NULL unless of an item), value, reason, actor, changed_at, own
-- (1: set_switch lets the caller turn it, if he may turn any; 0: it is for every shop, and his is one of several).
-- No row also for another shop's sale or item, one that does not exist, and somebody who may not read. Members see what holds for their shop.
-- The whole table is read: it has a row for each switch that was ever turned.
-- Locks: none.
-- Called by store.ListSwitches. Proved by testdata/sql/list_switches.test.

DROP PROCEDURE IF EXISTS list_switches;

DELIMITER $$

CREATE DEFINER = doorbuster_owner@localhost PROCEDURE list_switches(
    IN in_staff_id BIGINT UNSIGNED,
    IN in_sale_id  BIGINT UNSIGNED,
    IN in_item_id  BIGINT UNSIGNED,
    IN in_limit    SMALLINT UNSIGNED
  )
  COMMENT 'Switches in force as staff see them, the last turned first. Returns up to in_limit rows.'
  READS SQL DATA
  SQL SECURITY DEFINER
list_switches: BEGIN
  DECLARE v_actor VARCHAR(100);
  DECLARE v_shop_id, v_for_shop BIGINT UNSIGNED; -- of the member; of the sale or item
  DECLARE v_allowed, v_alone BOOLEAN;
  DECLARE v_sale_id BIGINT UNSIGNED DEFAULT COALESCE(in_sale_id, 0);
  DECLARE v_item_id BIGINT UNSIGNED DEFAULT COALESCE(in_item_id, 0);

  CALL check_staff(in_staff_id, 'read', v_actor, v_shop_id, v_allowed);
  IF v_item_id > 0 THEN
    SELECT s.shop_id INTO v_for_shop FROM items i JOIN sales s ON s.id = i.sale_id WHERE i.id = v_item_id AND (v_shop_id IS NULL OR s.shop_id = v_shop_id);
  ELSEIF v_sale_id > 0 THEN
    SELECT s.shop_id INTO v_for_shop FROM sales s WHERE s.id = v_sale_id AND (v_shop_id IS NULL OR s.shop_id = v_shop_id);
  END IF;

  SELECT v_shop_id IS NULL OR NOT EXISTS (SELECT 1 FROM sales s WHERE s.shop_id <> v_shop_id)
                              AND NOT EXISTS (SELECT 1 FROM staff m WHERE m.shop_id <> v_shop_id) INTO v_alone; -- set_switch has the same

  SELECT w.name, w.shop_id, w.item_id, w.value, w.reason, w.actor, w.changed_at, IF(v_alone OR w.shop_id > 0, 1, 0) AS own,
         (SELECT i.title FROM items i WHERE i.id = w.item_id) AS item_title,
         (SELECT i.sale_id FROM items i WHERE i.id = w.item_id) AS sale_id,
         (SELECT s.time_zone FROM items i JOIN sales s ON s.id = i.sale_id WHERE i.id = w.item_id) AS time_zone
    FROM switches w
   WHERE w.is_on = 1 AND v_allowed
     AND CASE WHEN v_item_id > 0 THEN v_for_shop IS NOT NULL AND (w.item_id = v_item_id OR w.item_id = 0 AND w.shop_id IN (0, v_for_shop))
              WHEN v_sale_id > 0 THEN v_for_shop IS NOT NULL
                                      AND (w.item_id = 0 AND w.shop_id IN (0, v_for_shop) OR w.item_id IN (SELECT i.id FROM items i WHERE i.sale_id = v_sale_id))
              WHEN v_shop_id IS NULL THEN TRUE
              ELSE w.shop_id IN (0, v_shop_id) END
   ORDER BY w.changed_at DESC, w.name, w.shop_id, w.item_id LIMIT in_limit;
END list_switches$$

DELIMITER ;

GRANT EXECUTE ON PROCEDURE list_switches TO doorbuster_admin@'%';
