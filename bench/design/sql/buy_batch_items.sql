-- buy_batch_items: buy_batch for a crowd that wants many items, all in one transaction: shopper n wants item n MOD in_items + 1. There must
-- be only one batch of it at a time: the rows are locked in the order in which they are found.
--
-- in_requests is [["<order id, 32 hex digits>", <user id>], ...] in order of arrival, at most one entry per shopper.
-- Answers one row per request: arrival, outcome (placed, already_ordered or sold_out).
CREATE PROCEDURE buy_batch_items(
    IN in_items       INT,
    IN in_price_cents BIGINT,
    IN in_requests    LONGTEXT
  )
  MODIFIES SQL DATA
buy_batch_items: BEGIN
  DECLARE v_rows INT DEFAULT 0;
  DECLARE v_now DATETIME(6);
  DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

  START TRANSACTION;
  SELECT STRAIGHT_JOIN COUNT(*) INTO v_rows
    FROM (SELECT DISTINCT r.user_id MOD in_items + 1 AS item_id
            FROM JSON_TABLE(in_requests, '$[*]' COLUMNS (user_id BIGINT UNSIGNED PATH '$[1]')) r) w
    JOIN stock s ON s.item_id = w.item_id AND s.shard = 0
     FOR UPDATE;
  SET v_now = UTC_TIMESTAMP(6);
  INSERT INTO orders (id, item_id, user_id, units, unit_price_cents, state, placed_at, hold_expires_at)
  SELECT STRAIGHT_JOIN n.order_id, n.item_id, n.user_id, 1, in_price_cents, 'held', v_now, v_now + INTERVAL 10 MINUTE
    FROM (SELECT UNHEX(r.order_id) AS order_id, r.user_id, r.user_id MOD in_items + 1 AS item_id,
                 ROW_NUMBER() OVER (PARTITION BY r.user_id MOD in_items ORDER BY r.arrival) AS place
            FROM JSON_TABLE(in_requests, '$[*]' COLUMNS (
                   arrival  FOR ORDINALITY,
                   order_id CHAR(32)        PATH '$[0]',
                   user_id  BIGINT UNSIGNED PATH '$[1]')) r
            LEFT JOIN orders o ON o.user_id = r.user_id AND o.item_id = r.user_id MOD in_items + 1
           WHERE o.id IS NULL) n
    JOIN stock s ON s.item_id = n.item_id AND s.shard = 0
   WHERE n.place <= s.available;
  SET v_rows = ROW_COUNT();
  IF v_rows > 0 THEN
    UPDATE (SELECT o.item_id, COUNT(*) AS taken
              FROM JSON_TABLE(in_requests, '$[*]' COLUMNS (order_id CHAR(32) PATH '$[0]')) r
              JOIN orders o ON o.id = UNHEX(r.order_id)
             GROUP BY o.item_id) t
      STRAIGHT_JOIN stock s ON s.item_id = t.item_id AND s.shard = 0
       SET s.available = s.available - t.taken;
  END IF;
  COMMIT;

  SELECT r.arrival, CASE WHEN o.id IS NULL THEN 'sold_out' WHEN o.id = UNHEX(r.order_id) THEN 'placed' ELSE 'already_ordered' END AS outcome
    FROM JSON_TABLE(in_requests, '$[*]' COLUMNS (
           arrival  FOR ORDINALITY,
           order_id CHAR(32)        PATH '$[0]',
           user_id  BIGINT UNSIGNED PATH '$[1]')) r
    LEFT JOIN orders o ON o.user_id = r.user_id AND o.item_id = r.user_id MOD in_items + 1;
END
