-- list_delivery_attempts: what each attempt to deliver an event to a webhook came to, newest first, a page at a time.
--
-- in_before is the number of the last attempt of the page before (NULL or 0: the first page).
-- Answers up to in_limit rows: attempt, ended_at, status (NULL: there was no answer), duration_ms, answer. No row also where show_delivery has none.
-- Locks: none.
-- Called by store.ListDeliveryAttempts. Proved by testdata/sql/list_delivery_attempts.test.

DROP PROCEDURE IF EXISTS list_delivery_attempts;

DELIMITER $$

CREATE DEFINER = doorbuster_owner@localhost PROCEDURE list_delivery_attempts(
    IN in_staff_id    BIGINT UNSIGNED,
    IN in_endpoint_id BIGINT UNSIGNED,
    IN in_seq         BIGINT UNSIGNED,
    IN in_before      INT UNSIGNED,
    IN in_limit       SMALLINT UNSIGNED
  )
  COMMENT 'The attempts of a delivery, newest first. Returns up to in_limit rows.'
  READS SQL DATA
  SQL SECURITY DEFINER
list_delivery_attempts: BEGIN
  DECLARE v_actor VARCHAR(100);
  DECLARE v_shop_id BIGINT UNSIGNED;
  DECLARE v_allowed BOOLEAN;

  CALL check_staff(in_staff_id, 'read', v_actor, v_shop_id, v_allowed);
  SELECT a.attempt, a.ended_at, a.status, a.duration_ms, a.answer
    FROM events v JOIN items i ON i.id = v.item_id JOIN sales s ON s.id = i.sale_id
    JOIN webhook_attempts a ON a.endpoint_id = in_endpoint_id AND a.seq = v.seq AND (COALESCE(in_before, 0) = 0 OR a.attempt < in_before)
   WHERE v.seq = in_seq AND v_allowed AND (v_shop_id IS NULL OR s.shop_id = v_shop_id)
   ORDER BY a.attempt DESC LIMIT in_limit;
END list_delivery_attempts$$

DELIMITER ;

GRANT EXECUTE ON PROCEDURE list_delivery_attempts TO doorbuster_admin@'%';
