-- show_list_lag: up to when the lists of search_orders have all orders.
--
-- Answers one row: listed_until (when the oldest change was made that the relay has not handled; NULL: all are handled) and database_time. No row for somebody
-- who may not read. Of all shops: the relay handles messages in their order, whosever they are.
-- One entry of outbox_by_time_to_send is read.
-- Locks: none.
-- Called by store.ShowListLag. Proved by testdata/sql/show_list_lag.test.

DROP PROCEDURE IF EXISTS show_list_lag;

DELIMITER $$

CREATE DEFINER = doorbuster_owner@localhost PROCEDURE show_list_lag(
    IN in_staff_id BIGINT UNSIGNED
  )
  COMMENT 'Up to when lists of orders are complete. Returns at most one row.'
  READS SQL DATA
  SQL SECURITY DEFINER
show_list_lag: BEGIN
  DECLARE v_actor VARCHAR(100);
  DECLARE v_shop_id BIGINT UNSIGNED;
  DECLARE v_allowed BOOLEAN;

  CALL check_staff(in_staff_id, 'read', v_actor, v_shop_id, v_allowed);
  SELECT l.listed_until, UTC_TIMESTAMP(6) AS database_time FROM (SELECT MIN(made_at) AS listed_until FROM outbox WHERE sent_at IS NULL) l WHERE v_allowed;
END show_list_lag$$

DELIMITER ;

GRANT EXECUTE ON PROCEDURE show_list_lag TO doorbuster_admin@'%';
