-- list_findings: what the worker's audit found broken, as staff see it, newest first, a page at a time.
--
-- in_state is open, gone or approved (which is the history of repairs); empty: all. in_before is the number of the last finding of the page before (0 or NULL: the first).
-- Answers up to in_limit rows: id, invariant, subject, endangers, expected, found, what_to_do, repair, state, first_seen, last_seen, paused_at, ended_at, approved_by, reason,
-- item_id, item_title, sale_id, sale_title, time_zone (the last four NULL for an item that is not there any more).
-- Members see the findings about their shop's items and about items that are not there any more, as show_alarms counts them. No row for somebody who may not read.
-- Locks: none.
-- Called by store.ListFindings. Proved by testdata/sql/list_findings.test.

DROP PROCEDURE IF EXISTS list_findings;

DELIMITER $$

CREATE DEFINER = doorbuster_owner@localhost PROCEDURE list_findings(
    IN in_staff_id BIGINT UNSIGNED,
    IN in_state    VARCHAR(10) CHARACTER SET ascii COLLATE ascii_bin,
    IN in_before   BIGINT UNSIGNED,
    IN in_limit    SMALLINT UNSIGNED
  )
  COMMENT 'Findings of the audit as staff see them, newest first. Returns up to in_limit rows.'
  READS SQL DATA
  SQL SECURITY DEFINER
list_findings: BEGIN
  DECLARE v_actor VARCHAR(100);
  DECLARE v_shop_id BIGINT UNSIGNED;
  DECLARE v_allowed BOOLEAN;

  CALL check_staff(in_staff_id, 'read', v_actor, v_shop_id, v_allowed);
  SELECT f.id, f.invariant, f.subject, f.endangers, f.expected, f.found, f.what_to_do, f.repair, f.state, f.first_seen, f.last_seen, f.paused_at, f.ended_at, f.approved_by,
         f.reason, f.item_id, i.title AS item_title, s.id AS sale_id, s.title AS sale_title, s.time_zone
    FROM (SELECT n.id FROM reconcile_findings n
           WHERE v_allowed AND (COALESCE(in_state, '') = '' OR n.state = in_state) AND n.id < COALESCE(NULLIF(in_before, 0), 18446744073709551615)
             AND (v_shop_id IS NULL
                  OR EXISTS (SELECT 1 FROM items i JOIN sales s ON s.id = i.sale_id WHERE i.id = n.item_id AND s.shop_id = v_shop_id)
                  OR NOT EXISTS (SELECT 1 FROM items i WHERE i.id = n.item_id))
           ORDER BY n.id DESC LIMIT in_limit) p
    JOIN reconcile_findings f ON f.id = p.id LEFT JOIN items i ON i.id = f.item_id LEFT JOIN sales s ON s.id = i.sale_id
   ORDER BY f.id DESC;
END list_findings$$

DELIMITER ;

GRANT EXECUTE ON PROCEDURE list_findings TO doorbuster_admin@'%';
