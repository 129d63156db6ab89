-- sales: when something is sold, and how.
CREATE TABLE IF NOT EXISTS sales (
  id            BIGINT UNSIGNED NOT NULL AUTO_INCREMENT COMMENT 'number of the sale, part of its address',
  shop_id       BIGINT UNSIGNED NOT NULL DEFAULT 1 COMMENT 'the shop whose sale it is; staff of another see nothing of it',
  title         VARCHAR(200)  NOT NULL COMMENT 'as shoppers read it',
  description   VARCHAR(4000) NOT NULL COMMENT 'plain text',
  opens_at      DATETIME(6)   NOT NULL COMMENT 'first instant (UTC, clock of the database) at which everybody may place an order',
  closes_at     DATETIME(6)   NOT NULL COMMENT 'first instant (UTC) at which no order may be placed any more',
  time_zone     VARCHAR(64) CHARACTER SET ascii NOT NULL COMMENT 'IANA name of the zone in which the pages show the times',
  state         ENUM('importing', 'draft', 'published', 'paused', 'ended') CHARACTER SET ascii COLLATE ascii_bin NOT NULL
                COMMENT 'importing: items still coming in; soon, live and over follow from published and the clock',
  takes_payment BOOLEAN       NOT NULL COMMENT '1: an order is held until paid; 0: an order is paid at once (vouchers, invitations)',
  message       VARCHAR(200)  NOT NULL DEFAULT '' COMMENT 'what staff tell shoppers on its pages, and on those of its items; empty: nothing',
  changed_at    DATETIME(6)   NOT NULL COMMENT 'last change of the sale or of one of its items (UTC); pages rendered before it are stale',
  created_at    DATETIME(6)   NOT NULL COMMENT 'UTC',
  edits         INT UNSIGNED  NOT NULL DEFAULT 0 COMMENT 'how often update_sale has changed it: who edits says which state he saw',
  limit_per_user    SMALLINT UNSIGNED NOT NULL DEFAULT 1  COMMENT 'items.limit_per_user of what is added from now on',
  hold_minutes      SMALLINT UNSIGNED NOT NULL DEFAULT 10 COMMENT 'items.hold_minutes of what is added from now on',
  extension_minutes SMALLINT UNSIGNED NOT NULL DEFAULT 0  COMMENT 'items.extension_minutes of what is added from now on',
  archived_at   DATETIME(6)   NULL COMMENT 'when staff put it away (UTC); NULL: not. It hides only a sale that is over',
  members_open_at   DATETIME(6) NULL COMMENT 'members first: from then (UTC) to opens_at those in sale_members may place orders, and nobody else; NULL: open to all from opens_at',
  starts_at     DATETIME(6)   GENERATED ALWAYS AS (COALESCE(members_open_at, opens_at)) VIRTUAL COMMENT 'first instant (UTC) at which anybody may place an order',
  PRIMARY KEY (id),
  KEY sales_by_state_and_end (state, closes_at),
  CONSTRAINT sales_close_after_they_open CHECK (closes_at > opens_at),
  CONSTRAINT sales_members_come_before_all CHECK (members_open_at < opens_at)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_unicode_ci
  COMMENT = 'Sales. place_orders locks this row in share mode, so pausing or ending waits for running batches and no later one slips through';

GRANT SELECT, INSERT, UPDATE, DELETE ON sales TO doorbuster_owner@localhost;
