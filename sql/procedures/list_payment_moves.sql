-- list_payment_moves: how a payment came to its state, oldest first.
--
-- Answers up to in_limit rows: line, from_state (empty in the first line), to_state, detail, actor, moved_at. No row also for another shop's payment and for
-- somebody who may not read. A payment has a handful of lines.
-- Locks: none.
-- Called by store.ListPaymentMoves. Proved by testdata/sql/list_payment_moves.test.

DROP PROCEDURE IF EXISTS list_payment_moves;

DELIMITER $$

CREATE DEFINER = doorbuster_owner@localhost PROCEDURE list_payment_moves(
    IN in_staff_id   BIGINT UNSIGNED,
    IN in_payment_id BINARY(16),
    IN in_limit      SMALLINT UNSIGNED
  )
  COMMENT 'The moves of a payment, oldest first. Returns up to in_limit rows.'
  READS SQL DATA
  SQL SECURITY DEFINER
list_payment_moves: BEGIN
  DECLARE v_actor VARCHAR(100);
  DECLARE v_shop_id BIGINT UNSIGNED;
  DECLARE v_allowed BOOLEAN;

  CALL check_staff(in_staff_id, 'read', v_actor, v_shop_id, v_allowed);
  SELECT m.line, m.from_state, m.to_state, m.detail, m.actor, m.moved_at
    FROM payments p JOIN orders o ON o.id = p.order_id JOIN items i ON i.id = o.item_id JOIN sales s ON s.id = i.sale_id
    JOIN payment_moves m ON m.payment_id = p.id
   WHERE p.id = in_payment_id AND v_allowed AND (v_shop_id IS NULL OR s.shop_id = v_shop_id)
   ORDER BY m.line LIMIT in_limit;
END list_payment_moves$$

DELIMITER ;

GRANT EXECUTE ON PROCEDURE list_payment_moves TO doorbuster_admin@'%';
