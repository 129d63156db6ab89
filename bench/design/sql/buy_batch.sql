-- buy_batch: one unit each for a crowd, in one transaction, with nothing but order and stock: what place_orders would be without its
-- features (no keys repeated, no window, no limit, no shards, no ledger, no outbox).
--
-- in_requests is [["<order id, 32 hex digits>", <user id>], ...] in order of arrival, at most one entry per shopper.
-- Answers one row per request: arrival, outcome (placed, already_ordered or sold_out).
CREATE PROCEDURE buy_batch(
    IN in_item_id     BIGINT UNSIGNED,
    IN in_price_cents BIGINT,
    IN in_requests    LONGTEXT
  )
  MODIFIES SQL DATA
buy_batch: BEGIN
  DECLARE v_available, v_placed INT DEFAULT 0;
  DECLARE v_now DATETIME(6);
  DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

  START TRANSACTION;
  SELECT available INTO v_available FROM stock WHERE item_id = in_item_id AND shard = 0 FOR UPDATE;
  IF v_available > 0 THEN
    SET v_now = UTC_TIMESTAMP(6);
    INSERT INTO orders (id, item_id, user_id, units, unit_price_cents, state, placed_at, hold_expires_at)
    SELECT UNHEX(r.order_id), in_item_id, r.user_id, 1, in_price_cents, 'held', v_now, v_now + INTERVAL 10 MINUTE
      FROM JSON_TABLE(in_requests, '$[*]' COLUMNS (
             arrival  FOR ORDINALITY,
             order_id CHAR(32)        PATH '$[0]',
             user_id  BIGINT UNSIGNED PATH '$[1]')) r
      LEFT JOIN orders o ON o.user_id = r.user_id AND o.item_id = in_item_id
     WHERE o.id IS NULL
     ORDER BY r.arrival LIMIT v_available;
    SET v_placed = ROW_COUNT();
    IF v_placed > 0 THEN
      UPDATE stock SET available = available - v_placed WHERE item_id = in_item_id AND shard = 0 AND available >= v_placed;
      IF ROW_COUNT() <> 1 THEN
        SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'buy_batch: stock changed under its lock';
      END IF;
    END IF;
  END IF;
  COMMIT;

  SELECT r.arrival, CASE WHEN o.id IS NULL THEN 'sold_out' WHEN o.id = UNHEX(r.order_id) THEN 'placed' ELSE 'already_ordered' END AS outcome
    FROM JSON_TABLE(in_requests, '$[*]' COLUMNS (
           arrival  FOR ORDINALITY,
           order_id CHAR(32)        PATH '$[0]',
           user_id  BIGINT UNSIGNED PATH '$[1]')) r
    LEFT JOIN orders o ON o.user_id = r.user_id AND o.item_id = in_item_id;
END
