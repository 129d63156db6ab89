-- webhook_endpoints: who is told of events, and with which secrets it is signed. A secret cannot be kept as a hash: it makes each signature.
CREATE TABLE IF NOT EXISTS webhook_endpoints (
  id            BIGINT UNSIGNED NOT NULL AUTO_INCREMENT COMMENT 'number of the webhook',
  shop_id       BIGINT UNSIGNED NOT NULL COMMENT 'the shop whose orders it is told of, as in sales.shop_id; 0: those of every shop, set up by an operator',
  url           VARCHAR(500) CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'where events are posted to',
  state         ENUM('active', 'disabled') CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'disabled: nothing is sent; it goes on where it stopped',
  reason        VARCHAR(200) NOT NULL COMMENT 'why it is in that state, in the words of whoever set it; empty in the beginning',
  secret        VARCHAR(100) CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'signs every message: whsec_ and base64',
  former_secret VARCHAR(100) CHARACTER SET ascii COLLATE ascii_bin NULL COMMENT 'the one before it, which signs as well until former_until',
  former_until  DATETIME(6)  NULL COMMENT 'UTC',
  queued_seq    BIGINT UNSIGNED NOT NULL COMMENT 'events.seq up to which there are deliveries',
  failures      INT UNSIGNED NOT NULL COMMENT 'failed attempts since the last good one; who fails is asked one message at a time',
  asked_until   DATETIME(6)  NULL COMMENT 'of one that fails: a message is on its way, no other goes before it came back or this time (UTC)',
  created_at    DATETIME(6)  NOT NULL COMMENT 'clock of the database (UTC)',
  changed_at    DATETIME(6)  NOT NULL COMMENT 'of its state or its secret (UTC)',
  PRIMARY KEY (id),
  UNIQUE KEY webhook_endpoints_one_per_shop_and_url (shop_id, url),
  CONSTRAINT webhook_endpoints_former_secret_ends CHECK ((former_secret IS NULL) = (former_until IS NULL))
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_unicode_ci
  COMMENT = 'Receivers of events';

GRANT SELECT, INSERT, UPDATE ON webhook_endpoints TO doorbuster_owner@localhost;
