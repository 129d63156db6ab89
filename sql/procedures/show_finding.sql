-- show_finding: one finding of the worker's audit as staff see it.
--
-- Answers at most one row, with the columns of list_findings. No row: no finding of this number, one about another shop's item, or somebody who may not read.
-- Locks: none.
-- Called by store.ShowFinding. Proved by testdata/sql/show_finding.test.

DROP PROCEDURE IF EXISTS show_finding;

DELIMITER $$

CREATE DEFINER = doorbuster_owner@localhost PROCEDURE show_finding(
    IN in_staff_id   BIGINT UNSIGNED,
    IN in_finding_id BIGINT UNSIGNED
  )
  COMMENT 'One finding of the audit as staff see it. Returns at most one row.'
  READS SQL DATA
  SQL SECURITY DEFINER
show_finding: BEGIN
  DECLARE v_actor VARCHAR(100);
  DECLARE v_shop_id BIGINT UNSIGNED;
  DECLARE v_allowed BOOLEAN;

  CALL check_staff(in_staff_id, 'read', v_actor, v_shop_id, v_allowed);
  SELECT f.id, f.invariant, f.subject, f.endangers, f.expected, f.found, f.what_to_do, f.repair, f.state, f.first_seen, f.last_seen, f.paused_at, f.ended_at, f.approved_by,
         f.reason, f.item_id, i.title AS item_title, s.id AS sale_id, s.title AS sale_title, s.time_zone
    FROM (SELECT n.id FROM reconcile_findings n
           WHERE n.id = in_finding_id AND v_allowed
             AND (v_shop_id IS NULL
                  OR EXISTS (SELECT 1 FROM items i JOIN sales s ON s.id = i.sale_id WHERE i.id = n.item_id AND s.shop_id = v_shop_id)
                  OR NOT EXISTS (SELECT 1 FROM items i WHERE i.id = n.item_id))) p
    JOIN reconcile_findings f ON f.id = p.id LEFT JOIN items i ON i.id = f.item_id LEFT JOIN sales s ON s.id = i.sale_id;
END show_finding$$

DELIMITER ;

GRANT EXECUTE ON PROCEDURE show_finding TO doorbuster_admin@'%';
