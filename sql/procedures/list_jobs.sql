-- list_jobs: the jobs of the worker: who does each, how its last run went, when the next is due, and what waits for it.
--
-- Answers one row per job, in the order of what hurts first when it is late: job, holder (host and process; empty: nobody has begun it yet), fence, expires_at (of
-- the lease, which whoever does the job renews every few seconds; NULL: never begun), trouble (of job_states; empty: none), began_at and ended_at (of the run that ended last;
-- NULL: none has, or none was noted), did, failure, failing_since (as in job_runs), next_at (when the next run is due), pause_ms (between two), runs and done (since the
-- present holder took over), running_since (of a run that takes long; NULL: none does),
-- waiting (how much is overdue for it, 1000 at most; NULL: it is not counted), oldest_at (since when the oldest of it waits; NULL: nothing does),
-- database_time. No row for somebody who may not read.
-- The jobs belong to the whole installation, and so do these numbers: they name nobody and nothing.
--
-- Overdue are holds that have ended, payments to ask about, messages of the outbox, deliveries to active webhooks and mails to send. Each is read from the index by
-- its time and stops at 1000.
-- Locks: none.
-- Called by store.ListJobs. Proved by testdata/sql/list_jobs.test.

DROP PROCEDURE IF EXISTS list_jobs;

DELIMITER $$

CREATE DEFINER = doorbuster_owner@localhost PROCEDURE list_jobs(
    IN in_staff_id BIGINT UNSIGNED
  )
  COMMENT 'The jobs of the worker with what waits for them. Returns one row per job.'
  READS SQL DATA
  SQL SECURITY DEFINER
list_jobs: BEGIN
  DECLARE v_actor VARCHAR(100);
  DECLARE v_shop_id BIGINT UNSIGNED; -- of no interest: the jobs are the whole installation's
  DECLARE v_allowed BOOLEAN;
  DECLARE v_now DATETIME(6) DEFAULT UTC_TIMESTAMP(6);
  DECLARE v_holds, v_payments, v_messages, v_deliveries, v_mails INT;
  DECLARE v_hold_at, v_payment_at, v_message_at, v_delivery_at, v_mail_at DATETIME(6);

  CALL check_staff(in_staff_id, 'read', v_actor, v_shop_id, v_allowed);
  IF v_allowed THEN
    SELECT COUNT(*), MIN(w.at) INTO v_holds, v_hold_at
      FROM (SELECT hold_expires_at AS at FROM orders FORCE INDEX (orders_by_end_of_hold) WHERE hold_expires_at <= v_now ORDER BY hold_expires_at LIMIT 1000) w;
    SELECT COUNT(*), MIN(w.at) INTO v_payments, v_payment_at
      FROM (SELECT ask_at AS at FROM payments FORCE INDEX (payments_by_time_to_ask) WHERE ask_at <= v_now ORDER BY ask_at LIMIT 1000) w;
    SELECT COUNT(*), MIN(w.at) INTO v_messages, v_message_at
      FROM (SELECT made_at AS at FROM outbox FORCE INDEX (outbox_by_time_to_send) WHERE sent_at IS NULL ORDER BY made_at LIMIT 1000) w;
    SELECT COUNT(*), MIN(w.at) INTO v_deliveries, v_delivery_at
      FROM (SELECT d.next_at AS at FROM webhook_endpoints e JOIN webhook_deliveries d FORCE INDEX (webhook_deliveries_by_time) ON d.endpoint_id = e.id
             WHERE e.state = 'active' AND d.state = 'due' AND d.next_at <= v_now LIMIT 1000) w;
    SELECT COUNT(*), MIN(w.at) INTO v_mails, v_mail_at
      FROM (SELECT next_at AS at FROM mails FORCE INDEX (mails_by_time) WHERE next_at <= v_now ORDER BY next_at LIMIT 1000) w;
  END IF;

  SELECT j.job, COALESCE(l.holder, '') AS holder, COALESCE(l.fence, 0) AS fence, l.expires_at, COALESCE(l.trouble, '') AS trouble,
         l.began_at, l.ended_at, COALESCE(l.did, 0) AS did, COALESCE(l.failure, '') AS failure, l.failing_since, l.next_at, COALESCE(l.pause_ms, 0) AS pause_ms,
         COALESCE(l.runs, 0) AS runs, COALESCE(l.done, 0) AS done, l.running_since,
         CASE j.job WHEN 'expire_orders' THEN v_holds WHEN 'check_payments' THEN v_payments WHEN 'relay_outbox' THEN v_messages
                    WHEN 'deliver_webhooks' THEN v_deliveries WHEN 'send_mails' THEN v_mails END AS waiting,
         CASE j.job WHEN 'expire_orders' THEN v_hold_at WHEN 'check_payments' THEN v_payment_at WHEN 'relay_outbox' THEN v_message_at
                    WHEN 'deliver_webhooks' THEN v_delivery_at WHEN 'send_mails' THEN v_mail_at END AS oldest_at,
         v_now AS database_time
    FROM (SELECT 1 AS place, CAST('expire_orders' AS CHAR(50) CHARACTER SET ascii) AS job UNION ALL SELECT 2, 'check_payments' UNION ALL SELECT 3, 'relay_outbox'
          UNION ALL SELECT 4, 'deliver_webhooks' UNION ALL SELECT 5, 'send_mails' UNION ALL SELECT 6, 'reconcile' UNION ALL SELECT 7, 'seal_moves'
          UNION ALL SELECT 8, 'rebalance_shards' UNION ALL SELECT 9, 'clean_up') j
    LEFT JOIN job_states l ON l.job = j.job
   WHERE v_allowed ORDER BY j.place;
END list_jobs$$

DELIMITER ;

GRANT EXECUTE ON PROCEDURE list_jobs TO doorbuster_admin@'%';
