-- sandbox_payments: what the sandbox, the payment provider for trying things out, knows of its payments. No money moves here.
--
-- It stands in for a provider's own database: nothing but sandbox_begin and sandbox_act reads or writes it, and they never join it with
-- orders or payments; clean_up deletes what failed or went back long ago. No card number is kept, only how the card behaves: somebody may type a real one.
CREATE TABLE IF NOT EXISTS sandbox_payments (
  payment_id       BINARY(16)  NOT NULL COMMENT 'the shop''s number of the payment; the idempotency key of every call',
  amount_cents     BIGINT      NOT NULL COMMENT 'asked for, in the smallest unit of the currency',
  currency         CHAR(3) CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'ISO 4217 code',
  pay_by           DATETIME(6) NOT NULL COMMENT 'end of the order''s hold when the payment was begun (UTC); one card waits for it',
  state            ENUM('begun', 'confirmed', 'captured', 'failed', 'refunded') CHARACTER SET ascii COLLATE ascii_bin NOT NULL
                   COMMENT 'begun to confirmed (the shopper gave a card that says yes) to captured to refunded; begun or confirmed to failed',
  authorised_at    DATETIME(6) NULL COMMENT 'from when the card''s yes counts (UTC), perhaps later than confirmed; NULL: no card has said yes',
  authorised_cents BIGINT      NULL COMMENT 'what the card''s yes is worth; NULL: no card has said yes',
  detail           VARCHAR(200) CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'why it failed: declined, abandoned or released; else empty',
  begun_at         DATETIME(6) NOT NULL COMMENT 'clock of the database (UTC)',
  changed_at       DATETIME(6) NOT NULL COMMENT 'of the last change of state (UTC)',
  PRIMARY KEY (payment_id),
  KEY sandbox_payments_by_change (state, changed_at),
  CONSTRAINT sandbox_payments_ask_for_something CHECK (amount_cents > 0),
  CONSTRAINT sandbox_payments_yes_has_a_time_and_an_amount CHECK ((authorised_at IS NULL) = (authorised_cents IS NULL)),
  CONSTRAINT sandbox_payments_take_what_a_card_said_yes_to CHECK (state IN ('begun', 'failed') OR authorised_at IS NOT NULL)
) ENGINE = InnoDB DEFAULT CHARSET = ascii COLLATE = ascii_bin
  COMMENT = 'Payments at the sandbox, as a provider would keep them. No money moves';

GRANT SELECT, INSERT, UPDATE, DELETE ON sandbox_payments TO doorbuster_owner@localhost;
