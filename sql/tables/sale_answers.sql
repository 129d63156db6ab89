-- sale_answers: how often presses of a sale were answered how, minute by minute. Figures, not truth: a report that is lost is lost. What was sold
-- stands in orders and in the ledger.
CREATE TABLE IF NOT EXISTS sale_answers (
  sale_id   BIGINT UNSIGNED NOT NULL COMMENT 'sales.id',
  minute_at DATETIME        NOT NULL COMMENT 'beginning of the minute in which it was reported (UTC, clock of the database)',
  outcome   VARCHAR(20)     NOT NULL COMMENT 'what the shopper was told, as in docs/outcomes.md',
  answers   BIGINT UNSIGNED NOT NULL COMMENT 'how often',
  PRIMARY KEY (sale_id, minute_at, outcome)
) ENGINE = InnoDB DEFAULT CHARSET = ascii COLLATE = ascii_bin
  COMMENT = 'Answers to presses by sale, minute and outcome; one row per minute with answers, whatever their number';

GRANT SELECT, INSERT, UPDATE ON sale_answers TO doorbuster_owner@localhost;
