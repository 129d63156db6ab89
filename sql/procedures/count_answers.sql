-- count_answers: how often presses of a sale were answered how, from one minute (included; NULL: the first) up to another (excluded; NULL: now).
--
-- Answers one row per outcome, the most frequent first: outcome, answers. Figures, not truth: see report_answers.
-- No row: no answers, no such sale, another shop's, or somebody who may not read.
-- Read by the primary key of sale_answers: one row per minute and outcome, whatever the number of presses.
-- Locks: none.
-- Called by store.CountAnswers. Proved by testdata/sql/count_answers.test.

DROP PROCEDURE IF EXISTS count_answers;

DELIMITER $$

CREATE DEFINER = doorbuster_owner@localhost PROCEDURE count_answers(
    IN in_staff_id BIGINT UNSIGNED,
    IN in_sale_id  BIGINT UNSIGNED,
    IN in_from     DATETIME,
    IN in_until    DATETIME
  )
  COMMENT 'Answers to presses of a sale by outcome. Returns one row per outcome.'
  READS SQL DATA
  SQL SECURITY DEFINER
count_answers: BEGIN
  DECLARE v_actor VARCHAR(100);
  DECLARE v_shop_id BIGINT UNSIGNED;
  DECLARE v_allowed BOOLEAN;

  CALL check_staff(in_staff_id, 'read', v_actor, v_shop_id, v_allowed);
  SELECT a.outcome, CAST(SUM(a.answers) AS UNSIGNED) AS answers
    FROM sales s JOIN sale_answers a ON a.sale_id = s.id
   WHERE s.id = in_sale_id AND v_allowed AND (v_shop_id IS NULL OR s.shop_id = v_shop_id)
     AND a.minute_at >= COALESCE(in_from, '1970-01-01') AND a.minute_at < COALESCE(in_until, '9999-12-31')
   GROUP BY a.outcome
   ORDER BY SUM(a.answers) DESC, a.outcome;
END count_answers$$

DELIMITER ;

GRANT EXECUTE ON PROCEDURE count_answers TO doorbuster_admin@'%';
