-- buy_one: one unit for one shopper in one round trip. The order is inserted first and the contended stock row taken last, so that its lock
-- is held only from the UPDATE to the COMMIT right behind it.
--
-- Answers one row: outcome (placed, already_ordered or sold_out).
CREATE PROCEDURE buy_one(
    IN in_order_id    BINARY(16),
    IN in_item_id     BIGINT UNSIGNED,
    IN in_user_id     BIGINT UNSIGNED,
    IN in_price_cents BIGINT
  )
  MODIFIES SQL DATA
buy_one: BEGIN
  DECLARE v_now DATETIME(6) DEFAULT UTC_TIMESTAMP(6);
  DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;
  DECLARE EXIT HANDLER FOR 1062 BEGIN ROLLBACK; SELECT 'already_ordered' AS outcome; END;

  START TRANSACTION;
  INSERT INTO orders (id, item_id, user_id, units, unit_price_cents, state, placed_at, hold_expires_at)
  VALUES (in_order_id, in_item_id, in_user_id, 1, in_price_cents, 'held', v_now, v_now + INTERVAL 10 MINUTE);
  UPDATE stock SET available = available - 1 WHERE item_id = in_item_id AND shard = 0 AND available >= 1;
  IF ROW_COUNT() = 1 THEN
    COMMIT;
    SELECT 'placed' AS outcome;
  ELSE
    ROLLBACK;
    SELECT 'sold_out' AS outcome;
  END IF;
END
