-- place_orders: a crowd of shoppers takes units of one item, each exactly once, in one transaction.
--
-- in_requests is a JSON list in order of arrival, one entry per shopper, at most one entry of a shopper per call:
--   [["<order id, 32 hex digits>", <user id>, <units>, "<request id, 32 hex digits>"], …]
--
-- Outcomes of each request, first match wins:
--   exists           this order was placed before, by this shopper and for this item: nothing changes, the answer is repeated
--   key_reused       the order id belongs to another shopper or item
--   no_such_item     no item of this number in a sale that was published
--   over             the sale was ended or its end has passed
--   not_open         the sale has not opened
--   paused           the merchant paused the sale
--   too_late         in_not_after has passed: nothing was done and nothing will be, whoever sent this has stopped waiting
--   bad_units        fewer than one unit asked
--   over_limit       more units asked than the item allows one shopper
--   already_ordered  the shopper has an active order of this item; order_id names it
--   sold_out         every shard was seen empty under its lock
--   not_enough       units are left, but fewer than asked; units_left says how many
--   placed           the units are the shopper's
--
-- Answers one row per request: arrival (1…n), outcome, order_id (of the order that counts, or NULL), hold_expires_at (of a placed
-- order), units_left and stock_version (of the whole item, only where every shard was seen; else NULL).
--
-- Each rule's order matters. Key before stock: a repeated request must not be told "sold out" by the unit it took itself.
-- The clock is read after the last lock: a batch that waited past the end of the sale must not sell.
-- Who asks for more than is left does not stop a later shopper whose wish still fits: nobody is turned away while a unit is left.
--
-- Locks: the sale (shared), then the home shard, or all shards in rising order when the home shard may not do, then the
-- new orders in order of shopper, then the ledger and the outbox.
-- Faults: 1213, 1205 and 1062 (a shopper's other order came through another shard at the same time) leave nothing behind: call again.
-- Called by store.PlaceOrder. Proved by testdata/sql/place_orders.test.

DROP PROCEDURE IF EXISTS place_orders;

DELIMITER $$

CREATE DEFINER = doorbuster_owner@localhost PROCEDURE place_orders(
    IN in_item_id    BIGINT UNSIGNED,
    IN in_home_shard SMALLINT UNSIGNED,
    IN in_move_id    BINARY(16),
    IN in_not_after  DATETIME(6),
    IN in_requests   LONGTEXT
  )
  COMMENT 'Places a batch of orders of one item. Returns one row per request: arrival, outcome, order_id, hold_expires_at, units_left, stock_version.'
  MODIFIES SQL DATA
  SQL SECURITY DEFINER
place_orders: BEGIN
  DECLARE v_sale_state, v_refusal VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin;
  DECLARE v_takes_payment, v_sees_all BOOLEAN DEFAULT FALSE;
  DECLARE v_now, v_opens_at, v_closes_at, v_hold_expires_at DATETIME(6);
  DECLARE v_limit, v_hold_minutes, v_shards, v_home, v_shard, v_line SMALLINT UNSIGNED DEFAULT 0;
  DECLARE v_requests, v_available, v_wanted, v_left, v_take, v_arrival, v_units INT DEFAULT 0;
  DECLARE v_price_cents BIGINT;
  DECLARE v_stock_version BIGINT UNSIGNED;
  DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

  SET v_requests = IF(in_requests LIKE '[%', JSON_LENGTH(in_requests), -1);
  IF v_requests NOT BETWEEN 0 AND 1000 THEN
    SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 50002, MESSAGE_TEXT = 'place_orders: not a list of at most 1000 requests';
  END IF;

  -- Lock the sale (shared: who changes it or its items locks it exclusively) and the home shard. If the home shard may not do for
  -- all, let go and take every shard in rising order: a lower shard must never be asked for while a higher one is held.
  lock_stock: LOOP
    SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
    START TRANSACTION;
    SELECT state, opens_at, closes_at, takes_payment INTO v_sale_state, v_opens_at, v_closes_at, v_takes_payment
      FROM sales WHERE id = (SELECT sale_id FROM items WHERE id = in_item_id)
      LOCK IN SHARE MODE;
    SELECT limit_per_user, hold_minutes, price_cents, shards INTO v_limit, v_hold_minutes, v_price_cents, v_shards
      FROM items WHERE id = in_item_id;
    IF v_shards = 0 THEN LEAVE lock_stock; END IF;

    SET v_home = in_home_shard MOD v_shards;
    IF v_sees_all OR v_shards = 1 THEN
      SET v_sees_all = TRUE;
      SELECT SUM(available), SUM(version) INTO v_available, v_stock_version
        FROM stock_shards WHERE item_id = in_item_id FOR UPDATE;
      LEAVE lock_stock;
    END IF;
    SELECT available INTO v_available FROM stock_shards WHERE item_id = in_item_id AND shard = v_home FOR UPDATE;
    IF v_available >= v_requests * v_limit THEN LEAVE lock_stock; END IF;
    ROLLBACK;
    SET v_sees_all = TRUE;
  END LOOP lock_stock;

  SET v_now = UTC_TIMESTAMP(6);
  SET v_refusal = CASE
    WHEN v_sale_state IS NULL OR v_sale_state IN ('importing', 'draft') THEN 'no_such_item'
    WHEN v_sale_state = 'ended' OR v_now >= v_closes_at THEN 'over'
    WHEN v_now < v_opens_at THEN 'not_open'
    WHEN v_sale_state = 'paused' THEN 'paused'
    WHEN v_now > in_not_after THEN 'too_late' END;

  -- Who already has an order? Read under the lock, so every earlier batch of this shard is seen. MariaDB bends what does not fit ("one"
  -- becomes 0, a long text is cut), so what is not exactly a number or an id becomes NULL here, which the table refuses.
  CREATE TEMPORARY TABLE IF NOT EXISTS batch (
    arrival    INT UNSIGNED NOT NULL PRIMARY KEY,
    order_id   BINARY(16) NOT NULL,
    user_id    BIGINT UNSIGNED NOT NULL,
    units      INT NOT NULL,
    request_id BINARY(16) NOT NULL,
    outcome    VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NULL,
    answer_id  BINARY(16) NULL
  ) ENGINE = MEMORY;
  DELETE FROM batch;
  INSERT INTO batch (arrival, order_id, user_id, units, request_id, outcome, answer_id)
  SELECT r.arrival, IF(LENGTH(r.order_id) = 32, UNHEX(r.order_id), NULL), IF(CAST(r.user_id AS BINARY) = CAST(r.user_text AS BINARY), r.user_id, NULL),
         IF(CAST(r.units AS BINARY) = CAST(r.units_text AS BINARY), r.units, NULL), IF(LENGTH(r.request_id) = 32, UNHEX(r.request_id), NULL),
         CASE WHEN same.user_id = r.user_id AND same.item_id = in_item_id THEN 'exists'
              WHEN same.id IS NOT NULL     THEN 'key_reused'
              WHEN v_refusal IS NOT NULL   THEN v_refusal
              WHEN r.units < 1             THEN 'bad_units'
              WHEN r.units > v_limit       THEN 'over_limit'
              WHEN active.id IS NOT NULL   THEN 'already_ordered' END,
         CASE WHEN same.user_id = r.user_id AND same.item_id = in_item_id THEN same.id
              WHEN same.id IS NULL AND v_refusal IS NULL AND r.units BETWEEN 1 AND v_limit THEN active.id END
    FROM JSON_TABLE(in_requests, '$[*]' COLUMNS (
           arrival    FOR ORDINALITY,
           order_id   VARCHAR(33)     PATH '$[0]',
           user_id    BIGINT UNSIGNED PATH '$[1]',
           user_text  VARCHAR(30)     PATH '$[1]',
           units      INT             PATH '$[2]',
           units_text VARCHAR(30)     PATH '$[2]',
           request_id VARCHAR(33)     PATH '$[3]')) r
    LEFT JOIN orders same   ON same.id = UNHEX(r.order_id)
    LEFT JOIN orders active ON active.user_id = r.user_id AND active.item_id = in_item_id AND active.active = 1;

  -- Choose the winners. If not all can have their wish, go through them by arrival and give whatever still fits.
  SELECT COALESCE(SUM(units), 0) INTO v_wanted FROM batch WHERE outcome IS NULL;
  SET v_left = v_available;
  IF v_wanted <= v_available THEN
    UPDATE batch SET outcome = 'placed', answer_id = order_id WHERE outcome IS NULL;
    SET v_left = v_available - v_wanted;
  ELSE
    choose: LOOP
      SELECT MIN(arrival) INTO v_arrival FROM batch WHERE outcome IS NULL AND units <= v_left;
      IF v_arrival IS NULL THEN LEAVE choose; END IF;
      SELECT units INTO v_units FROM batch WHERE arrival = v_arrival;
      UPDATE batch SET outcome = 'placed', answer_id = order_id WHERE arrival = v_arrival;
      SET v_left = v_left - v_units;
    END LOOP choose;
    UPDATE batch SET outcome = IF(v_left = 0, 'sold_out', 'not_enough') WHERE outcome IS NULL;
  END IF;

  IF v_left < v_available THEN
    SET v_hold_expires_at = IF(v_takes_payment, v_now + INTERVAL v_hold_minutes MINUTE, NULL);
    INSERT INTO orders (id, item_id, user_id, units, unit_price_cents, state, placed_at, hold_expires_at, paid_at, move_id, request_id)
    SELECT order_id, in_item_id, user_id, units, v_price_cents, IF(v_takes_payment, 'held', 'paid'), v_now, v_hold_expires_at,
           IF(v_takes_payment, NULL, v_now), in_move_id, request_id
      FROM batch WHERE outcome = 'placed' ORDER BY user_id;

    SET v_wanted = v_available - v_left, v_shard = v_home;
    WHILE v_wanted > 0 AND v_line < v_shards DO
      SELECT LEAST(available, v_wanted) INTO v_take FROM stock_shards WHERE item_id = in_item_id AND shard = v_shard;
      IF v_take > 0 THEN
        UPDATE stock_shards SET available = available - v_take
         WHERE item_id = in_item_id AND shard = v_shard AND available >= v_take;
        IF ROW_COUNT() <> 1 THEN
          SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 50001, MESSAGE_TEXT = 'place_orders: stock changed under its lock';
        END IF;
        INSERT INTO stock_moves (move_id, line, item_id, shard, order_id, units, from_account, to_account, reason, actor, moved_at)
        VALUES (in_move_id, v_line, in_item_id, v_shard, NULL, v_take, 'available', IF(v_takes_payment, 'held', 'sold'), 'placed', 'shopper', v_now);
      END IF;
      SET v_wanted = v_wanted - v_take, v_line = v_line + 1, v_shard = (v_shard + 1) MOD v_shards;
    END WHILE;
    IF v_wanted > 0 THEN
      SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 50001, MESSAGE_TEXT = 'place_orders: stock changed under its lock';
    END IF;

    INSERT INTO outbox (move_id, kind, item_id, order_ids, made_at)
    VALUES (in_move_id, 'orders_placed', in_item_id, (SELECT JSON_ARRAYAGG(HEX(order_id)) FROM batch WHERE outcome = 'placed'), v_now);
  END IF;
  COMMIT;

  SELECT arrival, outcome, answer_id AS order_id, IF(outcome = 'placed', v_hold_expires_at, NULL) AS hold_expires_at,
         IF(v_sees_all, v_left, NULL) AS units_left, IF(v_sees_all, v_stock_version, NULL) AS stock_version
    FROM batch ORDER BY arrival;
END place_orders$$

DELIMITER ;

GRANT EXECUTE ON PROCEDURE place_orders TO doorbuster_web@'%';
