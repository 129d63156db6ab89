-- list_products: the products of the shop as staff see them, newest first, a page at a time.
--
-- in_state is active or archived; empty: both. in_search is empty, or a part of the title in any case, or the beginning of the SKU in any case.
-- in_before is the number of the last product of the page before (0 or NULL: the first page).
--
-- Answers up to in_limit rows: id, sku, title, body, vendor, image_url, price_cents, list_price_cents, currency, state, version, changed_at, created_at.
-- No row also for somebody who may not read. Members see the products of their shop.
-- A page is read from the end of the primary key, or of the index by state and number, and stops when it is full. A search reads on until it has found enough: a
-- part of a title is in no index. All of 50,000 products take about a tenth of a second.
-- Locks: none.
-- Called by store.ListProducts. Proved by testdata/sql/list_products.test.

DROP PROCEDURE IF EXISTS list_products;

DELIMITER $$

CREATE DEFINER = doorbuster_owner@localhost PROCEDURE list_products(
    IN in_staff_id BIGINT UNSIGNED,
    IN in_state    VARCHAR(10) CHARACTER SET ascii COLLATE ascii_bin,
    IN in_search   VARCHAR(200),
    IN in_before   BIGINT UNSIGNED,
    IN in_limit    INT UNSIGNED
  )
  COMMENT 'Products of the shop, newest first. Returns up to in_limit rows.'
  READS SQL DATA
  SQL SECURITY DEFINER
list_products: BEGIN
  DECLARE v_actor VARCHAR(100);
  DECLARE v_shop_id BIGINT UNSIGNED;
  DECLARE v_allowed BOOLEAN;
  DECLARE v_pattern VARCHAR(402);
  DECLARE v_before BIGINT UNSIGNED DEFAULT COALESCE(NULLIF(in_before, 0), 18446744073709551615);

  CALL check_staff(in_staff_id, 'read', v_actor, v_shop_id, v_allowed);
  -- What LIKE would take for a pattern is marked with |, which marks itself too.
  SET v_pattern = CONCAT(REPLACE(REPLACE(REPLACE(in_search, '|', '||'), '%', '|%'), '_', '|_'), '%');

  -- One of the two finds the numbers, each in the order of its index.
  SELECT p.id, p.sku, p.title, p.body, p.vendor, p.image_url, p.price_cents, p.list_price_cents, p.currency, p.state, p.version, p.changed_at, p.created_at
    FROM ((SELECT p.id FROM products p FORCE INDEX (PRIMARY)
            WHERE v_allowed AND in_state = '' AND p.id < v_before AND (v_shop_id IS NULL OR p.shop_id = v_shop_id)
              AND (in_search = '' OR p.title LIKE CONCAT('%', v_pattern) ESCAPE '|' OR p.sku COLLATE utf8mb4_unicode_ci LIKE v_pattern ESCAPE '|')
            ORDER BY p.id DESC LIMIT in_limit)
           UNION ALL
          (SELECT p.id FROM products p FORCE INDEX (products_by_state)
            WHERE v_allowed AND p.state = in_state AND p.id < v_before AND (v_shop_id IS NULL OR p.shop_id = v_shop_id)
              AND (in_search = '' OR p.title LIKE CONCAT('%', v_pattern) ESCAPE '|' OR p.sku COLLATE utf8mb4_unicode_ci LIKE v_pattern ESCAPE '|')
            ORDER BY p.id DESC LIMIT in_limit)) f
    JOIN products p ON p.id = f.id
   ORDER BY p.id DESC;
END list_products$$

DELIMITER ;

GRANT EXECUTE ON PROCEDURE list_products TO doorbuster_admin@'%';
