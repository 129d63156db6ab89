-- list_rehearsals: the rehearsals of a sale, newest first, a page at a time.
--
-- in_before is the number of the last one of the page before (0: the first page).
-- Answers up to in_limit rows: id, sale_id, item_id, item_title (empty: it was removed), time_zone (of the sale), shoppers, seconds, state, phase, phase_done, phase_total, stop_asked, trouble, verdict,
-- actor, began_at, seen_at, ended_at, silent (1: it runs, and whoever plays it was not heard of for 30 seconds).
-- No row also for another shop's sale and for somebody who may not read.
-- Locks: none.
-- Called by store.ListRehearsals. Proved by testdata/sql/list_rehearsals.test.

DROP PROCEDURE IF EXISTS list_rehearsals;

DELIMITER $$

CREATE DEFINER = doorbuster_owner@localhost PROCEDURE list_rehearsals(
    IN in_staff_id BIGINT UNSIGNED,
    IN in_sale_id  BIGINT UNSIGNED,
    IN in_before   BIGINT UNSIGNED,
    IN in_limit    SMALLINT UNSIGNED
  )
  COMMENT 'Rehearsals of a sale, newest first. Returns up to in_limit rows.'
  READS SQL DATA
  SQL SECURITY DEFINER
list_rehearsals: BEGIN
  DECLARE v_actor VARCHAR(100);
  DECLARE v_shop_id BIGINT UNSIGNED;
  DECLARE v_allowed BOOLEAN;
  DECLARE v_now DATETIME(6) DEFAULT UTC_TIMESTAMP(6);

  CALL check_staff(in_staff_id, 'read', v_actor, v_shop_id, v_allowed);
  SELECT r.id, r.sale_id, r.item_id, COALESCE(i.title, '') AS item_title, s.time_zone, r.shoppers, r.seconds, r.state, r.phase, r.phase_done, r.phase_total, r.stop_asked, r.trouble, r.verdict, r.actor,
         r.began_at, r.seen_at, r.ended_at, r.state = 'running' AND r.seen_at < v_now - INTERVAL 30 SECOND AS silent
    FROM rehearsals r JOIN sales s ON s.id = r.sale_id LEFT JOIN items i ON i.id = r.item_id
   WHERE r.sale_id = in_sale_id AND r.id < COALESCE(NULLIF(in_before, 0), 18446744073709551615) AND v_allowed AND (v_shop_id IS NULL OR s.shop_id = v_shop_id)
   ORDER BY r.id DESC LIMIT in_limit;
END list_rehearsals$$

DELIMITER ;

GRANT EXECUTE ON PROCEDURE list_rehearsals TO doorbuster_admin@'%';
