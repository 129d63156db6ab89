-- payments: what is known of the money for orders. Only procedures change it, and each change leaves a line in payment_moves.
CREATE TABLE IF NOT EXISTS payments (
  id           BINARY(16)   NOT NULL COMMENT 'UUIDv7 made by the caller; the idempotency key of every call to the provider',
  order_id     BINARY(16)   NOT NULL COMMENT 'orders.id',
  provider     VARCHAR(20)  CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'who takes the money: stripe, sandbox; hand: staff took it',
  reference    VARCHAR(255) CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'the provider''s number of it; empty until it told one',
  amount_cents BIGINT       NOT NULL COMMENT 'units times price of the order, in the smallest unit of the currency',
  currency     CHAR(3)      CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'ISO 4217 code of the item',
  state        ENUM('started', 'authorised', 'captured', 'failed', 'refunding', 'refunded') CHARACTER SET ascii COLLATE ascii_bin NOT NULL
               COMMENT 'started to authorised to captured; started or authorised to failed; all to refunding, refunding to refunded',
  reason       VARCHAR(40)  CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'why it failed or goes back, in one word; empty otherwise',
  started_at   DATETIME(6)  NOT NULL COMMENT 'clock of the database (UTC)',
  changed_at   DATETIME(6)  NOT NULL COMMENT 'of the last change of its state (UTC)',
  captured_at  DATETIME(6)  NULL COMMENT 'when the money was taken (UTC); NULL: it was not. What goes back without it is released, not refunded',
  ask_at       DATETIME(6)  NULL COMMENT 'when somebody must look after it next (UTC); NULL: its state is final',
  asked        SMALLINT UNSIGNED NOT NULL COMMENT 'how often the worker has looked after it in this state',
  open         TINYINT UNSIGNED GENERATED ALWAYS AS (CASE WHEN state IN ('started', 'authorised') THEN 1 END) STORED
               COMMENT '1 while it may still pay the order, NULL afterwards, so that the unique key binds those only',
  PRIMARY KEY (id),
  UNIQUE KEY payments_one_open_per_order (order_id, open),
  KEY payments_by_time_to_ask (ask_at),
  KEY payments_by_state (state, id),
  CONSTRAINT payments_are_of_something CHECK (amount_cents > 0),
  CONSTRAINT payments_final_means_nobody_asks CHECK ((state IN ('captured', 'failed', 'refunded')) = (ask_at IS NULL)),
  CONSTRAINT payments_captured_means_a_time CHECK (state <> 'captured' OR captured_at IS NOT NULL)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_unicode_ci
  COMMENT = 'Money for orders: try (authorised), confirm (captured), cancel (refunding, refunded)';

GRANT SELECT, INSERT, UPDATE ON payments TO doorbuster_owner@localhost;
