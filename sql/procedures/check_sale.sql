-- check_sale: what stands in the way of a sale going live, as far as the database knows. A row for everything that is looked at, also for what is fine.
--
-- · no_items          block  there is nothing to sell
-- · no_units          block  found items have no units
-- · closes_past       block  its end has passed
-- · members_past      block  the time at which members come in has passed
-- · no_codes          block  members come first, and no access code could let one in; found says how many could
-- · members_after     fine   members would come in with everybody or later: the table refuses it
-- · still_importing   block  its items still come in
-- · end_before_start  fine   the table refuses it
-- · price_above_list  fine   the table refuses it
-- · opens_soon        warn   it opens, to members or to all, within ten minutes, or at once
-- · hold_long         warn   found items may be held for longer than the sale is open
-- · limit_above       warn   of found items one shopper may have more than there are
-- · free_items        warn   found items cost nothing, though the sale takes payment
-- · no_picture        warn   found items have no picture
-- · currencies        warn   prices are in found currencies
-- · same_item         warn   found other sales sell an item of the same SKU at the same time
-- · late_jobs         warn   found jobs have a trouble in job_states; or none was ever begun: nobody would end holds
--
-- publish_sale refuses what blocks here, whoever asks.
-- Answers a row each: code, severity (block, warn, fine), found, item_id (the first of the items meant; NULL: none). No row: no such sale, another shop's,
-- or somebody who may not read.
-- Locks: none.
-- Called by store.CheckSale. Proved by testdata/sql/check_sale.test.

DROP PROCEDURE IF EXISTS check_sale;

DELIMITER $$

CREATE DEFINER = doorbuster_owner@localhost PROCEDURE check_sale(
    IN in_staff_id BIGINT UNSIGNED,
    IN in_sale_id  BIGINT UNSIGNED
  )
  COMMENT 'Go-live check of a sale. Returns a row for each thing that is looked at.'
  READS SQL DATA
  SQL SECURITY DEFINER
check_sale: BEGIN
  DECLARE v_actor VARCHAR(100);
  DECLARE v_shop_id, v_no_units_id, v_hold_id, v_limit_id, v_free_id, v_picture_id, v_sale_shop_id BIGINT UNSIGNED;
  DECLARE v_allowed, v_takes_payment BOOLEAN;
  DECLARE v_state VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin;
  DECLARE v_items, v_no_units, v_hold, v_limit, v_free, v_picture, v_currencies, v_same, v_jobs, v_late INT DEFAULT 0;
  DECLARE v_codes BIGINT DEFAULT 0;
  DECLARE v_starts_at, v_closes_at, v_members_at DATETIME(6);
  DECLARE v_now DATETIME(6) DEFAULT UTC_TIMESTAMP(6);

  CALL check_staff(in_staff_id, 'read', v_actor, v_shop_id, v_allowed);
  SELECT s.shop_id, s.state, s.starts_at, s.closes_at, s.members_open_at, s.takes_payment INTO v_sale_shop_id, v_state, v_starts_at, v_closes_at, v_members_at, v_takes_payment
    FROM sales s WHERE s.id = in_sale_id AND v_allowed AND (v_shop_id IS NULL OR s.shop_id = v_shop_id);
  IF v_state IS NOT NULL THEN
    SELECT COUNT(*), COUNT(DISTINCT currency),
           COALESCE(SUM(units_allotted = 0), 0), MIN(IF(units_allotted = 0, id, NULL)),
           COALESCE(SUM(v_takes_payment AND v_starts_at + INTERVAL hold_minutes MINUTE > v_closes_at), 0),
           MIN(IF(v_takes_payment AND v_starts_at + INTERVAL hold_minutes MINUTE > v_closes_at, id, NULL)),
           COALESCE(SUM(units_allotted > 0 AND limit_per_user > units_allotted), 0), MIN(IF(units_allotted > 0 AND limit_per_user > units_allotted, id, NULL)),
           COALESCE(SUM(v_takes_payment AND price_cents = 0), 0), MIN(IF(v_takes_payment AND price_cents = 0, id, NULL)),
           COALESCE(SUM(image_url = ''), 0), MIN(IF(image_url = '', id, NULL))
      INTO v_items, v_currencies, v_no_units, v_no_units_id, v_hold, v_hold_id, v_limit, v_limit_id, v_free, v_free_id, v_picture, v_picture_id
      FROM items WHERE sale_id = in_sale_id;
    SELECT COUNT(DISTINCT o.sale_id) INTO v_same
      FROM sales t JOIN items o ON o.sale_id = t.id JOIN items i ON i.sale_id = in_sale_id AND i.sku = o.sku
     WHERE t.shop_id = v_sale_shop_id AND t.id <> in_sale_id AND t.state IN ('published', 'paused') AND t.starts_at < v_closes_at
       AND t.closes_at > GREATEST(v_starts_at, v_now);
    SELECT COUNT(*) INTO v_codes FROM access_codes WHERE sale_id = in_sale_id AND revoked_at IS NULL AND uses < uses_allowed;
    SELECT COUNT(*), COALESCE(SUM(trouble <> ''), 0) INTO v_jobs, v_late FROM job_states;
  END IF;

  SELECT c.code, c.severity, c.found, c.item_id
    FROM (SELECT 1 AS place, 'no_items' AS code, IF(v_items = 0 AND v_state <> 'importing', 'block', 'fine') AS severity, v_items AS found, NULL AS item_id
          UNION ALL SELECT 2, 'no_units', IF(v_no_units > 0, 'block', 'fine'), v_no_units, v_no_units_id
          UNION ALL SELECT 3, 'closes_past', IF(v_closes_at <= v_now, 'block', 'fine'), 0, NULL
          UNION ALL SELECT 4, 'members_past', IF(v_members_at <= v_now, 'block', 'fine'), 0, NULL
          UNION ALL SELECT 5, 'no_codes', IF(v_members_at IS NOT NULL AND v_codes = 0, 'block', 'fine'), v_codes, NULL
          UNION ALL SELECT 6, 'members_after', 'fine', 0, NULL
          UNION ALL SELECT 7, 'still_importing', IF(v_state = 'importing', 'block', 'fine'), 0, NULL
          UNION ALL SELECT 8, 'end_before_start', 'fine', 0, NULL
          UNION ALL SELECT 9, 'price_above_list', 'fine', 0, NULL
          UNION ALL SELECT 10, 'opens_soon', IF(v_starts_at < v_now + INTERVAL 10 MINUTE, 'warn', 'fine'), 0, NULL
          UNION ALL SELECT 11, 'hold_long', IF(v_hold > 0, 'warn', 'fine'), v_hold, v_hold_id
          UNION ALL SELECT 12, 'limit_above', IF(v_limit > 0, 'warn', 'fine'), v_limit, v_limit_id
          UNION ALL SELECT 13, 'free_items', IF(v_free > 0, 'warn', 'fine'), v_free, v_free_id
          UNION ALL SELECT 14, 'no_picture', IF(v_picture > 0, 'warn', 'fine'), v_picture, v_picture_id
          UNION ALL SELECT 15, 'currencies', IF(v_currencies > 1, 'warn', 'fine'), v_currencies, NULL
          UNION ALL SELECT 16, 'same_item', IF(v_same > 0, 'warn', 'fine'), v_same, NULL
          UNION ALL SELECT 17, 'late_jobs', IF(v_late > 0 OR v_jobs = 0, 'warn', 'fine'), v_late, NULL) c
   WHERE v_state IS NOT NULL
   ORDER BY c.place;
END check_sale$$

DELIMITER ;

GRANT EXECUTE ON PROCEDURE check_sale TO doorbuster_admin@'%';
