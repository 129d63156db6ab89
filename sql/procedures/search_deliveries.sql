-- search_deliveries: which event has reached which webhook, over all webhooks, as staff look for them: newest first, a page at a time.
--
-- in_state is waiting, due, done or dead, in_kind is events.kind; empty: all. in_before_seq and in_before_endpoint_id are those of the last row of the page before (NULL or
-- 0: the first page): one event goes to several webhooks, and none of them is left out or told twice.
--
-- Answers up to in_limit rows: those of list_deliveries and url. No row also for somebody who may not read.
-- A webhook is told of every shop. A member sees what concerns the orders of the own shop.
--
-- One branch has rows, the others are seen to be empty before anything is read. Each reads its index from the end and stops when the page is full; deliveries of other shops
-- are passed over one by one, as by list_deliveries.
-- Locks: none.
-- Called by store.SearchDeliveries. Proved by testdata/sql/search_deliveries.test and TestDeliveriesReadTheirIndex.

DROP PROCEDURE IF EXISTS search_deliveries;

DELIMITER $$

CREATE DEFINER = doorbuster_owner@localhost PROCEDURE search_deliveries(
    IN in_staff_id           BIGINT UNSIGNED,
    IN in_state              VARCHAR(10) CHARACTER SET ascii COLLATE ascii_bin,
    IN in_kind               VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin,
    IN in_before_seq         BIGINT UNSIGNED,
    IN in_before_endpoint_id BIGINT UNSIGNED,
    IN in_limit              SMALLINT UNSIGNED
  )
  COMMENT 'Deliveries to all webhooks as staff see them, newest first. Returns up to in_limit rows.'
  READS SQL DATA
  SQL SECURITY DEFINER
search_deliveries: BEGIN
  DECLARE v_actor VARCHAR(100);
  DECLARE v_shop_id BIGINT UNSIGNED;
  DECLARE v_allowed BOOLEAN;
  DECLARE v_way VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin;
  DECLARE v_seq BIGINT UNSIGNED DEFAULT COALESCE(NULLIF(in_before_seq, 0), 18446744073709551615);
  DECLARE v_endpoint_id BIGINT UNSIGNED DEFAULT COALESCE(in_before_endpoint_id, 0);

  CALL check_staff(in_staff_id, 'read', v_actor, v_shop_id, v_allowed);
  SET v_way = CASE WHEN NOT v_allowed                     THEN 'none'
                   WHEN in_kind <> '' AND in_state <> '' THEN 'kind_and_state'
                   WHEN in_kind <> ''                     THEN 'kind'
                   WHEN in_state <> ''                    THEN 'state'
                   ELSE 'event' END;

  SELECT d.endpoint_id, d.seq, d.kind, d.order_id, i.title AS item_title, v.made_at, d.state, d.attempts, d.next_at, d.ended_at,
         a.status, COALESCE(a.answer, '') AS answer, s.time_zone, p.url
    FROM ((SELECT d.endpoint_id, d.seq FROM webhook_deliveries d FORCE INDEX (webhook_deliveries_by_event)
            WHERE v_way = 'event' AND d.seq <= v_seq AND (d.seq < v_seq OR d.endpoint_id < v_endpoint_id)
              AND (v_shop_id IS NULL
                OR v_shop_id = (SELECT s.shop_id FROM events v JOIN items i ON i.id = v.item_id JOIN sales s ON s.id = i.sale_id WHERE v.seq = d.seq))
            ORDER BY d.seq DESC, d.endpoint_id DESC LIMIT in_limit)
           UNION ALL
          (SELECT d.endpoint_id, d.seq FROM webhook_deliveries d FORCE INDEX (webhook_deliveries_by_state)
            WHERE v_way = 'state' AND d.state = in_state AND d.seq <= v_seq AND (d.seq < v_seq OR d.endpoint_id < v_endpoint_id)
              AND (v_shop_id IS NULL
                OR v_shop_id = (SELECT s.shop_id FROM events v JOIN items i ON i.id = v.item_id JOIN sales s ON s.id = i.sale_id WHERE v.seq = d.seq))
            ORDER BY d.seq DESC, d.endpoint_id DESC LIMIT in_limit)
           UNION ALL
          (SELECT d.endpoint_id, d.seq FROM webhook_deliveries d FORCE INDEX (webhook_deliveries_by_kind)
            WHERE v_way = 'kind' AND d.kind = in_kind AND d.seq <= v_seq AND (d.seq < v_seq OR d.endpoint_id < v_endpoint_id)
              AND (v_shop_id IS NULL
                OR v_shop_id = (SELECT s.shop_id FROM events v JOIN items i ON i.id = v.item_id JOIN sales s ON s.id = i.sale_id WHERE v.seq = d.seq))
            ORDER BY d.seq DESC, d.endpoint_id DESC LIMIT in_limit)
           UNION ALL
          (SELECT d.endpoint_id, d.seq FROM webhook_deliveries d FORCE INDEX (webhook_deliveries_by_kind_and_state)
            WHERE v_way = 'kind_and_state' AND d.kind = in_kind AND d.state = in_state AND d.seq <= v_seq AND (d.seq < v_seq OR d.endpoint_id < v_endpoint_id)
              AND (v_shop_id IS NULL
                OR v_shop_id = (SELECT s.shop_id FROM events v JOIN items i ON i.id = v.item_id JOIN sales s ON s.id = i.sale_id WHERE v.seq = d.seq))
            ORDER BY d.seq DESC, d.endpoint_id DESC LIMIT in_limit)) f
    JOIN webhook_deliveries d FORCE INDEX (PRIMARY) ON d.endpoint_id = f.endpoint_id AND d.seq = f.seq
    JOIN webhook_endpoints p ON p.id = d.endpoint_id
    JOIN events v ON v.seq = d.seq JOIN items i ON i.id = v.item_id JOIN sales s ON s.id = i.sale_id
    LEFT JOIN webhook_attempts a ON a.endpoint_id = d.endpoint_id AND a.seq = d.seq
         AND a.attempt = (SELECT MAX(l.attempt) FROM webhook_attempts l WHERE l.endpoint_id = d.endpoint_id AND l.seq = d.seq)
   ORDER BY d.seq DESC, d.endpoint_id DESC;
END search_deliveries$$

DELIMITER ;

GRANT EXECUTE ON PROCEDURE search_deliveries TO doorbuster_admin@'%';
