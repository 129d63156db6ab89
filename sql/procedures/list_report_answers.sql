-- list_report_answers: how often presses of a sale were answered how, as the processes that serve shoppers have reported it (sale_answers: figures, not truth).
--
-- Answers a row per outcome: outcome, answers, the most frequent first.
-- No row also for another shop's sale and for somebody who may not read.
-- Locks: none.
-- Called by store.ListReportAnswers. Proved by testdata/sql/list_report_answers.test.

DROP PROCEDURE IF EXISTS list_report_answers;

DELIMITER $$

CREATE DEFINER = doorbuster_owner@localhost PROCEDURE list_report_answers(
    IN in_staff_id BIGINT UNSIGNED,
    IN in_sale_id  BIGINT UNSIGNED
  )
  COMMENT 'How presses of a sale were answered. Returns a row per outcome.'
  READS SQL DATA
  SQL SECURITY DEFINER
list_report_answers: BEGIN
  DECLARE v_actor VARCHAR(100);
  DECLARE v_shop_id BIGINT UNSIGNED;
  DECLARE v_allowed BOOLEAN;

  CALL check_staff(in_staff_id, 'read', v_actor, v_shop_id, v_allowed);
  SELECT a.outcome, SUM(a.answers) AS answers FROM sale_answers a JOIN sales s ON s.id = a.sale_id
   WHERE a.sale_id = in_sale_id AND v_allowed AND (v_shop_id IS NULL OR s.shop_id = v_shop_id)
   GROUP BY a.outcome ORDER BY answers DESC, a.outcome;
END list_report_answers$$

DELIMITER ;

GRANT EXECUTE ON PROCEDURE list_report_answers TO doorbuster_admin@'%';
