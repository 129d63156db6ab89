-- save_product: a new product, or other words or another price for one. Items of sales keep what they were made from.
--
-- in_product_id NULL or 0: a new one, in the shop of the member (an operator: in shop 1). in_version is the version that was edited; a new one has none.
-- The picture has a procedure of its own (set_product_image), and so has the state (set_product_state).
--
-- Outcomes, first match wins:
--   not_allowed        the member may not change products
--   no_such_product    no product of this number, or another shop's
--   changed_meanwhile  somebody else has saved it since: nothing was changed
--   duplicate_sku      another product of the shop has this SKU
--   created            there is a new product
--   saved              the product is as asked
--
-- Answers one row: outcome, product_id.
-- Locks: the product; then a line of the log.
-- Called by store.SaveProduct. Proved by testdata/sql/save_product.test.

DROP PROCEDURE IF EXISTS save_product;

DELIMITER $$

CREATE DEFINER = doorbuster_owner@localhost PROCEDURE save_product(
    IN in_staff_id         BIGINT UNSIGNED,
    IN in_product_id       BIGINT UNSIGNED,
    IN in_version          INT UNSIGNED,
    IN in_sku              VARCHAR(100) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin,
    IN in_title            VARCHAR(200),
    IN in_body             VARCHAR(4000),
    IN in_vendor           VARCHAR(200),
    IN in_price_cents      BIGINT,
    IN in_list_price_cents BIGINT,
    IN in_currency         CHAR(3) CHARACTER SET ascii COLLATE ascii_bin,
    IN in_actor            VARCHAR(100)
  )
  COMMENT 'Makes a product or changes one. Returns one row: outcome, product_id.'
  MODIFIES SQL DATA
  SQL SECURITY DEFINER
save_product: BEGIN
  DECLARE v_outcome VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin;
  DECLARE v_shop_id, v_product_id BIGINT UNSIGNED;
  DECLARE v_allowed BOOLEAN;
  DECLARE v_version INT UNSIGNED;
  DECLARE v_before, v_after VARCHAR(5000);
  DECLARE v_now DATETIME(6) DEFAULT UTC_TIMESTAMP(6);
  DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;
  DECLARE EXIT HANDLER FOR 1062 BEGIN ROLLBACK; SELECT 'duplicate_sku' AS outcome, v_product_id AS product_id; END;

  CALL check_staff(in_staff_id, 'sell', in_actor, v_shop_id, v_allowed);
  SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
  START TRANSACTION;
  IF in_product_id > 0 THEN
    SELECT id, version, CONCAT_WS(' | ', IF(sku <> in_sku, sku, NULL), IF(BINARY title <> BINARY in_title, title, NULL), IF(BINARY vendor <> BINARY in_vendor, vendor, NULL),
                                  IF(price_cents <> in_price_cents OR currency <> in_currency, CONCAT(price_cents, ' ', currency), NULL),
                                  IF(list_price_cents <=> in_list_price_cents, NULL, CONCAT('list ', COALESCE(list_price_cents, 'none'))),
                                  IF(BINARY body <> BINARY in_body, CONCAT('text of ', CHAR_LENGTH(body)), NULL)),
           CONCAT_WS(' | ', IF(sku <> in_sku, in_sku, NULL), IF(BINARY title <> BINARY in_title, in_title, NULL), IF(BINARY vendor <> BINARY in_vendor, in_vendor, NULL),
                     IF(price_cents <> in_price_cents OR currency <> in_currency, CONCAT(in_price_cents, ' ', in_currency), NULL),
                     IF(list_price_cents <=> in_list_price_cents, NULL, CONCAT('list ', COALESCE(in_list_price_cents, 'none'))),
                     IF(BINARY body <> BINARY in_body, CONCAT('text of ', CHAR_LENGTH(in_body)), NULL))
      INTO v_product_id, v_version, v_before, v_after
      FROM products WHERE id = in_product_id AND v_allowed AND (v_shop_id IS NULL OR shop_id = v_shop_id) FOR UPDATE;
  END IF;
  SET v_outcome = CASE
    WHEN NOT v_allowed                         THEN 'not_allowed'
    WHEN COALESCE(in_product_id, 0) = 0        THEN 'created'
    WHEN v_product_id IS NULL                  THEN 'no_such_product'
    WHEN COALESCE(in_version <> v_version, TRUE) THEN 'changed_meanwhile'
    ELSE 'saved' END;
  IF v_outcome = 'created' THEN
    INSERT INTO products (shop_id, sku, title, body, vendor, image_url, price_cents, list_price_cents, currency, state, version, changed_at, created_at)
    VALUES (COALESCE(v_shop_id, 1), in_sku, in_title, in_body, in_vendor, '', in_price_cents, in_list_price_cents, in_currency, 'active', 1, v_now, v_now);
    SET v_product_id = LAST_INSERT_ID(), v_before = 'none', v_after = CONCAT(in_sku, ' | ', in_title, ' | ', in_price_cents, ' ', in_currency);
  ELSEIF v_outcome = 'saved' AND v_before <> '' THEN
    UPDATE products SET sku = in_sku, title = in_title, body = in_body, vendor = in_vendor, price_cents = in_price_cents, list_price_cents = in_list_price_cents,
           currency = in_currency, version = version + 1, changed_at = v_now
     WHERE id = v_product_id;
  END IF;
  IF v_outcome IN ('created', 'saved') AND v_before <> '' THEN -- who saves what is there already has changed nothing
    INSERT INTO sale_log (sale_id, shop_id, action, detail, reason, actor, staff_id, made_at)
    VALUES (NULL, (SELECT shop_id FROM products WHERE id = v_product_id), 'product_changed', CONCAT('product ', v_product_id, ': ', LEFT(v_before, 130), ' -> ', LEFT(v_after, 130)), '', in_actor, in_staff_id, v_now);
  END IF;
  COMMIT;

  SELECT v_outcome AS outcome, v_product_id AS product_id;
END save_product$$

DELIMITER ;

GRANT EXECUTE ON PROCEDURE save_product TO doorbuster_admin@'%';
