-- share_last_units: not all of a batch can have what they ask for. They are gone through by arrival, and whoever's wish still fits gets it.
-- A step, never called alone.
--
-- Who asks for more than is left does not stop a later shopper whose wish still fits: nobody is turned away while a unit is left.
-- The caller holds the locks of all shards and has filled batch and batch_items. Who has no outcome afterwards gets what he asked for.
-- Locks: none of its own. Answers nothing.
-- Called by place_orders. Proved by testdata/sql/place_orders.test.

DROP PROCEDURE IF EXISTS share_last_units;

DELIMITER $$

CREATE DEFINER = doorbuster_owner@localhost PROCEDURE share_last_units()
  COMMENT 'Step of place_orders: gives the last units of its items by arrival. Returns nothing.'
  MODIFIES SQL DATA
  SQL SECURITY DEFINER
share_last_units: BEGIN
  DECLARE v_arrival, v_units INT;
  DECLARE v_item_id BIGINT UNSIGNED;

  UPDATE batch q JOIN batch_items b ON b.item_id = q.item_id SET q.outcome = 'not_enough' WHERE q.outcome IS NULL AND b.wanted > b.available;
  choose: LOOP
    SELECT MIN(q.arrival) INTO v_arrival FROM batch q JOIN batch_items b ON b.item_id = q.item_id
     WHERE q.outcome = 'not_enough' AND q.units <= b.available - b.taken;
    IF v_arrival IS NULL THEN LEAVE choose; END IF;
    SELECT item_id, units INTO v_item_id, v_units FROM batch WHERE arrival = v_arrival;
    UPDATE batch SET outcome = NULL WHERE arrival = v_arrival;
    UPDATE batch_items SET taken = taken + v_units WHERE item_id = v_item_id;
  END LOOP choose;
  UPDATE batch q JOIN batch_items b ON b.item_id = q.item_id SET q.outcome = 'sold_out'
   WHERE q.outcome = 'not_enough' AND b.taken = b.available;
END share_last_units$$

DELIMITER ;

GRANT EXECUTE ON PROCEDURE share_last_units TO doorbuster_owner@localhost;
