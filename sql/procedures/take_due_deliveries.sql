-- take_due_deliveries: which events have to be sent to which webhooks now. First it makes deliveries of the new events, then it takes those that
-- are due. A taken one is put off by two minutes: if nobody notes what came of it (the worker was killed), it is sent again.
--
-- A webhook of a shop is told of the orders of that shop and of no other; the events of the others are passed over.
-- Order per order: an event waits while an earlier one of the same order is not done or dead at the same webhook.
-- Fair: webhooks take turns, and one whose last three attempts failed has one message on its way at a time, so a receiver that does not answer takes no time
-- of the others. At most 10 000 deliveries of a webhook are open at a time; the rest waits among the events.
--
-- Outcomes, first match wins:
--   fenced   in_fence is not the present number of the lease: another worker took over; nothing was done
--   nothing  no delivery is due
--   due      one row per delivery
--
-- Answers: outcome, endpoint_id, url, secret, former_secret (NULL when it signs no more), attempt, and the event as list_events tells it; all but
-- outcome NULL unless due.
-- Locks: the lease, the endpoints, then the deliveries (SKIP LOCKED).
-- Called by store.TakeDueDeliveries. Proved by testdata/sql/take_due_deliveries.test.

DROP PROCEDURE IF EXISTS take_due_deliveries;

DELIMITER $$

CREATE DEFINER = doorbuster_owner@localhost PROCEDURE take_due_deliveries(
    IN in_fence BIGINT UNSIGNED,
    IN in_limit SMALLINT UNSIGNED
  )
  COMMENT 'Takes up to in_limit events to send. Returns one row per delivery, at least one: outcome, where to, secrets, attempt, the event.'
  MODIFIES SQL DATA
  SQL SECURITY DEFINER
take_due_deliveries: BEGIN
  DECLARE v_fence, v_last BIGINT UNSIGNED;
  DECLARE v_behind, v_taken INT DEFAULT 0;
  DECLARE v_now DATETIME(6);
  DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

  CREATE TEMPORARY TABLE IF NOT EXISTS new_deliveries (endpoint_id BIGINT UNSIGNED NOT NULL PRIMARY KEY, shop_id BIGINT UNSIGNED NOT NULL, after_seq BIGINT UNSIGNED NOT NULL,
                                                       until_seq BIGINT UNSIGNED NOT NULL) ENGINE = MEMORY;
  CREATE TEMPORARY TABLE IF NOT EXISTS found_deliveries (endpoint_id BIGINT UNSIGNED NOT NULL, seq BIGINT UNSIGNED NOT NULL,
                                                         PRIMARY KEY (endpoint_id, seq)) ENGINE = MEMORY;
  CREATE TEMPORARY TABLE IF NOT EXISTS due_deliveries LIKE found_deliveries;
  SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
  START TRANSACTION;
  SELECT fence INTO v_fence FROM leases WHERE job = 'deliver_webhooks' FOR UPDATE;
  SET v_now = UTC_TIMESTAMP(6);
  DELETE FROM due_deliveries;
  IF v_fence = in_fence THEN
    SELECT COALESCE(MAX(seq), 0) INTO v_last FROM events;
    SELECT COUNT(*) INTO v_behind FROM webhook_endpoints WHERE state = 'active' AND queued_seq < v_last FOR UPDATE;
    IF v_behind > 0 THEN
      DELETE FROM new_deliveries;
      INSERT INTO new_deliveries (endpoint_id, shop_id, after_seq, until_seq)
      SELECT p.id, p.shop_id, p.queued_seq, LEAST(v_last, p.queued_seq + LEAST(1000, 10000 - LEAST(10000, p.open)))
        FROM (SELECT e.id, e.shop_id, e.queued_seq, (SELECT COUNT(*) FROM webhook_deliveries d WHERE d.endpoint_id = e.id AND d.state IN ('waiting', 'due')) AS open
                FROM webhook_endpoints e WHERE e.state = 'active' AND e.queued_seq < v_last) p;
      INSERT INTO webhook_deliveries (endpoint_id, seq, order_id, kind, state, attempts, tries, next_at)
      SELECT endpoint_id, seq, order_id, kind, IF(first, 'due', 'waiting'), 0, 0, IF(first, v_now, NULL)
        FROM (SELECT n.endpoint_id, e.seq, e.order_id, e.kind,
                     ROW_NUMBER() OVER (PARTITION BY n.endpoint_id, e.order_id ORDER BY e.seq) = 1
                     AND NOT EXISTS (SELECT 1 FROM webhook_deliveries d WHERE d.endpoint_id = n.endpoint_id AND d.order_id = e.order_id
                                        AND d.state IN ('waiting', 'due')) AS first
                FROM new_deliveries n JOIN events e ON e.seq > n.after_seq AND e.seq <= n.until_seq JOIN items i ON i.id = e.item_id JOIN sales s ON s.id = i.sale_id
               WHERE n.shop_id IN (0, s.shop_id)) x;
      UPDATE webhook_endpoints p JOIN new_deliveries n ON n.endpoint_id = p.id SET p.queued_seq = n.until_seq;
    END IF;

    -- Found without locks, then locked by number, like everywhere.
    DELETE FROM found_deliveries;
    INSERT INTO found_deliveries (endpoint_id, seq)
    SELECT endpoint_id, seq
      FROM (SELECT d.endpoint_id, d.seq, p.failures, p.asked_until, ROW_NUMBER() OVER (PARTITION BY d.endpoint_id ORDER BY d.next_at, d.seq) AS place
              FROM webhook_endpoints p JOIN webhook_deliveries d ON d.endpoint_id = p.id AND d.state = 'due' AND d.next_at <= v_now
             WHERE p.state = 'active') x
     WHERE failures < 3 OR place = 1 AND COALESCE(asked_until <= v_now, TRUE) ORDER BY place, endpoint_id LIMIT in_limit;
    INSERT INTO due_deliveries (endpoint_id, seq)
    SELECT STRAIGHT_JOIN f.endpoint_id, f.seq FROM found_deliveries f JOIN webhook_deliveries d FORCE INDEX (PRIMARY) ON d.endpoint_id = f.endpoint_id AND d.seq = f.seq
     WHERE d.state = 'due' FOR UPDATE SKIP LOCKED;
    UPDATE due_deliveries f STRAIGHT_JOIN webhook_deliveries d ON d.endpoint_id = f.endpoint_id AND d.seq = f.seq
       SET d.attempts = d.attempts + 1, d.tries = LEAST(d.tries + 1, 60000), d.next_at = v_now + INTERVAL 2 MINUTE;
    UPDATE due_deliveries f STRAIGHT_JOIN webhook_endpoints p ON p.id = f.endpoint_id SET p.asked_until = v_now + INTERVAL 30 SECOND WHERE p.failures >= 3;
    SELECT COUNT(*) INTO v_taken FROM due_deliveries;
  END IF;
  COMMIT;

  SELECT CASE WHEN COALESCE(v_fence <> in_fence, TRUE) THEN 'fenced' WHEN v_taken = 0 THEN 'nothing' ELSE 'due' END AS outcome,
         p.id AS endpoint_id, p.url, p.secret, IF(p.former_until > v_now, p.former_secret, NULL) AS former_secret, d.attempts AS attempt,
         e.seq, e.event_id, e.kind, e.made_at, e.order_id, e.item_id, i.sku, o.user_id, o.units, o.unit_price_cents, i.currency
    FROM (SELECT 1 AS one) x
    LEFT JOIN (due_deliveries f JOIN webhook_deliveries d ON d.endpoint_id = f.endpoint_id AND d.seq = f.seq JOIN webhook_endpoints p ON p.id = f.endpoint_id
               JOIN events e ON e.seq = f.seq JOIN orders o ON o.id = e.order_id JOIN items i ON i.id = e.item_id) ON TRUE
   ORDER BY e.seq, p.id;
END take_due_deliveries$$

DELIMITER ;

GRANT EXECUTE ON PROCEDURE take_due_deliveries TO doorbuster_worker@'%';
