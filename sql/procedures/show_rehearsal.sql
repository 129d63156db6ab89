-- show_rehearsal: one rehearsal with its report and its picture.
--
-- Answers at most one row: what list_rehearsals answers, and report and picture (NULL unless done).
-- No row: no such rehearsal, one of another shop's sale, or somebody who may not read.
-- Locks: none.
-- Called by store.ShowRehearsal. Proved by testdata/sql/list_rehearsals.test and show_rehearsal.test.

DROP PROCEDURE IF EXISTS show_rehearsal;

DELIMITER $$

CREATE DEFINER = doorbuster_owner@localhost PROCEDURE show_rehearsal(
    IN in_staff_id     BIGINT UNSIGNED,
    IN in_rehearsal_id BIGINT UNSIGNED
  )
  COMMENT 'One rehearsal with its report. Returns at most one row.'
  READS SQL DATA
  SQL SECURITY DEFINER
show_rehearsal: BEGIN
  DECLARE v_actor VARCHAR(100);
  DECLARE v_shop_id BIGINT UNSIGNED;
  DECLARE v_allowed BOOLEAN;
  DECLARE v_now DATETIME(6) DEFAULT UTC_TIMESTAMP(6);

  CALL check_staff(in_staff_id, 'read', v_actor, v_shop_id, v_allowed);
  SELECT r.id, r.sale_id, r.item_id, COALESCE(i.title, '') AS item_title, s.time_zone, r.shoppers, r.seconds, r.state, r.phase, r.phase_done, r.phase_total, r.stop_asked, r.trouble, r.verdict, r.actor,
         r.began_at, r.seen_at, r.ended_at, r.state = 'running' AND r.seen_at < v_now - INTERVAL 30 SECOND AS silent, r.report, r.picture
    FROM rehearsals r JOIN sales s ON s.id = r.sale_id LEFT JOIN items i ON i.id = r.item_id
   WHERE r.id = in_rehearsal_id AND v_allowed AND (v_shop_id IS NULL OR s.shop_id = v_shop_id);
END show_rehearsal$$

DELIMITER ;

GRANT EXECUTE ON PROCEDURE show_rehearsal TO doorbuster_admin@'%';
