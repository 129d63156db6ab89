-- list_deliveries: which event has reached a webhook, and what came of it, as staff see it: newest first, a page at a time.
--
-- in_state is waiting, due, done or dead; empty: all. in_before is the number of the last event of the page before (NULL or 0: the first page).
--
-- Answers up to in_limit rows: endpoint_id, seq, kind, order_id, item_title, made_at, state, attempts, next_at, ended_at, status (of the last attempt that came
-- to an end; NULL: there was no answer, or no attempt), answer, time_zone (of the sale). No row also for somebody who may not read.
-- A member sees what concerns the orders of the own shop, also of a webhook that is told of every shop.
-- A page is read from the end of the primary key, or of the index by state (which is in the order of the numbers where next_at is NULL), and stops when it is full.
-- Locks: none.
-- Called by store.ListDeliveries. Proved by testdata/sql/list_deliveries.test.

DROP PROCEDURE IF EXISTS list_deliveries;

DELIMITER $$

CREATE DEFINER = doorbuster_owner@localhost PROCEDURE list_deliveries(
    IN in_staff_id    BIGINT UNSIGNED,
    IN in_endpoint_id BIGINT UNSIGNED,
    IN in_state       VARCHAR(10) CHARACTER SET ascii COLLATE ascii_bin,
    IN in_before      BIGINT UNSIGNED,
    IN in_limit       SMALLINT UNSIGNED
  )
  COMMENT 'Deliveries to a webhook as staff see them, newest first. Returns up to in_limit rows.'
  READS SQL DATA
  SQL SECURITY DEFINER
list_deliveries: BEGIN
  DECLARE v_actor VARCHAR(100);
  DECLARE v_shop_id BIGINT UNSIGNED;
  DECLARE v_allowed BOOLEAN;
  DECLARE v_before BIGINT UNSIGNED DEFAULT COALESCE(NULLIF(in_before, 0), 18446744073709551615);

  CALL check_staff(in_staff_id, 'read', v_actor, v_shop_id, v_allowed);
  SELECT d.endpoint_id, d.seq, v.kind, d.order_id, i.title AS item_title, v.made_at, d.state, d.attempts, d.next_at, d.ended_at,
         a.status, COALESCE(a.answer, '') AS answer, s.time_zone
    FROM ((SELECT d.endpoint_id, d.seq FROM webhook_deliveries d FORCE INDEX (PRIMARY)
            WHERE v_allowed AND d.endpoint_id = in_endpoint_id AND d.seq < v_before AND (in_state = '' OR (in_state = 'due' AND d.state = 'due'))
              AND (v_shop_id IS NULL
                OR v_shop_id = (SELECT s.shop_id FROM events v JOIN items i ON i.id = v.item_id JOIN sales s ON s.id = i.sale_id WHERE v.seq = d.seq))
            ORDER BY d.seq DESC LIMIT in_limit)
           UNION ALL
          (SELECT d.endpoint_id, d.seq FROM webhook_deliveries d FORCE INDEX (webhook_deliveries_by_time)
            WHERE v_allowed AND d.endpoint_id = in_endpoint_id AND d.seq < v_before AND in_state IN ('waiting', 'done', 'dead') AND d.state = in_state AND d.next_at IS NULL
              AND (v_shop_id IS NULL
                OR v_shop_id = (SELECT s.shop_id FROM events v JOIN items i ON i.id = v.item_id JOIN sales s ON s.id = i.sale_id WHERE v.seq = d.seq))
            ORDER BY d.seq DESC LIMIT in_limit)) f
    JOIN webhook_deliveries d ON d.endpoint_id = f.endpoint_id AND d.seq = f.seq
    JOIN events v ON v.seq = d.seq JOIN items i ON i.id = v.item_id JOIN sales s ON s.id = i.sale_id
    LEFT JOIN webhook_attempts a ON a.endpoint_id = d.endpoint_id AND a.seq = d.seq
         AND a.attempt = (SELECT MAX(l.attempt) FROM webhook_attempts l WHERE l.endpoint_id = d.endpoint_id AND l.seq = d.seq)
   ORDER BY d.seq DESC;
END list_deliveries$$

DELIMITER ;

GRANT EXECUTE ON PROCEDURE list_deliveries TO doorbuster_admin@'%';
