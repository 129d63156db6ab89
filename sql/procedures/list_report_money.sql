-- list_report_money: what a sale took, by currency.
--
-- Answers a row per currency in which something was ordered: currency, paid_cents (units times price of paid orders), refunded_cents (of refunded ones), held_cents (of held ones: may
-- still be paid).
-- No row also for another shop's sale and for somebody who may not read.
-- Locks: none.
-- Called by store.ListReportMoney. Proved by testdata/sql/list_report_money.test.

DROP PROCEDURE IF EXISTS list_report_money;

DELIMITER $$

CREATE DEFINER = doorbuster_owner@localhost PROCEDURE list_report_money(
    IN in_staff_id BIGINT UNSIGNED,
    IN in_sale_id  BIGINT UNSIGNED
  )
  COMMENT 'What a sale took, by currency. Returns a row per currency.'
  READS SQL DATA
  SQL SECURITY DEFINER
list_report_money: BEGIN
  DECLARE v_actor VARCHAR(100);
  DECLARE v_shop_id BIGINT UNSIGNED;
  DECLARE v_allowed BOOLEAN;

  CALL check_staff(in_staff_id, 'read', v_actor, v_shop_id, v_allowed);
  SELECT i.currency, SUM(IF(p.state = 'paid', p.units * p.unit_price_cents, 0)) AS paid_cents,
         SUM(IF(p.state = 'refunded', p.units * p.unit_price_cents, 0)) AS refunded_cents, SUM(IF(p.state = 'held', p.units * p.unit_price_cents, 0)) AS held_cents
    FROM sales s JOIN items i ON i.sale_id = s.id JOIN orders p ON p.item_id = i.id
   WHERE s.id = in_sale_id AND v_allowed AND (v_shop_id IS NULL OR s.shop_id = v_shop_id)
   GROUP BY i.currency ORDER BY i.currency;
END list_report_money$$

DELIMITER ;

GRANT EXECUTE ON PROCEDURE list_report_money TO doorbuster_admin@'%';
