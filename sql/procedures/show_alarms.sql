-- show_alarms: what wants a person now, in numbers: what reconcile found broken, mails and deliveries that were given up or wait too long, payments that do
-- not end, jobs that are not done.
--
-- Answers one row, or none for somebody who may not read: open_findings, endangering_findings (of the open ones), dead_mails, late_mails (more than 5 minutes
-- overdue), dead_deliveries, unsettled_payments (somebody must look after them, and they have not moved for more than 15 minutes), late_jobs (that have a trouble
-- in job_states; a job that was never begun has none), database_time.
-- Members see the numbers of their shop. Jobs belong to the whole installation, and so does a finding about an item that is not there any more.
--
-- It is asked whenever the first page is shown, so each number comes out of an index, and of what can be many it says 1000 at most: mails by state and by time
-- to send, deliveries by state, payments by time to ask, which only those have that are not settled. Findings that are open have an index of their own, and
-- jobs are a dozen rows. Mails, deliveries and payments of other shops are passed over one by one, as by list_mails.
-- Locks: none.
-- Called by store.Alarms. Proved by testdata/sql/show_alarms.test.

DROP PROCEDURE IF EXISTS show_alarms;

DELIMITER $$

CREATE DEFINER = doorbuster_owner@localhost PROCEDURE show_alarms(
    IN in_staff_id BIGINT UNSIGNED
  )
  COMMENT 'Numbers of what wants a person. Returns one row.'
  READS SQL DATA
  SQL SECURITY DEFINER
show_alarms: BEGIN
  DECLARE v_actor VARCHAR(100);
  DECLARE v_shop_id BIGINT UNSIGNED;
  DECLARE v_allowed BOOLEAN;
  DECLARE v_now DATETIME(6) DEFAULT UTC_TIMESTAMP(6);

  CALL check_staff(in_staff_id, 'read', v_actor, v_shop_id, v_allowed);

  SELECT f.open_findings, f.endangering_findings,
         (SELECT COUNT(*)
            FROM (SELECT m.id FROM mails m FORCE INDEX (mails_by_state)
                   WHERE m.state = 'dead'
                     AND (v_shop_id IS NULL OR v_shop_id = (SELECT s.shop_id FROM orders o JOIN items i ON i.id = o.item_id JOIN sales s ON s.id = i.sale_id
                                                            WHERE o.id = m.order_id))
                   LIMIT 1000) d) AS dead_mails,
         (SELECT COUNT(*)
            FROM (SELECT m.id FROM mails m FORCE INDEX (mails_by_time)
                   WHERE m.next_at < v_now - INTERVAL 5 MINUTE
                     AND (v_shop_id IS NULL OR v_shop_id = (SELECT s.shop_id FROM orders o JOIN items i ON i.id = o.item_id JOIN sales s ON s.id = i.sale_id
                                                            WHERE o.id = m.order_id))
                   LIMIT 1000) d) AS late_mails,
         (SELECT COUNT(*)
            FROM (SELECT w.seq FROM webhook_deliveries w FORCE INDEX (webhook_deliveries_by_end)
                   WHERE w.state = 'dead'
                     AND (v_shop_id IS NULL OR v_shop_id = (SELECT s.shop_id FROM orders o JOIN items i ON i.id = o.item_id JOIN sales s ON s.id = i.sale_id
                                                            WHERE o.id = w.order_id))
                   LIMIT 1000) d) AS dead_deliveries,
         (SELECT COUNT(*)
            FROM (SELECT p.id FROM payments p FORCE INDEX (payments_by_time_to_ask)
                   WHERE p.ask_at IS NOT NULL AND p.changed_at < v_now - INTERVAL 15 MINUTE
                     AND (v_shop_id IS NULL OR v_shop_id = (SELECT s.shop_id FROM orders o JOIN items i ON i.id = o.item_id JOIN sales s ON s.id = i.sale_id
                                                            WHERE o.id = p.order_id))
                   LIMIT 1000) d) AS unsettled_payments,
         (SELECT COUNT(*) FROM job_states j WHERE j.trouble <> '') AS late_jobs,
         v_now AS database_time
    FROM (SELECT COUNT(*) AS open_findings, COALESCE(SUM(f.endangers), 0) AS endangering_findings
            FROM reconcile_findings f FORCE INDEX (reconcile_findings_once_while_open) LEFT JOIN items i ON i.id = f.item_id LEFT JOIN sales s ON s.id = i.sale_id
           WHERE f.open = 1 AND (v_shop_id IS NULL OR s.shop_id = v_shop_id OR s.id IS NULL)) f
   WHERE v_allowed;
END show_alarms$$

DELIMITER ;

GRANT EXECUTE ON PROCEDURE show_alarms TO doorbuster_admin@'%';
