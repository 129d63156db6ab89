-- products: what a shop sells at all. An item (items) is a product in one sale, with its own price and units; it keeps its own copy of the words, so a
-- later edit of the product never changes a sale.
CREATE TABLE IF NOT EXISTS products (
  id               BIGINT UNSIGNED NOT NULL AUTO_INCREMENT COMMENT 'number of the product',
  shop_id          BIGINT UNSIGNED NOT NULL COMMENT 'the shop that sells it, as in sales.shop_id',
  sku              VARCHAR(100) COLLATE utf8mb4_bin NOT NULL COMMENT 'the merchant''s stock keeping unit, once per shop',
  title            VARCHAR(200)  NOT NULL COMMENT 'as shoppers read it',
  body             VARCHAR(4000) NOT NULL COMMENT 'description, plain text',
  vendor           VARCHAR(200)  NOT NULL COMMENT 'maker or brand; may be empty',
  image_url        VARCHAR(500) COLLATE utf8mb4_bin NOT NULL COMMENT 'images/{images.id}.jpg or .png, an https address, or a path on this shop; empty: no picture',
  price_cents      BIGINT        NOT NULL COMMENT 'usual price of one unit in the smallest unit of the currency',
  list_price_cents BIGINT        NULL COMMENT 'list price, shown struck through; NULL: none',
  currency         CHAR(3) CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'ISO 4217 code',
  state            ENUM('active', 'archived') CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'archived: kept, and put into no new sale',
  version          INT UNSIGNED  NOT NULL COMMENT 'raised by each change of the words or the price: who saves an older one is told',
  changed_at       DATETIME(6)   NOT NULL COMMENT 'UTC',
  created_at       DATETIME(6)   NOT NULL COMMENT 'UTC',
  PRIMARY KEY (id),
  UNIQUE KEY products_one_per_shop_and_sku (shop_id, sku),
  KEY products_by_state (state, id),
  KEY products_by_image (image_url(50)),
  CONSTRAINT products_price_is_not_negative CHECK (price_cents BETWEEN 0 AND 1000000000000),
  CONSTRAINT products_list_price_is_above_price CHECK (list_price_cents IS NULL OR list_price_cents BETWEEN price_cents AND 1000000000000)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_unicode_ci
  COMMENT = 'What a shop sells at all; items of sales are copies, which a later change does not reach';

GRANT SELECT, INSERT, UPDATE ON products TO doorbuster_owner@localhost;
