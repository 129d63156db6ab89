-- add_products_to_sale: a draft gets items that are copies of products, with their units, shards and first ledger lines.
--
-- in_products is a JSON list of objects: product_id, units, price_cents (null: the product's), limit_per_user, hold_minutes. At most 1000 per call. Where the item's
-- price is lower than the product's list price, or else its usual price, that is the item's list price. How long a shopper may hold it longer is the sale's rule for what is added.
--
-- Outcomes, first match wins:
--   not_allowed      the member may not change sales
--   no_such_sale     no sale of this number, or another shop's
--   not_a_draft      it is published already, or an import of a sale still runs
--   no_such_product  one of them is no product of the sale's shop, or an archived one; nothing was added
--   duplicate_sku    one of them is in the list twice or in the sale already; nothing was added
--   added            items_added items are in the sale
--
-- Answers one row: outcome, items_added.
-- Locks: the sale, then its items, shards, ledger and log. Products are only read: what is copied is what they say at this instant.
-- Called by store.AddProductsToSale. Proved by testdata/sql/add_products_to_sale.test.

DROP PROCEDURE IF EXISTS add_products_to_sale;

DELIMITER $$

CREATE DEFINER = doorbuster_owner@localhost PROCEDURE add_products_to_sale(
    IN in_staff_id BIGINT UNSIGNED,
    IN in_sale_id  BIGINT UNSIGNED,
    IN in_products LONGTEXT,
    IN in_move_id  BINARY(16),
    IN in_actor    VARCHAR(100)
  )
  COMMENT 'Adds copies of products to a draft. Returns one row: outcome, items_added.'
  MODIFIES SQL DATA
  SQL SECURITY DEFINER
add_products_to_sale: BEGIN
  DECLARE v_outcome, v_state VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin;
  DECLARE v_shop_id, v_sale_shop_id BIGINT UNSIGNED;
  DECLARE v_allowed BOOLEAN;
  DECLARE v_last_position INT UNSIGNED;
  DECLARE v_extension SMALLINT UNSIGNED;
  DECLARE v_skus VARCHAR(900);
  DECLARE v_asked, v_found, v_items INT DEFAULT 0;
  DECLARE v_now DATETIME(6) DEFAULT UTC_TIMESTAMP(6);
  DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;
  DECLARE EXIT HANDLER FOR 1265 BEGIN ROLLBACK; RESIGNAL; END; -- "data truncated" has SQLSTATE 01000 and is no SQLEXCEPTION
  DECLARE EXIT HANDLER FOR 1062 BEGIN ROLLBACK; SELECT 'duplicate_sku' AS outcome, 0 AS items_added; END;

  SET v_asked = IF(in_products LIKE '[%', JSON_LENGTH(in_products), -1);
  IF v_asked NOT BETWEEN 0 AND 1000 THEN
    SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 50004, MESSAGE_TEXT = 'add_products_to_sale: not a list of at most 1000 products';
  END IF;

  CALL check_staff(in_staff_id, 'sell', in_actor, v_shop_id, v_allowed);
  SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
  START TRANSACTION;
  SELECT state, shop_id, extension_minutes INTO v_state, v_sale_shop_id, v_extension FROM sales WHERE id = in_sale_id AND v_allowed AND (v_shop_id IS NULL OR shop_id = v_shop_id) FOR UPDATE;
  SELECT COUNT(*) INTO v_found
    FROM JSON_TABLE(in_products, '$[*]' COLUMNS (product_id BIGINT UNSIGNED PATH '$.product_id')) r
    JOIN products p ON p.id = r.product_id AND p.shop_id = v_sale_shop_id AND p.state = 'active';
  SET v_outcome = CASE
    WHEN NOT v_allowed       THEN 'not_allowed'
    WHEN v_state IS NULL     THEN 'no_such_sale'
    WHEN v_state <> 'draft'  THEN 'not_a_draft'
    WHEN v_found <> v_asked  THEN 'no_such_product'
    ELSE 'added' END;

  IF v_outcome = 'added' THEN
    SELECT COALESCE(MAX(position), 0) INTO v_last_position FROM items WHERE sale_id = in_sale_id;
    INSERT INTO items (sale_id, position, sku, title, body, vendor, image_url, price_cents, list_price_cents, currency, units_allotted,
                       limit_per_user, hold_minutes, extension_minutes, fairness, shards)
    SELECT in_sale_id, v_last_position + r.position, p.sku, p.title, p.body, p.vendor, p.image_url, COALESCE(r.price_cents, p.price_cents),
           IF(GREATEST(p.price_cents, COALESCE(p.list_price_cents, 0)) > COALESCE(r.price_cents, p.price_cents),
              GREATEST(p.price_cents, COALESCE(p.list_price_cents, 0)), NULL),
           p.currency, r.units, r.limit_per_user, r.hold_minutes, v_extension, 'first_come', 1
      FROM JSON_TABLE(in_products, '$[*]' COLUMNS ( -- numbers as text: JSON_TABLE of MariaDB bends what does not fit, the columns refuse it
             position       FOR ORDINALITY,
             product_id     BIGINT UNSIGNED PATH '$.product_id',
             units          VARCHAR(30)     PATH '$.units',
             price_cents    BIGINT          PATH '$.price_cents',
             limit_per_user VARCHAR(30)     PATH '$.limit_per_user',
             hold_minutes   VARCHAR(30)     PATH '$.hold_minutes')) r
      JOIN products p ON p.id = r.product_id AND p.shop_id = v_sale_shop_id AND p.state = 'active';
    SET v_items = ROW_COUNT();

    CALL allot_items(in_sale_id, v_last_position, in_move_id, in_actor, v_now);
    UPDATE sales SET changed_at = v_now WHERE id = in_sale_id;
    IF v_items > 0 THEN
      SELECT GROUP_CONCAT(sku ORDER BY position SEPARATOR ', ') INTO v_skus
        FROM items WHERE sale_id = in_sale_id AND position BETWEEN v_last_position + 1 AND v_last_position + 8;
      INSERT INTO sale_log (sale_id, shop_id, action, detail, reason, actor, staff_id, made_at)
      VALUES (in_sale_id, v_sale_shop_id, 'items_added', CONCAT(v_items, IF(v_items = 1, ' product: ', ' products: '), v_skus, IF(v_items > 8, ', ...', '')), '', in_actor,
              in_staff_id, v_now);
    END IF;
  END IF;
  COMMIT;

  SELECT v_outcome AS outcome, v_items AS items_added;
END add_products_to_sale$$

DELIMITER ;

GRANT EXECUTE ON PROCEDURE add_products_to_sale TO doorbuster_admin@'%';
