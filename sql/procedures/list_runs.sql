-- list_runs: the runs of the worker's audit, newest first, a page at a time: when, how much was looked at, what was found.
--
-- in_before is the number of the last run of the page before (0 or NULL: the first page).
-- Answers up to in_limit rows: id, began_at, ended_at, items, orders, ledger_lines, findings, fresh. Items, orders and lines are NULL for a member while another shop sells
-- in this installation: a run looks at the items of all. findings and fresh count what the caller may see (list_findings). No row for somebody who may not read.
-- Each run's findings are counted among all that ever were: they are few.
-- Locks: none.
-- Called by store.ListRuns. Proved by testdata/sql/list_runs.test.

DROP PROCEDURE IF EXISTS list_runs;

DELIMITER $$

CREATE DEFINER = doorbuster_owner@localhost PROCEDURE list_runs(
    IN in_staff_id BIGINT UNSIGNED,
    IN in_before   BIGINT UNSIGNED,
    IN in_limit    SMALLINT UNSIGNED
  )
  COMMENT 'Runs of the audit, newest first. Returns up to in_limit rows.'
  READS SQL DATA
  SQL SECURITY DEFINER
list_runs: BEGIN
  DECLARE v_actor VARCHAR(100);
  DECLARE v_shop_id BIGINT UNSIGNED;
  DECLARE v_allowed, v_alone BOOLEAN;

  CALL check_staff(in_staff_id, 'read', v_actor, v_shop_id, v_allowed);
  SET v_alone = v_shop_id IS NULL OR NOT EXISTS (SELECT 1 FROM sales s WHERE s.shop_id <> v_shop_id);
  SELECT r.id, r.began_at, r.ended_at, IF(v_alone, r.items, NULL) AS items, IF(v_alone, r.orders, NULL) AS orders, IF(v_alone, r.ledger_lines, NULL) AS ledger_lines,
         IF(v_alone, r.findings, (SELECT COUNT(*) FROM reconcile_findings f
           WHERE f.first_run <= r.id AND f.last_run >= r.id
             AND (EXISTS (SELECT 1 FROM items i JOIN sales s ON s.id = i.sale_id WHERE i.id = f.item_id AND s.shop_id = v_shop_id)
                  OR NOT EXISTS (SELECT 1 FROM items i WHERE i.id = f.item_id)))) AS findings,
         IF(v_alone, r.fresh, (SELECT COUNT(*) FROM reconcile_findings f
           WHERE f.first_run = r.id
             AND (EXISTS (SELECT 1 FROM items i JOIN sales s ON s.id = i.sale_id WHERE i.id = f.item_id AND s.shop_id = v_shop_id)
                  OR NOT EXISTS (SELECT 1 FROM items i WHERE i.id = f.item_id)))) AS fresh
    FROM (SELECT id, began_at, ended_at, items, orders, ledger_lines, findings, fresh FROM reconcile_runs
           WHERE v_allowed AND id < COALESCE(NULLIF(in_before, 0), 18446744073709551615) ORDER BY id DESC LIMIT in_limit) r
   ORDER BY r.id DESC;
END list_runs$$

DELIMITER ;

GRANT EXECUTE ON PROCEDURE list_runs TO doorbuster_admin@'%';
