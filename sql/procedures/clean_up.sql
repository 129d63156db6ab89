-- clean_up: deletes what nobody needs any more, once it has been over for in_days days (less than one counts as one): at most in_limit rows of each kind.
--
-- · messages of the outbox that became events. The events stay and prove that everybody was told (I8 of the audit). A message that is marked as
--   sent but has no event for one of its orders stays, and is counted in `kept`: somebody marked it by hand
-- · mails that a mail server took, or that were dropped, with what was said about them
-- · deliveries to webhooks that were taken by the receiver, with the log of their attempts
-- · payments at the sandbox that failed or went back, unless the shop itself does not know yet. Captured ones may still have to go back
-- · sessions of the console whose end has passed, at once: in_days is not asked
-- · uploaded pictures that no product and no item shows, a day after they were uploaded or last shown; each is looked at once a day
-- · imports of products that ended; those that nobody said yes to for a day are dropped at once, and their rows go
-- · exported files whose end has passed, at once, a hundred parts at most, because a part is large; exports and bulk work that have ended, with their refusals
-- · nodes that have been silent for a day, whatever in_days says
--
-- Never deleted: what is due, waits or was given up (dead letters), and everything that the audit or the seals read but sent messages: docs/operating.md
-- lists what is kept for ever.
--
-- Nothing is scanned: each kind is read through an index by the time when it ended, oldest first, without locks, and deleted by its number where it is
-- still as it was found. So a purchase waits for none of this: new messages stand at the other end of the index, and nobody else locks old ones.
--
-- Outcomes, first match wins:
--   fenced   in_fence is not the present number of the lease: another worker took over; nothing was done
--   nothing  there is nothing to delete
--   cleaned  `deleted` rows were deleted; call again until nothing is left
--
-- Answers one row: outcome, deleted, kept.
-- The number is checked twice: under the lock of the lease, and again in each statement that deletes.
-- Locks: the lease, then the rows that go: messages, mails, deliveries with their attempts, payments of the sandbox, sessions, pictures,
-- imports with their rows, parts of files, tasks, nodes.
-- Called by store.CleanUp. Proved by testdata/sql/clean_up.test.

DROP PROCEDURE IF EXISTS clean_up;

DELIMITER $$

CREATE DEFINER = doorbuster_owner@localhost PROCEDURE clean_up(
    IN in_fence BIGINT UNSIGNED,
    IN in_days  SMALLINT UNSIGNED,
    IN in_limit SMALLINT UNSIGNED
  )
  COMMENT 'Deletes up to in_limit rows of each kind that ended in_days days ago, of sessions and nodes sooner. Returns one row: outcome, deleted, kept.'
  MODIFIES SQL DATA
  SQL SECURITY DEFINER
clean_up: BEGIN
  DECLARE v_fence BIGINT UNSIGNED;
  DECLARE v_deleted, v_kept INT DEFAULT 0;
  DECLARE v_chunks SMALLINT UNSIGNED DEFAULT LEAST(in_limit, 100);
  DECLARE v_now, v_before DATETIME(6);
  DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

  CREATE TEMPORARY TABLE IF NOT EXISTS old_messages (move_id BINARY(16) NOT NULL PRIMARY KEY, untold BIGINT NOT NULL) ENGINE = MEMORY;
  CREATE TEMPORARY TABLE IF NOT EXISTS old_mails (id BIGINT UNSIGNED NOT NULL PRIMARY KEY) ENGINE = MEMORY;
  CREATE TEMPORARY TABLE IF NOT EXISTS old_deliveries (endpoint_id BIGINT UNSIGNED NOT NULL, seq BIGINT UNSIGNED NOT NULL,
                                                       PRIMARY KEY (endpoint_id, seq)) ENGINE = MEMORY;
  CREATE TEMPORARY TABLE IF NOT EXISTS old_sandbox (payment_id BINARY(16) NOT NULL PRIMARY KEY) ENGINE = MEMORY;
  CREATE TEMPORARY TABLE IF NOT EXISTS old_sessions (token_hash BINARY(32) NOT NULL PRIMARY KEY) ENGINE = MEMORY;
  CREATE TEMPORARY TABLE IF NOT EXISTS old_images (id BINARY(16) NOT NULL, shop_id BIGINT UNSIGNED NOT NULL, PRIMARY KEY (id, shop_id)) ENGINE = MEMORY;
  CREATE TEMPORARY TABLE IF NOT EXISTS old_rows (import_id BIGINT UNSIGNED NOT NULL, position INT UNSIGNED NOT NULL, PRIMARY KEY (import_id, position)) ENGINE = MEMORY;
  CREATE TEMPORARY TABLE IF NOT EXISTS old_chunks (task_id BIGINT UNSIGNED NOT NULL, number INT UNSIGNED NOT NULL, PRIMARY KEY (task_id, number)) ENGINE = MEMORY;
  CREATE TEMPORARY TABLE IF NOT EXISTS old_refusals (task_id BIGINT UNSIGNED NOT NULL, order_id BINARY(16) NOT NULL, PRIMARY KEY (task_id, order_id)) ENGINE = MEMORY;
  CREATE TEMPORARY TABLE IF NOT EXISTS old_tasks (id BIGINT UNSIGNED NOT NULL PRIMARY KEY) ENGINE = MEMORY;
  CREATE TEMPORARY TABLE IF NOT EXISTS old_nodes (id BINARY(16) NOT NULL PRIMARY KEY) ENGINE = MEMORY;
  SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
  START TRANSACTION;
  SELECT fence INTO v_fence FROM leases WHERE job = 'clean_up' FOR UPDATE;
  SET v_now = UTC_TIMESTAMP(6);
  SET v_before = v_now - INTERVAL GREATEST(in_days, 1) DAY; -- NULL: nothing is older
  IF v_fence = in_fence THEN
    DELETE FROM old_messages;
    INSERT INTO old_messages (move_id, untold)
    SELECT o.move_id, SUM(e.seq IS NULL)
      FROM (SELECT move_id, order_ids FROM outbox FORCE INDEX (outbox_by_time_to_send) WHERE sent_at < v_before ORDER BY sent_at LIMIT in_limit) o
      JOIN JSON_TABLE(o.order_ids, '$[*]' COLUMNS (order_id CHAR(32) PATH '$')) j
      LEFT JOIN events e -- named as in relay_outbox
        ON e.event_id = UNHEX(INSERT(INSERT(LEFT(SHA2(CONCAT(HEX(o.move_id), j.order_id), 256), 32), 13, 1, '8'), 17, 1, '8'))
     GROUP BY o.move_id;
    SELECT COALESCE(SUM(untold > 0), 0) INTO v_kept FROM old_messages;
    DELETE o FROM old_messages f STRAIGHT_JOIN outbox o ON o.move_id = f.move_id JOIN leases l ON l.job = 'clean_up' AND l.fence = in_fence
     WHERE f.untold = 0 AND o.sent_at < v_before;
    SET v_deleted = ROW_COUNT();

    DELETE FROM old_mails;
    INSERT INTO old_mails (id)
    (SELECT id FROM mails FORCE INDEX (mails_by_end) WHERE state = 'sent' AND ended_at < v_before ORDER BY ended_at LIMIT in_limit)
     UNION ALL
    (SELECT id FROM mails FORCE INDEX (mails_by_end) WHERE state = 'dropped' AND ended_at < v_before ORDER BY ended_at LIMIT in_limit);
    DELETE m FROM old_mails f STRAIGHT_JOIN mails m ON m.id = f.id JOIN leases l ON l.job = 'clean_up' AND l.fence = in_fence
     WHERE m.state IN ('sent', 'dropped') AND m.ended_at < v_before;
    SET v_deleted = v_deleted + ROW_COUNT();

    DELETE FROM old_deliveries;
    INSERT INTO old_deliveries (endpoint_id, seq)
    SELECT endpoint_id, seq FROM webhook_deliveries FORCE INDEX (webhook_deliveries_by_end)
     WHERE state = 'done' AND ended_at < v_before ORDER BY ended_at LIMIT in_limit;
    DELETE d, a FROM old_deliveries f STRAIGHT_JOIN webhook_deliveries d ON d.endpoint_id = f.endpoint_id AND d.seq = f.seq
      LEFT JOIN webhook_attempts a ON a.endpoint_id = f.endpoint_id AND a.seq = f.seq
      JOIN leases l ON l.job = 'clean_up' AND l.fence = in_fence
     WHERE d.state = 'done' AND d.ended_at < v_before;
    SET v_deleted = v_deleted + ROW_COUNT();

    DELETE FROM old_sandbox;
    INSERT INTO old_sandbox (payment_id)
    SELECT s.payment_id
      FROM ((SELECT payment_id FROM sandbox_payments FORCE INDEX (sandbox_payments_by_change)
              WHERE state = 'failed' AND changed_at < v_before ORDER BY changed_at LIMIT in_limit)
             UNION ALL
            (SELECT payment_id FROM sandbox_payments FORCE INDEX (sandbox_payments_by_change)
              WHERE state = 'refunded' AND changed_at < v_before ORDER BY changed_at LIMIT in_limit)) s
     WHERE NOT EXISTS (SELECT 1 FROM payments p WHERE p.id = s.payment_id AND p.ask_at IS NOT NULL);
    DELETE s FROM old_sandbox f STRAIGHT_JOIN sandbox_payments s ON s.payment_id = f.payment_id JOIN leases l ON l.job = 'clean_up' AND l.fence = in_fence;
    SET v_deleted = v_deleted + ROW_COUNT();

    DELETE FROM old_sessions;
    INSERT INTO old_sessions (token_hash)
    SELECT token_hash FROM staff_sessions FORCE INDEX (staff_sessions_by_end) WHERE expires_at < v_now ORDER BY expires_at LIMIT in_limit;
    DELETE t FROM old_sessions f STRAIGHT_JOIN staff_sessions t ON t.token_hash = f.token_hash JOIN leases l ON l.job = 'clean_up' AND l.fence = in_fence
     WHERE t.expires_at < v_now;
    SET v_deleted = v_deleted + ROW_COUNT();

    DELETE FROM old_images;
    INSERT INTO old_images (id, shop_id) SELECT id, shop_id FROM images FORCE INDEX (images_by_look) WHERE look_at < v_now ORDER BY look_at LIMIT in_limit;
    -- Asked again while it goes: somebody may have uploaded the same picture anew.
    DELETE i FROM old_images f STRAIGHT_JOIN images i ON i.id = f.id AND i.shop_id = f.shop_id JOIN leases l ON l.job = 'clean_up' AND l.fence = in_fence
     WHERE i.look_at < v_now
       AND NOT EXISTS (SELECT 1 FROM products p WHERE p.image_url IN (CONVERT(CONCAT('images/', LOWER(HEX(f.id)), '.jpg') USING utf8mb4) COLLATE utf8mb4_bin,
                                                                      CONVERT(CONCAT('images/', LOWER(HEX(f.id)), '.png') USING utf8mb4) COLLATE utf8mb4_bin))
       AND NOT EXISTS (SELECT 1 FROM items n WHERE n.image_url IN (CONVERT(CONCAT('images/', LOWER(HEX(f.id)), '.jpg') USING utf8mb4) COLLATE utf8mb4_bin,
                                                                   CONVERT(CONCAT('images/', LOWER(HEX(f.id)), '.png') USING utf8mb4) COLLATE utf8mb4_bin));
    SET v_deleted = v_deleted + ROW_COUNT();
    UPDATE old_images f STRAIGHT_JOIN images i ON i.id = f.id AND i.shop_id = f.shop_id JOIN leases l ON l.job = 'clean_up' AND l.fence = in_fence
       SET i.look_at = v_now + INTERVAL 1 DAY WHERE i.look_at < v_now;

    UPDATE product_imports SET state = 'dropped', changed_at = v_now
     WHERE state IN ('reading', 'ready') AND changed_at < v_now - INTERVAL 1 DAY AND EXISTS (SELECT 1 FROM leases l WHERE l.job = 'clean_up' AND l.fence = in_fence)
     ORDER BY id LIMIT in_limit;
    DELETE FROM old_rows;
    INSERT INTO old_rows (import_id, position)
    SELECT r.import_id, r.position FROM product_imports p JOIN product_import_rows r ON r.import_id = p.id WHERE p.state = 'dropped' LIMIT in_limit;
    DELETE r FROM old_rows f STRAIGHT_JOIN product_import_rows r ON r.import_id = f.import_id AND r.position = f.position JOIN leases l ON l.job = 'clean_up' AND l.fence = in_fence;
    SET v_deleted = v_deleted + ROW_COUNT();
    DELETE FROM product_imports
     WHERE state IN ('done', 'dropped') AND changed_at < v_before AND EXISTS (SELECT 1 FROM leases l WHERE l.job = 'clean_up' AND l.fence = in_fence)
       AND NOT EXISTS (SELECT 1 FROM product_import_rows r WHERE r.import_id = product_imports.id)
     ORDER BY id LIMIT in_limit;
    SET v_deleted = v_deleted + ROW_COUNT();

    DELETE FROM old_chunks;
    INSERT INTO old_chunks (task_id, number)
    SELECT c.task_id, c.number FROM tasks t FORCE INDEX (tasks_by_expiry) STRAIGHT_JOIN task_chunks c ON c.task_id = t.id WHERE t.expires_at < v_now LIMIT v_chunks;
    DELETE c FROM old_chunks f STRAIGHT_JOIN task_chunks c ON c.task_id = f.task_id AND c.number = f.number JOIN leases l ON l.job = 'clean_up' AND l.fence = in_fence;
    SET v_deleted = v_deleted + ROW_COUNT();

    DELETE FROM old_refusals;
    INSERT INTO old_refusals (task_id, order_id)
    SELECT r.task_id, r.order_id FROM tasks t FORCE INDEX (tasks_by_end) STRAIGHT_JOIN task_refusals r ON r.task_id = t.id WHERE t.ended_at < v_before LIMIT in_limit;
    DELETE r FROM old_refusals f STRAIGHT_JOIN task_refusals r ON r.task_id = f.task_id AND r.order_id = f.order_id JOIN leases l ON l.job = 'clean_up' AND l.fence = in_fence;
    SET v_deleted = v_deleted + ROW_COUNT();

    DELETE FROM old_tasks;
    INSERT INTO old_tasks (id)
    SELECT t.id FROM tasks t FORCE INDEX (tasks_by_end)
     WHERE t.ended_at < v_before AND NOT EXISTS (SELECT 1 FROM task_chunks c WHERE c.task_id = t.id) AND NOT EXISTS (SELECT 1 FROM task_refusals r WHERE r.task_id = t.id)
     ORDER BY t.ended_at LIMIT in_limit;
    DELETE t FROM old_tasks f STRAIGHT_JOIN tasks t ON t.id = f.id JOIN leases l ON l.job = 'clean_up' AND l.fence = in_fence WHERE t.ended_at < v_before;
    SET v_deleted = v_deleted + ROW_COUNT();

    DELETE FROM old_nodes;
    INSERT INTO old_nodes (id)
    SELECT id FROM nodes FORCE INDEX (nodes_by_report) WHERE reported_at < v_now - INTERVAL 1 DAY ORDER BY reported_at LIMIT in_limit;
    DELETE n FROM old_nodes f STRAIGHT_JOIN nodes n ON n.id = f.id JOIN leases l ON l.job = 'clean_up' AND l.fence = in_fence
     WHERE n.reported_at < v_now - INTERVAL 1 DAY;
    SET v_deleted = v_deleted + ROW_COUNT();
  END IF;
  COMMIT;

  SELECT CASE WHEN COALESCE(v_fence <> in_fence, TRUE) THEN 'fenced' WHEN v_deleted = 0 THEN 'nothing' ELSE 'cleaned' END AS outcome,
         v_deleted AS deleted, v_kept AS kept;
END clean_up$$

DELIMITER ;

GRANT EXECUTE ON PROCEDURE clean_up TO doorbuster_worker@'%';
