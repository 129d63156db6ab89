-- items: one thing in one sale, with its price and its units.
CREATE TABLE IF NOT EXISTS items (
  id               BIGINT UNSIGNED NOT NULL AUTO_INCREMENT COMMENT 'number of the item, part of its address',
  sale_id          BIGINT UNSIGNED NOT NULL COMMENT 'sales.id',
  position         INT UNSIGNED  NOT NULL COMMENT 'place in the sale''s list, from 1',
  sku              VARCHAR(100) COLLATE utf8mb4_bin NOT NULL COMMENT 'the merchant''s stock keeping unit, once per sale',
  title            VARCHAR(200)  NOT NULL COMMENT 'as shoppers read it',
  body             VARCHAR(4000) NOT NULL COMMENT 'description, plain text',
  vendor           VARCHAR(200)  NOT NULL COMMENT 'maker or brand; may be empty',
  image_url        VARCHAR(500) COLLATE utf8mb4_bin NOT NULL COMMENT 'https address or path on this shop; empty: no picture',
  price_cents      BIGINT        NOT NULL COMMENT 'price of one unit in the smallest unit of the currency',
  list_price_cents BIGINT        NULL COMMENT 'price outside the sale, shown struck through; NULL: none',
  currency         CHAR(3) CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'ISO 4217 code',
  units_allotted   INT UNSIGNED  NOT NULL COMMENT 'units put on sale so far = available + held + sold, at every instant',
  limit_per_user   SMALLINT UNSIGNED NOT NULL COMMENT 'most units in one order; a shopper has one active order of an item',
  hold_minutes     SMALLINT UNSIGNED NOT NULL COMMENT 'how long an unpaid order keeps its units',
  extension_minutes SMALLINT UNSIGNED NOT NULL COMMENT 'how much longer a shopper may hold, once, if he asks; 0: not at all',
  fairness         ENUM('first_come') CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'who wins: in order of arrival',
  shards           SMALLINT UNSIGNED NOT NULL COMMENT 'number of rows in stock_shards; never changes',
  edits            INT UNSIGNED  NOT NULL DEFAULT 0 COMMENT 'how often staff have changed it: who edits says which state he saw',
  PRIMARY KEY (id),
  UNIQUE KEY items_one_per_sale_and_sku (sale_id, sku),
  UNIQUE KEY items_one_per_sale_and_position (sale_id, position),
  KEY items_by_image (image_url(50)),
  CONSTRAINT items_price_is_not_negative CHECK (price_cents BETWEEN 0 AND 1000000000000),
  CONSTRAINT items_list_price_is_above_price CHECK (list_price_cents IS NULL OR list_price_cents BETWEEN price_cents AND 1000000000000),
  CONSTRAINT items_limit_is_at_least_one CHECK (limit_per_user BETWEEN 1 AND 1000),
  CONSTRAINT items_hold_is_a_minute_to_a_week CHECK (hold_minutes BETWEEN 1 AND 10080),
  CONSTRAINT items_extension_is_a_day_at_most CHECK (extension_minutes <= 1440),
  CONSTRAINT items_units_are_countable CHECK (units_allotted <= 100000000),
  CONSTRAINT items_shards_are_few CHECK (shards BETWEEN 1 AND 64)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_unicode_ci
  COMMENT = 'Items of sales. What a purchase depends on (price, limit, hold) is fixed once the sale is published';

GRANT SELECT, INSERT, UPDATE, DELETE ON items TO doorbuster_owner@localhost;
