-- mails: what shoppers are told by mail about their orders, and whether a mail server has taken it.
CREATE TABLE IF NOT EXISTS mails (
  id       BIGINT UNSIGNED   NOT NULL AUTO_INCREMENT COMMENT 'number of the mail; a receiver knows a repetition by it',
  source   BINARY(16)        NOT NULL COMMENT 'events.event_id, or made from order and end of the hold (expiring): so no mail is written twice',
  kind     ENUM('held', 'expiring', 'paid', 'expired', 'cancelled', 'refunded', 'returning', 'returned') CHARACTER SET ascii COLLATE ascii_bin NOT NULL
           COMMENT 'what it says: the order is held, its hold is about to end, …; refunded: the order was; returning, returned: its money goes, went back',
  order_id BINARY(16)        NOT NULL COMMENT 'orders.id',
  user_id  BIGINT UNSIGNED   NOT NULL COMMENT 'users.id; the address is read when it is sent',
  state    ENUM('due', 'sent', 'dropped', 'dead') CHARACTER SET ascii COLLATE ascii_bin NOT NULL
           COMMENT 'due: to send; sent: a mail server took it; dropped: it had become untrue or too old; dead: given up',
  attempts INT UNSIGNED      NOT NULL COMMENT 'ever begun',
  tries    SMALLINT UNSIGNED NOT NULL COMMENT 'begun since it was last made due: sets the pause and the end',
  next_at  DATETIME(6)       NULL COMMENT 'when it is sent next (UTC); NULL unless due',
  answer   VARCHAR(500)      NOT NULL COMMENT 'what the mail server said last, or why it was dropped',
  made_at  DATETIME(6)       NOT NULL COMMENT 'when what it tells happened (UTC)',
  ended_at DATETIME(6)       NULL COMMENT 'when it was sent, dropped or given up (UTC)',
  PRIMARY KEY (id),
  UNIQUE KEY mails_once (source),
  KEY mails_by_time (next_at),
  KEY mails_by_order (order_id, kind),
  KEY mails_by_end (state, ended_at),
  KEY mails_by_state (state, id),
  CONSTRAINT mails_due_means_a_time CHECK ((state = 'due') = (next_at IS NOT NULL))
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_unicode_ci
  COMMENT = 'Mails to shoppers, on their way or sent; clean_up deletes those that were sent or dropped long ago';

GRANT SELECT, INSERT, UPDATE, DELETE ON mails TO doorbuster_owner@localhost;
