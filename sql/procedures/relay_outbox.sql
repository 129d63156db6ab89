-- relay_outbox: messages of the outbox become events, one per order, with a number each. It takes messages by their state, the oldest first.
--
-- Why the events of one order come in their order: a change of an order locks it, and the later change can only begin after the earlier one has
-- committed. made_at is read under that lock, so it grows from change to change (a clock that is put back between two changes of one order within one look would
-- swap these two). What is to be sent is read in one consistent view, without a lock: whatever that view shows, it shows all that was committed before. A
-- locking read looks at each row when it comes by, and could see a later change and not the earlier one. For the same reason a message that somebody
-- else has locked is not jumped over: the relay takes those before it, and the rest next time.
--
-- Why a reader may go on behind the last number it has seen, although "numbers commit out of order": these are given under the lock of the lease, which
-- lasts until they are committed. The next number is given after that.
--
-- Why an index by sent_at: it costs place_orders nothing that can be measured where a crowd wants one item, and 4 of 45 microseconds of the server per
-- order where each order is a message of its own (a thousand items in a batch). Finding the unsent through the primary key would need a margin that trusts
-- the clocks of all web nodes (docs/decisions/0010).
--
-- With the events the mails about them are written (write_mails), in the same transaction: each is written once; and
-- their orders are listed for staff as they are now (write_list).
--
-- in_limit: about how many events; the last message may add up to a thousand.
--
-- Outcomes, first match wins:
--   fenced   in_fence is not the present number of the lease: another worker took over; nothing was done
--   nothing  all messages were sent, or the next is locked
--   relayed  `relayed` events were added; call again until nothing is left
--
-- Answers one row: outcome, relayed.
-- Locks: the lease, then the messages (SKIP LOCKED), then new events, mails and listed orders.
-- Called by store.RelayOutbox. Proved by testdata/sql/relay_outbox.test.

DROP PROCEDURE IF EXISTS relay_outbox;

DELIMITER $$

CREATE DEFINER = doorbuster_owner@localhost PROCEDURE relay_outbox(
    IN in_fence BIGINT UNSIGNED,
    IN in_limit SMALLINT UNSIGNED
  )
  COMMENT 'Turns messages of the outbox into about in_limit events. Returns one row: outcome, relayed.'
  MODIFIES SQL DATA
  SQL SECURITY DEFINER
relay_outbox: BEGIN
  DECLARE v_fence, v_seq BIGINT UNSIGNED;
  DECLARE v_end, v_taken, v_relayed INT DEFAULT 0;
  DECLARE v_now DATETIME(6);
  DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

  CREATE TEMPORARY TABLE IF NOT EXISTS relay_found (move_id BINARY(16) NOT NULL PRIMARY KEY, place INT NOT NULL, before_it INT NOT NULL) ENGINE = MEMORY;
  CREATE TEMPORARY TABLE IF NOT EXISTS relay_taken (move_id BINARY(16) NOT NULL PRIMARY KEY, place INT NOT NULL) ENGINE = MEMORY;
  SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
  START TRANSACTION;
  SELECT fence INTO v_fence FROM leases WHERE job = 'relay_outbox' FOR UPDATE;
  SET v_now = UTC_TIMESTAMP(6);

  IF v_fence = in_fence THEN
    DELETE FROM relay_found;
    DELETE FROM relay_taken;
    INSERT INTO relay_found (move_id, place, before_it)
    SELECT move_id, ROW_NUMBER() OVER (ORDER BY made_at, move_id),
           SUM(orders) OVER (ORDER BY made_at, move_id ROWS UNBOUNDED PRECEDING) - orders
      FROM (SELECT move_id, made_at, JSON_LENGTH(order_ids) AS orders FROM outbox
             WHERE sent_at IS NULL ORDER BY made_at, move_id LIMIT in_limit) f;
    INSERT INTO relay_taken (move_id, place)
    SELECT STRAIGHT_JOIN f.move_id, f.place FROM relay_found f JOIN outbox o FORCE INDEX (PRIMARY) ON o.move_id = f.move_id
     WHERE f.before_it < in_limit AND o.sent_at IS NULL FOR UPDATE SKIP LOCKED;
    SELECT MIN(f.place) INTO v_end FROM relay_found f LEFT JOIN relay_taken t ON t.move_id = f.move_id WHERE t.move_id IS NULL;
    DELETE FROM relay_taken WHERE place > v_end; -- NULL: none is missing, all stay

    SELECT COALESCE(MAX(seq), 0) INTO v_seq FROM events;
    INSERT INTO events (seq, event_id, kind, order_id, item_id, made_at)
    SELECT v_seq + ROW_NUMBER() OVER (ORDER BY n.place, n.n), n.event_id, n.kind, n.order_id, n.item_id, n.made_at
      FROM (SELECT t.place, j.n, REPLACE(o.kind, 'orders_', 'order_') AS kind, UNHEX(j.order_id) AS order_id, o.item_id, o.made_at,
                   -- a UUID of version 8: no time, no chance, the same for the same move and order
                   UNHEX(INSERT(INSERT(LEFT(SHA2(CONCAT(HEX(o.move_id), j.order_id), 256), 32), 13, 1, '8'), 17, 1, '8')) AS event_id
              FROM relay_taken t JOIN outbox o ON o.move_id = t.move_id
              JOIN JSON_TABLE(o.order_ids, '$[*]' COLUMNS (n FOR ORDINALITY, order_id CHAR(32) PATH '$')) j) n
      LEFT JOIN events known ON known.event_id = n.event_id
     WHERE known.seq IS NULL; -- a message that somebody marks as unsent again makes no second event, and stops nobody
    SET v_relayed = ROW_COUNT();
    CALL write_mails(v_seq, v_now);
    CALL write_list(v_seq);
    SELECT COUNT(*) INTO v_taken FROM relay_taken;
    UPDATE relay_taken t STRAIGHT_JOIN outbox o ON o.move_id = t.move_id SET o.sent_at = v_now;
  END IF;
  COMMIT;

  SELECT CASE WHEN COALESCE(v_fence <> in_fence, TRUE) THEN 'fenced' WHEN v_taken = 0 THEN 'nothing' ELSE 'relayed' END AS outcome,
         v_relayed AS relayed;
END relay_outbox$$

DELIMITER ;

GRANT EXECUTE ON PROCEDURE relay_outbox TO doorbuster_worker@'%';
