-- product_imports: files of products that were uploaded, what is in them, and how far they are.
CREATE TABLE IF NOT EXISTS product_imports (
  id             BIGINT UNSIGNED NOT NULL AUTO_INCREMENT COMMENT 'number of the import, part of its address',
  shop_id        BIGINT UNSIGNED NOT NULL COMMENT 'the shop whose products it brings, as in sales.shop_id',
  file           VARCHAR(200) NOT NULL COMMENT 'name of the file, as the browser sent it',
  state          ENUM('reading', 'ready', 'running', 'done', 'dropped') CHARACTER SET ascii COLLATE ascii_bin NOT NULL
                 COMMENT 'reading: rows come in; ready: waits for a yes; running: a console carries it out; done; dropped: nobody said yes for a day',
  rows_read      INT UNSIGNED NOT NULL COMMENT 'good rows of the file',
  rows_new       INT UNSIGNED NOT NULL COMMENT 'of them, products that the shop has not: as seen, then as done',
  rows_changed   INT UNSIGNED NOT NULL COMMENT 'of them, products that say something else: as seen, then as done',
  rows_done      INT UNSIGNED NOT NULL COMMENT 'of them, carried out',
  rows_bad       INT UNSIGNED NOT NULL COMMENT 'rows that were left out because something is wrong with them',
  rows_skipped   INT UNSIGNED NOT NULL COMMENT 'rows that were left out because their product is a draft or unlisted',
  problems       MEDIUMTEXT   NOT NULL COMMENT 'the first hundred things that are wrong, as a JSON list of line, column, reason (in English), code, args',
  staff_id       BIGINT UNSIGNED NULL COMMENT 'staff.id of who uploaded it, later of who said yes; NULL: an operator',
  actor          VARCHAR(100) NOT NULL COMMENT 'the same by name',
  made_at        DATETIME(6)  NOT NULL COMMENT 'UTC',
  changed_at     DATETIME(6)  NOT NULL COMMENT 'when it last came on (UTC)',
  PRIMARY KEY (id),
  KEY product_imports_by_state (state, id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_unicode_ci
  COMMENT = 'Imports of products; clean_up deletes those that ended long ago';

GRANT SELECT, INSERT, UPDATE, DELETE ON product_imports TO doorbuster_owner@localhost;
