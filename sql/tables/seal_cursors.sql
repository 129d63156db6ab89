-- seal_cursors: where seal_moves goes on to look for lines without a seal. Nothing is proved by it: a wrong place only makes the next look
-- longer, and the verification does not read it.
CREATE TABLE IF NOT EXISTS seal_cursors (
  pass    ENUM('front', 'sweep') CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'front: the newest lines; sweep: all lines before them, over and over',
  move_id BINARY(16) NOT NULL COMMENT 'stock_moves.move_id: front reads from here on, sweep goes on behind it',
  PRIMARY KEY (pass)
) ENGINE = InnoDB DEFAULT CHARSET = ascii COLLATE = ascii_bin
  COMMENT = 'Where sealing the ledger goes on';

GRANT SELECT, INSERT, UPDATE ON seal_cursors TO doorbuster_owner@localhost;
