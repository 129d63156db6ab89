-- refund_order: staff refund a paid order; its units go back on sale, or leave the sale for good.
--
-- Outcomes, first match wins:
--   not_allowed       the member may not change orders
--   no_such_order     no order of this number, or another shop's
--   already_refunded  it was refunded before; nothing changes
--   not_refundable    it is not paid
--   refunded          with in_restock its units are available again; without, they leave and the allotment shrinks by them
--
-- Answers one row: outcome, state, item_id (of the order). in_reason is kept in the ledger and in the log of the sale.
-- Its money goes back: the worker has it done by the provider; what staff took by hand they give back themselves.
-- Locks: without in_restock the sale; then the item, the shopper's home shard, the order, its payments.
-- Called by store.RefundOrder. Proved by testdata/sql/refund_order.test and staff_rights.test.

DROP PROCEDURE IF EXISTS refund_order;

DELIMITER $$

CREATE DEFINER = doorbuster_owner@localhost PROCEDURE refund_order(
    IN in_staff_id BIGINT UNSIGNED,
    IN in_order_id BINARY(16),
    IN in_restock  BOOLEAN,
    IN in_move_id  BINARY(16),
    IN in_actor    VARCHAR(100),
    IN in_reason   VARCHAR(200)
  )
  COMMENT 'Refunds a paid order, once, with or without restock. Returns one row: outcome, state, item_id.'
  MODIFIES SQL DATA
  SQL SECURITY DEFINER
refund_order: BEGIN
  DECLARE v_state, v_outcome VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin;
  DECLARE v_provider VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin;
  DECLARE v_payment_id BINARY(16);
  DECLARE v_shop_id, v_item_id, v_sale_id, v_user_id BIGINT UNSIGNED;
  DECLARE v_allowed BOOLEAN;
  DECLARE v_units, v_shard, v_shards, v_locked SMALLINT UNSIGNED;
  DECLARE v_now DATETIME(6);
  DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

  CALL check_staff(in_staff_id, 'sell', in_actor, v_shop_id, v_allowed);
  SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
  START TRANSACTION;
  -- Item, shopper and units of an order never change: they may be read before the locks they lead to.
  SELECT o.item_id, o.user_id, o.units, i.sale_id INTO v_item_id, v_user_id, v_units, v_sale_id
    FROM orders o JOIN items i ON i.id = o.item_id JOIN sales s ON s.id = i.sale_id
   WHERE o.id = in_order_id AND v_allowed AND (v_shop_id IS NULL OR s.shop_id = v_shop_id);
  IF in_restock IS NOT TRUE THEN
    SELECT id INTO v_sale_id FROM sales WHERE id = v_sale_id FOR UPDATE; -- what the sale has to offer changes
  END IF;
  SELECT shards INTO v_shards FROM items WHERE id = v_item_id FOR UPDATE;
  SET v_shard = v_user_id MOD v_shards;
  SELECT shard INTO v_locked FROM stock_shards WHERE item_id = v_item_id AND shard = v_shard FOR UPDATE;
  SELECT state INTO v_state FROM orders WHERE id = in_order_id AND v_item_id IS NOT NULL FOR UPDATE;
  SET v_now = UTC_TIMESTAMP(6);
  SET v_outcome = CASE
    WHEN NOT v_allowed        THEN 'not_allowed'
    WHEN v_state IS NULL      THEN 'no_such_order'
    WHEN v_state = 'refunded' THEN 'already_refunded'
    WHEN v_state <> 'paid'    THEN 'not_refundable'
    ELSE 'refunded' END;

  IF v_outcome = 'refunded' THEN
    UPDATE orders SET state = 'refunded', closed_at = v_now WHERE id = in_order_id AND state = 'paid';
    IF in_restock THEN
      CALL give_back_units(in_move_id, v_item_id, v_shard, in_order_id, v_units, 'sold', in_reason, in_actor, v_now);
    ELSE
      UPDATE items SET units_allotted = units_allotted - v_units WHERE id = v_item_id AND units_allotted >= v_units;
      UPDATE sales SET changed_at = v_now WHERE id = v_sale_id; -- pages show the new allotment
      INSERT INTO stock_moves (move_id, line, item_id, shard, order_id, units, from_account, to_account, reason, actor, moved_at)
      VALUES (in_move_id, 0, v_item_id, v_shard, in_order_id, v_units, 'sold', 'outside', in_reason, in_actor, v_now);
    END IF;
    SELECT id, provider INTO v_payment_id, v_provider FROM payments WHERE order_id = in_order_id AND state = 'captured' FOR UPDATE;
    IF v_payment_id IS NOT NULL THEN -- staff give back themselves what they have taken themselves
      CALL move_payment(v_payment_id, IF(v_provider = 'hand', 'refunded', 'refunding'), 'order_refunded', FALSE, '', in_reason, in_actor, v_now);
    END IF;
    INSERT INTO outbox (move_id, kind, item_id, order_ids, made_at)
    VALUES (in_move_id, 'order_refunded', v_item_id, JSON_ARRAY(HEX(in_order_id)), v_now);
    INSERT INTO sale_log (sale_id, shop_id, action, detail, reason, actor, staff_id, made_at)
    VALUES (v_sale_id, (SELECT shop_id FROM sales WHERE id = v_sale_id), 'refunded',
            CONCAT('order ', LOWER(HEX(in_order_id)), ': from paid to refunded', IF(in_restock, ', units back on sale', ', units left the sale')),
            in_reason, in_actor, in_staff_id, v_now);
    SET v_state = 'refunded';
  END IF;
  COMMIT;

  SELECT v_outcome AS outcome, v_state AS state, v_item_id AS item_id;
END refund_order$$

DELIMITER ;

GRANT EXECUTE ON PROCEDURE refund_order TO doorbuster_admin@'%';
