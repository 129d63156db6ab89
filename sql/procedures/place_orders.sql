-- place_orders: a crowd of shoppers takes units of one item or of many, each order exactly once, all in one transaction.
--
-- in_items names every item of the batch once, in_requests lists the requests in order of arrival, at most one of a shopper for an item,
-- and one of an order, per call. Both are bytes: entries of one size after each other, numbers with the highest byte first.
-- An item has 26 bytes: item id (8), the shard to try first (2), the move of its part of the ledger (16).
-- A request has 52 bytes: order id (16), user id (8), item id (8), units (4), request id (16).
-- Bytes are cut up faster than a JSON list is read, and nothing in them can be bent or escaped (docs/decisions/0001).
--
-- Outcomes of each request, first match wins:
--   exists           this order was placed before, by this shopper and for this item: nothing changes, the answer is repeated
--   key_reused       the order id belongs to another shopper or item
--   no_such_item     no item of this number in a sale that was published
--   over             the sale was ended or its end has passed
--   not_open         the sale has not opened to anybody
--   paused           the merchant paused the sale
--   too_late         in_not_after has passed: nothing was done and nothing will be, whoever sent this has stopped waiting
--   members_only     the sale is open to its members alone until opens_at, and the shopper is none
--   bad_units        fewer than one unit asked
--   over_limit       more units asked than the item allows one shopper
--   already_ordered  the shopper has an active order of this item; order_id names it
--   sold_out         every shard was seen empty under its lock
--   not_enough       units are left, but fewer than asked; units_left says how many
--   placed           the units are the shopper's
--
-- Answers one row per request, in any order: arrival (1…n), outcome, order_id (of the order that counts, or NULL), hold_expires_at (of a placed
-- order), units_left and stock_version (of the whole item, only where every shard was seen; else NULL), commit_us (what the COMMIT took, in
-- microseconds, the same in each row).
--
-- Each rule's order matters. Key before stock: a repeated request must not be told "sold out" by the unit it took itself.
-- The clock is read after the last lock: a batch that waited past the end of a sale must not sell.
-- Why many items: with a thousand hot items each has few shoppers at a time, and a commit for each would cost more than its orders.
--
-- Locks: the sales (shared), then the home shard of each item, or, when one of them may not do, all shards of all items, in rising
-- order of item and shard; then the new orders in order of item and shopper, then the ledger and the outbox.
-- Faults: 1213, 1205 and 1062 (a shopper's other order came through another shard at the same time) leave nothing behind: call again.
-- Called by store.PlaceOrder. Proved by testdata/sql/place_orders.test.

DROP PROCEDURE IF EXISTS place_orders;

DELIMITER $$

CREATE DEFINER = doorbuster_owner@localhost PROCEDURE place_orders(
    IN in_not_after DATETIME(6),
    IN in_items     LONGBLOB,
    IN in_requests  LONGBLOB
  )
  COMMENT 'Places a batch of orders. Returns one row per request: arrival, outcome, order_id, hold_expires_at, units_left, stock_version, commit_us.'
  MODIFIES SQL DATA
  SQL SECURITY DEFINER
place_orders: BEGIN
  DECLARE v_now, v_commits DATETIME(6);
  DECLARE v_items, v_requests, v_short, v_unseen, v_taken, v_rows, v_commit_us INT DEFAULT 0;
  DECLARE v_sees_all BOOLEAN DEFAULT FALSE;
  DECLARE v_distance SMALLINT UNSIGNED DEFAULT 0;
  DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

  SET v_items = LENGTH(in_items) DIV 26, v_requests = LENGTH(in_requests) DIV 52;
  IF COALESCE(LENGTH(in_items) <> v_items * 26 OR LENGTH(in_requests) <> v_requests * 52, TRUE) THEN
    SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 50002, MESSAGE_TEXT = 'place_orders: not a list of requests and one of their items';
  ELSEIF v_requests > 1000 THEN
    SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 50002, MESSAGE_TEXT = 'place_orders: more than 1000 requests';
  END IF;
  IF @doorbuster_has_batch IS NULL THEN CALL make_batch(); END IF;

  -- Lock the sales (shared: who changes a sale or its items locks it exclusively) and the home shards. If those may not do for all, let
  -- go and take every shard: a lower one must never be asked for while a higher one is held.
  lock_stock: LOOP
    SET TRANSACTION ISOLATION LEVEL READ COMMITTED; -- else reading the items would lock them
    START TRANSACTION;
    IF NOT v_sees_all THEN -- read before the first lock, but in the transaction: on its own each would end with a commit that costs more than it
      DELETE FROM batch_asked;
      INSERT INTO batch_asked (arrival, order_id, user_id, item_id, units, request_id)
      SELECT n.n, SUBSTR(in_requests, n.n * 52 - 51, 16), CONV(HEX(SUBSTR(in_requests, n.n * 52 - 35, 8)), 16, 10),
             CONV(HEX(SUBSTR(in_requests, n.n * 52 - 27, 8)), 16, 10), CONV(HEX(SUBSTR(in_requests, n.n * 52 - 19, 4)), 16, 10),
             SUBSTR(in_requests, n.n * 52 - 15, 16)
        FROM batch_numbers n WHERE n.n <= v_requests;
      DELETE FROM batch_homes;
      INSERT INTO batch_homes (item_id, sale_id, shards, home, move_id)
      SELECT r.item_id, i.sale_id, i.shards, r.home MOD COALESCE(i.shards, 1), r.move_id
        FROM (SELECT CAST(CONV(HEX(SUBSTR(in_items, n.n * 26 - 25, 8)), 16, 10) AS UNSIGNED) AS item_id,
                     CONV(HEX(SUBSTR(in_items, n.n * 26 - 17, 2)), 16, 10) AS home, SUBSTR(in_items, n.n * 26 - 15, 16) AS move_id
                FROM batch_numbers n WHERE n.n <= v_items) r
        LEFT JOIN items i ON i.id = r.item_id;
    END IF;

    SELECT STRAIGHT_JOIN COUNT(s.state) INTO v_rows
      FROM batch_homes h JOIN sales s FORCE INDEX (PRIMARY) ON s.id = h.sale_id
      LOCK IN SHARE MODE;
    DELETE FROM batch_stock;
    IF v_sees_all THEN
      INSERT INTO batch_stock (item_id, shard, distance, available, version)
      SELECT STRAIGHT_JOIN k.item_id, k.shard, (k.shard + h.shards - h.home) MOD h.shards, k.available, k.version
        FROM batch_homes h FORCE INDEX (PRIMARY) JOIN stock_shards k FORCE INDEX (PRIMARY) ON k.item_id = h.item_id
       ORDER BY h.item_id, k.shard FOR UPDATE;
    ELSE
      INSERT INTO batch_stock (item_id, shard, distance, available, version)
      SELECT STRAIGHT_JOIN k.item_id, k.shard, 0, k.available, k.version
        FROM batch_homes h FORCE INDEX (PRIMARY) JOIN stock_shards k FORCE INDEX (PRIMARY) ON k.item_id = h.item_id AND k.shard = h.home
       ORDER BY h.item_id FOR UPDATE;
    END IF;

    SET v_now = UTC_TIMESTAMP(6);
    DELETE FROM batch_items; -- filled by INSERT … SELECT, because an UPDATE that joins would lock the items after the stock
    INSERT INTO batch_items (item_id, move_id, refusal, members_of, limit_per_user, price_cents, takes_payment, hold_expires_at, available, stock_version)
    SELECT h.item_id, h.move_id, CASE
             WHEN s.state IS NULL OR s.state IN ('importing', 'draft') THEN 'no_such_item'
             WHEN s.state = 'ended' OR v_now >= s.closes_at THEN 'over'
             WHEN v_now < s.starts_at THEN 'not_open'
             WHEN s.state = 'paused' THEN 'paused'
             WHEN v_now > in_not_after THEN 'too_late' END,
           IF(v_now < s.opens_at, s.id, NULL), i.limit_per_user, i.price_cents, s.takes_payment, IF(s.takes_payment, v_now + INTERVAL i.hold_minutes MINUTE, NULL),
           COALESCE(k.available, 0), IF((v_sees_all OR h.shards = 1) AND s.state NOT IN ('importing', 'draft'), k.version, NULL)
      FROM batch_homes h
      LEFT JOIN items i ON i.id = h.item_id
      LEFT JOIN sales s ON s.id = i.sale_id
      LEFT JOIN batch_stock k ON k.item_id = h.item_id AND k.distance = 0;
    IF v_sees_all THEN
      UPDATE batch_items b JOIN (SELECT item_id, SUM(available) AS available, SUM(version) AS version FROM batch_stock GROUP BY item_id) k
          ON k.item_id = b.item_id SET b.available = k.available, b.stock_version = IF(b.stock_version IS NULL, NULL, k.version);
    END IF;

    -- Who already has an order? Read under the locks, so every earlier batch of these shards is seen.
    DELETE FROM batch;
    INSERT INTO batch (arrival, order_id, user_id, item_id, units, request_id, outcome, answer_id)
    SELECT r.arrival, r.order_id, r.user_id, b.item_id, r.units, r.request_id,
           CASE WHEN same.user_id = r.user_id AND same.item_id = r.item_id THEN 'exists'
                WHEN same.id IS NOT NULL          THEN 'key_reused'
                WHEN b.refusal IS NOT NULL        THEN b.refusal
                WHEN b.members_of IS NOT NULL AND NOT EXISTS ( -- not asked where it is NULL; a join would cost every sale
                  SELECT 1 FROM sale_members m WHERE m.sale_id = b.members_of AND m.user_id = r.user_id) THEN 'members_only'
                WHEN r.units < 1                  THEN 'bad_units'
                WHEN r.units > b.limit_per_user   THEN 'over_limit'
                WHEN active.id IS NOT NULL        THEN 'already_ordered' END,
           CASE WHEN same.user_id = r.user_id AND same.item_id = r.item_id THEN same.id
                WHEN same.id IS NULL AND b.refusal IS NULL AND r.units BETWEEN 1 AND b.limit_per_user THEN active.id END
      FROM batch_asked r
      LEFT JOIN batch_items b ON b.item_id = r.item_id
      LEFT JOIN orders same   ON same.id = r.order_id
      LEFT JOIN orders active ON active.item_id = r.item_id AND active.user_id = r.user_id AND active.active = 1;

    UPDATE batch_items b JOIN (SELECT item_id, SUM(units) AS units FROM batch WHERE outcome IS NULL GROUP BY item_id) w ON w.item_id = b.item_id
       SET b.wanted = w.units, b.taken = IF(w.units <= b.available, w.units, 0);
    SELECT COALESCE(SUM(wanted > available), 0), COALESCE(SUM(wanted > available AND stock_version IS NULL), 0) INTO v_short, v_unseen FROM batch_items;
    IF v_sees_all OR v_unseen = 0 THEN LEAVE lock_stock; END IF;
    ROLLBACK;
    SET v_sees_all = TRUE;
  END LOOP lock_stock;

  -- Who has no outcome by now gets what he asked for, unless an item has not enough for all.
  IF v_short > 0 THEN CALL share_last_units(); END IF;

  SELECT COALESCE(SUM(taken), 0) INTO v_taken FROM batch_items;
  IF v_taken > 0 THEN
    INSERT INTO orders (id, item_id, user_id, units, unit_price_cents, state, placed_at, hold_expires_at, paid_at, move_id, request_id)
    SELECT q.order_id, q.item_id, q.user_id, q.units, b.price_cents, IF(b.takes_payment, 'held', 'paid'), v_now, b.hold_expires_at,
           IF(b.takes_payment, NULL, v_now), b.move_id, q.request_id
      FROM batch q JOIN batch_items b ON b.item_id = q.item_id
     WHERE q.outcome IS NULL ORDER BY q.item_id, q.user_id;

    -- Each item takes from its home shard first, then from the next ones in a circle.
    spread: LOOP
      UPDATE batch_stock k JOIN batch_items b ON b.item_id = k.item_id SET k.take = LEAST(k.available, b.taken - b.given) WHERE k.distance = v_distance;
      IF NOT v_sees_all THEN LEAVE spread; END IF; -- the home shards have enough
      UPDATE batch_items b JOIN batch_stock k ON k.item_id = b.item_id SET b.given = b.given + k.take WHERE k.distance = v_distance;
      SELECT SUM(given < taken) INTO v_short FROM batch_items;
      IF v_short = 0 THEN LEAVE spread; END IF;
      SET v_distance = v_distance + 1;
    END LOOP spread;

    SELECT COUNT(*) INTO v_rows FROM batch_stock WHERE take > 0;
    UPDATE batch_stock k STRAIGHT_JOIN stock_shards s FORCE INDEX (PRIMARY) ON s.item_id = k.item_id AND s.shard = k.shard
       SET s.available = s.available - k.take
     WHERE k.take > 0 AND s.available >= k.take;
    IF ROW_COUNT() <> v_rows THEN
      SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 50001, MESSAGE_TEXT = 'place_orders: stock changed under its lock';
    END IF;
    INSERT INTO stock_moves (move_id, line, item_id, shard, order_id, units, from_account, to_account, reason, actor, moved_at)
    SELECT b.move_id, k.distance, k.item_id, k.shard, NULL, k.take, 'available', IF(b.takes_payment, 'held', 'sold'), 'placed', 'shopper', v_now
      FROM batch_stock k JOIN batch_items b ON b.item_id = k.item_id WHERE k.take > 0 ORDER BY k.item_id, k.distance;
    INSERT INTO outbox (move_id, kind, item_id, order_ids, made_at)
    SELECT b.move_id, 'orders_placed', b.item_id, JSON_ARRAYAGG(HEX(q.order_id)), v_now
      FROM batch q JOIN batch_items b ON b.item_id = q.item_id WHERE q.outcome IS NULL GROUP BY b.item_id, b.move_id;
  END IF;
  SET v_commits = SYSDATE(6); -- the time of the machine's clock, which a session cannot set
  COMMIT;
  SET v_commit_us = GREATEST(TIMESTAMPDIFF(MICROSECOND, v_commits, SYSDATE(6)), 0); -- that clock may be put back

  SELECT q.arrival, COALESCE(q.outcome, 'placed') AS outcome, IF(q.outcome IS NULL, q.order_id, q.answer_id) AS order_id,
         IF(q.outcome IS NULL, b.hold_expires_at, NULL) AS hold_expires_at,
         IF(b.stock_version IS NULL, NULL, b.available - b.taken) AS units_left, b.stock_version, v_commit_us AS commit_us
    FROM batch q JOIN batch_items b ON b.item_id = q.item_id;
END place_orders$$

DELIMITER ;

GRANT EXECUTE ON PROCEDURE place_orders TO doorbuster_web@'%';
