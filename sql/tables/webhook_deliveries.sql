-- webhook_deliveries: which event has reached which webhook, and when it is tried next. What nobody took stays here as dead.
CREATE TABLE IF NOT EXISTS webhook_deliveries (
  endpoint_id BIGINT UNSIGNED NOT NULL COMMENT 'webhook_endpoints.id',
  seq         BIGINT UNSIGNED NOT NULL COMMENT 'events.seq',
  order_id    BINARY(16)      NOT NULL COMMENT 'events.order_id: events of one order go one after the other',
  kind        ENUM('order_placed', 'order_paid', 'order_cancelled', 'order_expired', 'order_refunded', 'order_retaken', 'order_extended',
                   'payment_returning', 'payment_returned') CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'events.kind, so that staff find what they look for by an index',
  state       ENUM('waiting', 'due', 'done', 'dead') CHARACTER SET ascii COLLATE ascii_bin NOT NULL
              COMMENT 'waiting: for an earlier event of the order; due: to send; done: taken by the receiver; dead: given up',
  attempts    INT UNSIGNED      NOT NULL COMMENT 'ever begun; webhook_attempts has those whose end is known',
  tries       SMALLINT UNSIGNED NOT NULL COMMENT 'begun since it was last made due: sets the pause and the end',
  next_at     DATETIME(6)     NULL COMMENT 'when it is sent next (UTC); NULL unless due',
  ended_at    DATETIME(6)     NULL COMMENT 'when it was taken or given up (UTC); NULL while it is open',
  PRIMARY KEY (endpoint_id, seq),
  KEY webhook_deliveries_by_time (endpoint_id, state, next_at),
  KEY webhook_deliveries_by_order (endpoint_id, order_id, seq),
  KEY webhook_deliveries_by_end (state, ended_at),
  KEY webhook_deliveries_by_event (seq, endpoint_id),
  KEY webhook_deliveries_by_state (state, seq, endpoint_id),
  KEY webhook_deliveries_by_kind (kind, seq, endpoint_id),
  KEY webhook_deliveries_by_kind_and_state (kind, state, seq, endpoint_id),
  CONSTRAINT webhook_deliveries_due_means_a_time CHECK ((state = 'due') = (next_at IS NOT NULL)),
  CONSTRAINT webhook_deliveries_ended_means_a_time CHECK ((state IN ('done', 'dead')) = (ended_at IS NOT NULL))
) ENGINE = InnoDB DEFAULT CHARSET = ascii COLLATE = ascii_bin
  COMMENT = 'Events on their way to webhooks, and dead letters; clean_up deletes those that were taken long ago';

GRANT SELECT, INSERT, UPDATE, DELETE ON webhook_deliveries TO doorbuster_owner@localhost;
