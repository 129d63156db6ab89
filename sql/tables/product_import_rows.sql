-- product_import_rows: the rows of imports that are not carried out yet. A row goes in the transaction that carries it out.
CREATE TABLE IF NOT EXISTS product_import_rows (
  import_id        BIGINT UNSIGNED NOT NULL COMMENT 'product_imports.id',
  position         INT UNSIGNED  NOT NULL COMMENT 'place among the good rows of the file, from 1',
  line             INT UNSIGNED  NOT NULL COMMENT 'line of the file',
  verdict          ENUM('new', 'changed', 'unchanged') CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'what it would do, when it came in',
  sku              VARCHAR(100) COLLATE utf8mb4_bin NOT NULL COMMENT 'as in products, like all that follow',
  title            VARCHAR(200)  NOT NULL COMMENT 'as in products',
  body             VARCHAR(4000) NOT NULL COMMENT 'as in products',
  vendor           VARCHAR(200)  NOT NULL COMMENT 'as in products',
  image_url        VARCHAR(500) COLLATE utf8mb4_bin NOT NULL COMMENT 'as in products; empty: the product keeps its picture',
  price_cents      BIGINT        NOT NULL COMMENT 'as in products',
  list_price_cents BIGINT        NULL COMMENT 'as in products',
  currency         CHAR(3) CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'as in products',
  state            ENUM('active', 'archived') CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'as in products',
  PRIMARY KEY (import_id, position),
  KEY product_import_rows_by_verdict (import_id, verdict, position)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_unicode_ci
  COMMENT = 'Rows of imports that wait for a yes, or for their turn';

GRANT SELECT, INSERT, DELETE ON product_import_rows TO doorbuster_owner@localhost;
