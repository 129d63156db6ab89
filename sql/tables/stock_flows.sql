-- stock_flows: what moved between two accounts of an item, in steps of ten seconds: the ledger of an item in a few hundred rows, to draw it. seal_moves adds
-- each line to it in the transaction that seals the line, so a line is in it exactly once. Nothing is decided by it: who wants to know reads stock_moves.
CREATE TABLE IF NOT EXISTS stock_flows (
  item_id      BIGINT UNSIGNED NOT NULL COMMENT 'items.id',
  began_at     DATETIME        NOT NULL COMMENT 'the ten seconds that begin here (UTC), by stock_moves.moved_at',
  from_account ENUM('outside', 'available', 'held', 'sold') CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'where the units were',
  to_account   ENUM('outside', 'available', 'held', 'sold') CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'where they went',
  units        BIGINT UNSIGNED NOT NULL COMMENT 'how many, over all sealed lines of these ten seconds',
  PRIMARY KEY (item_id, began_at, from_account, to_account)
) ENGINE = InnoDB DEFAULT CHARSET = ascii COLLATE = ascii_bin
  COMMENT = 'Sums of the sealed ledger per item and ten seconds, for the chart';

GRANT SELECT, INSERT, UPDATE ON stock_flows TO doorbuster_owner@localhost;
