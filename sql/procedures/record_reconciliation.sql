-- record_reconciliation: what a run of the job reconcile looked at and found is written down, and a sale whose promise is in danger is paused.
--
-- in_looked is a JSON list of ranges of item numbers, [[first, last], …]; what stood open in them and is not in in_findings is gone. in_findings is a JSON
-- list of at most 1000 objects with invariant, item_id, subject, endangers, expected, found, what_to_do. The worker has seen each of them in two snapshots.
--
-- A finding that stands is one row: each run moves its last_seen. One that is gone and comes back is a new one. A sale is paused at most once for a
-- finding: who resumes it knows of it. One that was not on sale when the finding came is paused when it goes on sale.
--
-- Outcomes, first match wins:
--   fenced   in_fence is not the present number of the lease: another worker took over; nothing was done
--   nothing  nothing stands among what was looked at
--   found    some findings stand
--
-- Answers a row for each finding that is new or has paused its sale now, or one row of NULLs: outcome, run_id, fresh, gone, standing (in the whole shop),
-- finding_id, invariant, item_id, subject, expected, found, paused, repair.
-- The number is checked twice: under the lock of the lease, and again in the statements that write the run and pause.
-- Locks: the lease; the sales to be paused, in rising order, exclusively: it waits for the batches that run; then findings and runs.
-- Called by store.RecordReconciliation. Proved by testdata/sql/record_reconciliation.test.

DROP PROCEDURE IF EXISTS record_reconciliation;

DELIMITER $$

CREATE DEFINER = doorbuster_owner@localhost PROCEDURE record_reconciliation(
    IN in_fence     BIGINT UNSIGNED,
    IN in_began_at  DATETIME(6),
    IN in_items     INT UNSIGNED,
    IN in_orders    BIGINT UNSIGNED,
    IN in_lines     BIGINT UNSIGNED,
    IN in_allotted  BIGINT,
    IN in_available BIGINT,
    IN in_held      BIGINT,
    IN in_sold      BIGINT,
    IN in_looked    LONGTEXT,
    IN in_findings  LONGTEXT
  )
  COMMENT 'Records a run of reconcile and its findings; pauses sales. Returns rows: outcome, run_id, fresh, gone, standing, finding_id, …'
  MODIFIES SQL DATA
  SQL SECURITY DEFINER
record_reconciliation: BEGIN
  DECLARE v_fence, v_run, v_item_id BIGINT UNSIGNED;
  DECLARE v_findings, v_fresh, v_gone, v_planned, v_locked INT DEFAULT 0;
  DECLARE v_allotted BIGINT;
  DECLARE v_plan VARCHAR(1000);
  DECLARE v_now DATETIME(6);
  DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

  IF IF(in_findings LIKE '[%', JSON_LENGTH(in_findings), -1) NOT BETWEEN 0 AND 1000 OR COALESCE(in_looked NOT LIKE '[%', TRUE) THEN
    SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 50004, MESSAGE_TEXT = 'record_reconciliation: not a list of at most 1000 findings and one of ranges';
  END IF;
  CREATE TEMPORARY TABLE IF NOT EXISTS looked (first_item BIGINT UNSIGNED NOT NULL, last_item BIGINT UNSIGNED NOT NULL) ENGINE = MEMORY;
  CREATE TEMPORARY TABLE IF NOT EXISTS seen (
    item_id BIGINT UNSIGNED NOT NULL, invariant VARCHAR(100) NOT NULL, subject VARCHAR(100) NOT NULL, endangers BOOLEAN NOT NULL,
    expected VARCHAR(300) NOT NULL, found VARCHAR(300) NOT NULL, what_to_do VARCHAR(300) NOT NULL, is_fresh BOOLEAN NOT NULL DEFAULT TRUE,
    PRIMARY KEY (item_id, invariant, subject)
  ) ENGINE = MEMORY;
  CREATE TEMPORARY TABLE IF NOT EXISTS endangered (sale_id BIGINT UNSIGNED NOT NULL PRIMARY KEY) ENGINE = MEMORY;

  SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
  START TRANSACTION;
  SELECT fence INTO v_fence FROM leases WHERE job = 'reconcile' FOR UPDATE;
  IF v_fence = in_fence THEN
    DELETE FROM looked;
    INSERT INTO looked (first_item, last_item)
    SELECT r.first_item, r.last_item FROM JSON_TABLE(in_looked, '$[*]' COLUMNS (first_item BIGINT UNSIGNED PATH '$[0]', last_item BIGINT UNSIGNED PATH '$[1]')) r;
    DELETE FROM seen;
    INSERT INTO seen (item_id, invariant, subject, endangers, expected, found, what_to_do)
    SELECT r.item_id, r.invariant, r.subject, r.endangers, LEFT(r.expected, 300), LEFT(r.found, 300), LEFT(r.what_to_do, 300)
      FROM JSON_TABLE(in_findings, '$[*]' COLUMNS (
             item_id    BIGINT UNSIGNED PATH '$.item_id',
             invariant  VARCHAR(101)  PATH '$.invariant',
             subject    VARCHAR(101)  PATH '$.subject',
             endangers  TINYINT       PATH '$.endangers',
             expected   VARCHAR(1000) PATH '$.expected',
             found      VARCHAR(1000) PATH '$.found',
             what_to_do VARCHAR(1000) PATH '$.what_to_do')) r;
    SET v_findings = ROW_COUNT();

    DELETE FROM endangered;
    INSERT INTO endangered (sale_id)
    SELECT DISTINCT i.sale_id FROM seen s JOIN items i ON i.id = s.item_id
      LEFT JOIN reconcile_findings f ON f.open = 1 AND f.item_id = s.item_id AND f.invariant = s.invariant AND f.subject = s.subject
     WHERE s.endangers AND f.paused_at IS NULL;
    SELECT STRAIGHT_JOIN COUNT(s.state) INTO v_locked FROM endangered e FORCE INDEX (PRIMARY) JOIN sales s FORCE INDEX (PRIMARY) ON s.id = e.sale_id FOR UPDATE;
    SET v_now = UTC_TIMESTAMP(6);

    SELECT COUNT(*) INTO v_fresh FROM seen s
      LEFT JOIN reconcile_findings f ON f.open = 1 AND f.item_id = s.item_id AND f.invariant = s.invariant AND f.subject = s.subject WHERE f.id IS NULL;
    SELECT COUNT(DISTINCT f.id) INTO v_gone FROM reconcile_findings f JOIN looked r ON f.item_id BETWEEN r.first_item AND r.last_item
      LEFT JOIN seen s ON s.item_id = f.item_id AND s.invariant = f.invariant AND s.subject = f.subject WHERE f.open = 1 AND s.item_id IS NULL;
    INSERT INTO reconcile_runs (began_at, ended_at, items, orders, ledger_lines, units_allotted, units_available, units_held, units_sold, findings, fresh, gone, fence, holder)
    SELECT in_began_at, v_now, in_items, in_orders, in_lines, in_allotted, in_available, in_held, in_sold, v_findings, v_fresh, v_gone, l.fence, l.holder
      FROM leases l WHERE l.job = 'reconcile' AND l.fence = in_fence;
    SET v_run = LAST_INSERT_ID();
    UPDATE reconcile_findings f JOIN seen s ON f.open = 1 AND f.item_id = s.item_id AND f.invariant = s.invariant AND f.subject = s.subject
       SET f.last_run = v_run, f.last_seen = v_now, f.expected = s.expected, f.found = s.found, f.endangers = s.endangers, s.is_fresh = FALSE;
    INSERT INTO reconcile_findings (invariant, item_id, subject, endangers, expected, found, what_to_do, repair, state, first_run, last_run, first_seen, last_seen)
    SELECT invariant, item_id, subject, endangers, expected, found, what_to_do, '', 'open', v_run, v_run, v_now, v_now FROM seen WHERE is_fresh
     ORDER BY item_id, invariant, subject;
    UPDATE reconcile_findings f JOIN looked r ON f.item_id BETWEEN r.first_item AND r.last_item
       SET f.state = 'gone', f.ended_at = v_now WHERE f.open = 1 AND f.last_run <> v_run;

    -- The first ten items only: each has its ledger added up, and who approves one repair makes room for the next.
    plan_repairs: LOOP
      SELECT MIN(item_id) INTO v_item_id FROM seen WHERE item_id > COALESCE(v_item_id, 0) AND invariant REGEXP '^I[123] ';
      IF v_item_id IS NULL OR v_planned = 10 THEN LEAVE plan_repairs; END IF;
      CALL plan_repair(v_item_id, v_plan, v_allotted);
      UPDATE reconcile_findings SET repair = COALESCE(v_plan, '') WHERE item_id = v_item_id AND state = 'open' AND invariant REGEXP '^I[123] ';
      SET v_planned = v_planned + 1;
    END LOOP plan_repairs;

    DELETE e FROM endangered e JOIN sales s ON s.id = e.sale_id WHERE s.state <> 'published' OR s.closes_at <= v_now;
    INSERT INTO sale_log (sale_id, shop_id, action, detail, reason, actor, made_at, thing, became)
    SELECT e.sale_id, (SELECT shop_id FROM sales WHERE id = e.sale_id), 'paused', LEFT(CONCAT('from published to paused: item ', MIN(f.item_id), ', finding ', MIN(f.id), IF(COUNT(*) > 1, CONCAT(' and ', COUNT(*) - 1, ' more'), '')), 300),
           LEFT(CONCAT('reconcile: ', SUBSTRING_INDEX(MIN(CONCAT(LPAD(f.id, 20, '0'), f.invariant, ': expected ', f.expected, ', found ', f.found)), LPAD(MIN(f.id), 20, '0'), -1)), 200),
           'worker', v_now, CONCAT('sale ', e.sale_id, ' state'), 'paused'
      FROM endangered e JOIN items i ON i.sale_id = e.sale_id JOIN reconcile_findings f ON f.open = 1 AND f.item_id = i.id AND f.endangers AND f.paused_at IS NULL
     GROUP BY e.sale_id;
    UPDATE reconcile_findings f JOIN items i ON i.id = f.item_id JOIN endangered e ON e.sale_id = i.sale_id
       SET f.paused_at = v_now, f.paused_in = v_run WHERE f.open = 1 AND f.endangers AND f.paused_at IS NULL;
    UPDATE sales s JOIN endangered e ON e.sale_id = s.id JOIN leases l ON l.job = 'reconcile' AND l.fence = in_fence
       SET s.state = 'paused', s.changed_at = v_now WHERE s.state = 'published';
    DELETE FROM reconcile_runs WHERE findings = 0 AND gone = 0 AND ended_at < v_now - INTERVAL 7 DAY ORDER BY ended_at LIMIT 100;
  END IF;
  COMMIT;

  SELECT CASE WHEN COALESCE(v_fence <> in_fence, TRUE) THEN 'fenced' WHEN v_findings = 0 THEN 'nothing' ELSE 'found' END AS outcome, v_run AS run_id, v_fresh AS fresh,
         v_gone AS gone, (SELECT COUNT(*) FROM reconcile_findings WHERE open = 1) AS standing,
         f.id AS finding_id, f.invariant, f.item_id, f.subject, f.expected, f.found, IF(v_run IS NULL, NULL, COALESCE(f.paused_in = v_run, FALSE)) AS paused, f.repair
    FROM (SELECT 1 AS one) one LEFT JOIN reconcile_findings f ON f.open = 1 AND (f.first_run = v_run OR f.paused_in = v_run) ORDER BY f.id;
END record_reconciliation$$

DELIMITER ;

GRANT EXECUTE ON PROCEDURE record_reconciliation TO doorbuster_worker@'%';
