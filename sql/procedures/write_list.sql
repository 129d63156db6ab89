-- write_list: the orders that new events are about stand in listed_orders, with the state that they have now. A step, never called alone.
--
-- A change of an order and its message commit together, so who handles the message reads at least that change; and only the holder of the lease writes here,
-- one after the other, so no older state is written over a newer one. Once the outbox is empty, listed_orders agrees with `orders`.
-- The caller holds the lock of its lease and has added the events behind in_after_seq.
-- Locks: the listed orders. Answers nothing.
-- Called by relay_outbox. Proved by testdata/sql/write_list.test and TestListedOrdersAgree.

DROP PROCEDURE IF EXISTS write_list;

DELIMITER $$

CREATE DEFINER = doorbuster_owner@localhost PROCEDURE write_list(
    IN in_after_seq BIGINT UNSIGNED
  )
  COMMENT 'Step of relay_outbox: lists the orders of new events for staff. Returns nothing.'
  MODIFIES SQL DATA
  SQL SECURITY DEFINER
write_list: BEGIN
  INSERT INTO listed_orders (placed_at, order_id, shop_id, sale_id, item_id, state)
  SELECT o.placed_at, o.id, s.shop_id, i.sale_id, o.item_id, o.state
    FROM (SELECT DISTINCT order_id FROM events WHERE seq > in_after_seq) e
    JOIN orders o ON o.id = e.order_id
    JOIN items i  ON i.id = o.item_id
    JOIN sales s  ON s.id = i.sale_id
      ON DUPLICATE KEY UPDATE listed_orders.state = o.state;
END write_list$$

DELIMITER ;

GRANT EXECUTE ON PROCEDURE write_list TO doorbuster_owner@localhost;
