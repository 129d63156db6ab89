-- add_units: more units of an item go on sale. A difference, never a new total: nobody overwrites live stock with an old number.
--
-- Outcomes, first match wins:
--   not_allowed   the member may not change sales
--   no_such_item  no item of this number, or another shop's
--   bad_units     fewer than 1, or more than an item may have (100,000,000)
--   over          its sale was ended
--   added         the units are available; whoever was told "sold out" may try again
--
-- Answers one row: outcome, units_allotted, units_left (of the item, afterwards).
-- Locks: the sale, the item, every shard in rising order.
-- Called by store.AddUnits. Proved by testdata/sql/add_units.test and staff_rights.test.

DROP PROCEDURE IF EXISTS add_units;

DELIMITER $$

CREATE DEFINER = doorbuster_owner@localhost PROCEDURE add_units(
    IN in_staff_id BIGINT UNSIGNED,
    IN in_item_id  BIGINT UNSIGNED,
    IN in_units    INT,
    IN in_move_id  BINARY(16),
    IN in_actor    VARCHAR(100),
    IN in_reason   VARCHAR(200)
  )
  COMMENT 'Adds units to an item. Returns one row: outcome, units_allotted, units_left.'
  MODIFIES SQL DATA
  SQL SECURITY DEFINER
add_units: BEGIN
  DECLARE v_outcome, v_state VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin;
  DECLARE v_shop_id, v_sale_id, v_allotted BIGINT UNSIGNED;
  DECLARE v_allowed BOOLEAN;
  DECLARE v_left BIGINT;
  DECLARE v_now DATETIME(6);
  DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

  CALL check_staff(in_staff_id, 'sell', in_actor, v_shop_id, v_allowed);
  SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
  START TRANSACTION;
  SELECT i.sale_id INTO v_sale_id FROM items i JOIN sales s ON s.id = i.sale_id
   WHERE i.id = in_item_id AND v_allowed AND (v_shop_id IS NULL OR s.shop_id = v_shop_id);
  SELECT state INTO v_state FROM sales WHERE id = v_sale_id FOR UPDATE;
  SELECT units_allotted INTO v_allotted FROM items WHERE id = in_item_id AND v_sale_id IS NOT NULL FOR UPDATE;
  SELECT SUM(available) INTO v_left FROM stock_shards WHERE item_id = in_item_id AND v_sale_id IS NOT NULL FOR UPDATE;
  SET v_now = UTC_TIMESTAMP(6);
  SET v_outcome = CASE
    WHEN NOT v_allowed THEN 'not_allowed'
    WHEN v_allotted IS NULL THEN 'no_such_item'
    WHEN in_units < 1 OR v_allotted + in_units > 100000000 THEN 'bad_units'
    WHEN v_state = 'ended' THEN 'over'
    ELSE 'added' END;
  IF v_outcome = 'added' THEN
    CALL put_units(v_sale_id, in_item_id, in_units, in_move_id, in_reason, in_actor, v_now);
    INSERT INTO sale_log (sale_id, shop_id, action, detail, reason, actor, staff_id, made_at, thing, was, became)
    VALUES (v_sale_id, (SELECT shop_id FROM sales WHERE id = v_sale_id), 'units_added',
            CONCAT('item ', in_item_id, ': ', in_units, ' units, from ', v_allotted, ' to ', v_allotted + in_units), in_reason, in_actor, in_staff_id, v_now,
            CONCAT('item ', in_item_id, ' units'), v_allotted, v_allotted + in_units);
    SET v_allotted = v_allotted + in_units, v_left = v_left + in_units;
  END IF;
  COMMIT;

  SELECT v_outcome AS outcome, v_allotted AS units_allotted, v_left AS units_left;
END add_units$$

DELIMITER ;

GRANT EXECUTE ON PROCEDURE add_units TO doorbuster_admin@'%';
