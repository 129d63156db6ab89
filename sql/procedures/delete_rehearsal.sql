-- delete_rehearsal: staff do not want to keep a rehearsal any more. Its orders went with its database when it ended; now its report goes too.
--
-- Outcomes, first match wins:
--   not_allowed        the member may not
--   no_such_rehearsal  none of this number, or of another shop's sale
--   rehearsing         it runs: stop it first (one whose process was silent for 30 seconds does not run any more)
--   deleted            it is gone; the log keeps that it was
--
-- Answers one row: outcome, sale_id (NULL unless deleted).
-- Locks: the rehearsal.
-- Called by store.DeleteRehearsal. Proved by testdata/sql/delete_rehearsal.test.

DROP PROCEDURE IF EXISTS delete_rehearsal;

DELIMITER $$

CREATE DEFINER = doorbuster_owner@localhost PROCEDURE delete_rehearsal(
    IN in_staff_id     BIGINT UNSIGNED,
    IN in_actor        VARCHAR(100),
    IN in_rehearsal_id BIGINT UNSIGNED
  )
  COMMENT 'Deletes a rehearsal that has ended. Returns one row: outcome, sale_id.'
  MODIFIES SQL DATA
  SQL SECURITY DEFINER
delete_rehearsal: BEGIN
  DECLARE v_outcome VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin;
  DECLARE v_shop_id, v_sale_id BIGINT UNSIGNED;
  DECLARE v_allowed, v_runs BOOLEAN;
  DECLARE v_now DATETIME(6) DEFAULT UTC_TIMESTAMP(6);
  DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

  CALL check_staff(in_staff_id, 'sell', in_actor, v_shop_id, v_allowed);
  SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
  START TRANSACTION;
  SELECT r.sale_id, r.state = 'running' AND r.seen_at >= v_now - INTERVAL 30 SECOND INTO v_sale_id, v_runs FROM rehearsals r
   WHERE r.id = in_rehearsal_id AND v_allowed AND EXISTS (SELECT 1 FROM sales s WHERE s.id = r.sale_id AND (v_shop_id IS NULL OR s.shop_id = v_shop_id))
     FOR UPDATE;
  SET v_outcome = CASE WHEN NOT v_allowed THEN 'not_allowed' WHEN v_sale_id IS NULL THEN 'no_such_rehearsal' WHEN v_runs THEN 'rehearsing' ELSE 'deleted' END;
  IF v_outcome = 'deleted' THEN
    DELETE FROM rehearsals WHERE id = in_rehearsal_id;
    INSERT INTO sale_log (sale_id, shop_id, action, detail, reason, actor, staff_id, made_at)
    VALUES (v_sale_id, (SELECT shop_id FROM sales WHERE id = v_sale_id), 'rehearsal_deleted', CONCAT('rehearsal ', in_rehearsal_id), '', in_actor, in_staff_id, v_now);
  END IF;
  COMMIT;

  SELECT v_outcome AS outcome, IF(v_outcome = 'deleted', v_sale_id, NULL) AS sale_id;
END delete_rehearsal$$

DELIMITER ;

GRANT EXECUTE ON PROCEDURE delete_rehearsal TO doorbuster_admin@'%';
