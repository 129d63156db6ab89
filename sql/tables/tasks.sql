-- tasks: long work that a member of staff had begun: exports of orders, and the same act on many orders. The console's runner does it.
CREATE TABLE IF NOT EXISTS tasks (
  id            BIGINT UNSIGNED NOT NULL AUTO_INCREMENT COMMENT 'number of the task, part of its address',
  shop_id       BIGINT UNSIGNED NOT NULL COMMENT 'the shop of who began it, as in sales.shop_id; members of others see nothing of it',
  staff_id      BIGINT UNSIGNED NOT NULL COMMENT 'staff.id of who began it: it is done with their rights, and no further than those reach',
  kind          ENUM('export', 'cancel', 'refund', 'resend') CHARACTER SET ascii COLLATE ascii_bin NOT NULL
                COMMENT 'export: write orders into a file; the others do that to each order, resend: to its last mail',
  state         ENUM('waiting', 'running', 'done', 'failed', 'cancelled') CHARACTER SET ascii COLLATE ascii_bin NOT NULL
                COMMENT 'waiting to running to done or failed; waiting or running to cancelled',
  why           VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT '' COMMENT 'why it failed, in one word; empty otherwise',
  sale_id       BIGINT UNSIGNED NULL COMMENT 'sales.id of the orders that are meant; NULL: of every sale of the shop',
  order_state   VARCHAR(10) CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'orders.state that is meant; empty: all',
  from_at       DATETIME(6) NULL COMMENT 'orders placed at or after this instant (UTC); NULL: from the first',
  to_at         DATETIME(6) NOT NULL COMMENT 'orders placed before this instant (UTC), which was not in the future when it was begun',
  first_id      BINARY(16)  NULL COMMENT 'no order that is meant has a smaller number; NULL: none is meant',
  last_id       BINARY(16)  NULL COMMENT 'no order that is meant has a greater number; NULL: none is meant',
  format        ENUM('', 'csv', 'xlsx') CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'of the file; empty: it makes none',
  delimiter     ENUM('', 'comma', 'semicolon', 'tab') CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'of CSV; empty otherwise',
  bom           BOOLEAN     NOT NULL COMMENT '1: a CSV file begins with a byte order mark',
  restock       BOOLEAN     NOT NULL COMMENT '1: units of refunded orders go back on sale',
  reason        VARCHAR(200) NOT NULL COMMENT 'why, in words of who began it; empty for exports',
  orders_total  INT UNSIGNED NULL COMMENT 'orders that were meant when it was begun; NULL: nobody counted them',
  orders_done   INT UNSIGNED NOT NULL COMMENT 'orders written into the file, or done',
  orders_refused INT UNSIGNED NOT NULL COMMENT 'orders that would not be done; task_refusals says which',
  progress      SMALLINT UNSIGNED NOT NULL COMMENT 'how far it has come, in thousandths',
  after_id      BINARY(16)  NULL COMMENT 'the last order that was looked at: it goes on behind it',
  doing_id      BINARY(16)  NULL COMMENT 'the order that is being done: whether it was, is not known until it is noted',
  chunks        INT UNSIGNED NOT NULL COMMENT 'parts of the file that are there',
  bytes         BIGINT UNSIGNED NOT NULL COMMENT 'what they take',
  holder        VARCHAR(100) NOT NULL COMMENT 'the console that does it, or did last: host and process; empty: none yet',
  fence         INT UNSIGNED NOT NULL COMMENT 'raised whenever a console takes it; what is noted with an older number is refused',
  held_until    DATETIME(6) NULL COMMENT 'until when no other console may take it (UTC); NULL unless running',
  made_at       DATETIME(6) NOT NULL COMMENT 'UTC',
  ended_at      DATETIME(6) NULL COMMENT 'UTC; NULL while it waits or runs',
  expires_at    DATETIME(6) NULL COMMENT 'from when on its file is gone (UTC); NULL: it has none, or not yet',
  PRIMARY KEY (id),
  KEY tasks_by_state (state, id),
  KEY tasks_by_shop (shop_id, id),
  KEY tasks_by_end (ended_at),
  KEY tasks_by_expiry (expires_at),
  CONSTRAINT tasks_end_with_a_time CHECK ((state IN ('waiting', 'running')) = (ended_at IS NULL)),
  CONSTRAINT tasks_run_for_somebody CHECK ((state = 'running') = (held_until IS NOT NULL)),
  CONSTRAINT tasks_that_export_have_a_format CHECK ((kind = 'export') = (format <> '')),
  CONSTRAINT tasks_progress_in_thousandths CHECK (progress <= 1000)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_unicode_ci
  COMMENT = 'Exports and bulk work of staff; clean_up deletes those that ended long ago';

GRANT SELECT, INSERT, UPDATE, DELETE ON tasks TO doorbuster_owner@localhost;
