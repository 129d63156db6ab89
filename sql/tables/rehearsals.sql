-- rehearsals: sales that were played with simulated shoppers, in a database of their own, and what came of it.
CREATE TABLE IF NOT EXISTS rehearsals (
  id          BIGINT UNSIGNED NOT NULL AUTO_INCREMENT COMMENT 'number of the rehearsal',
  sale_id     BIGINT UNSIGNED NOT NULL COMMENT 'sales.id of the sale that was copied; nothing of it was touched',
  item_id     BIGINT UNSIGNED NOT NULL COMMENT 'items.id of the item at whose copy they rushed',
  shoppers    INT UNSIGNED    NOT NULL COMMENT 'how many simulated shoppers come',
  seconds     SMALLINT UNSIGNED NOT NULL COMMENT 'the time over which they arrive',
  state       ENUM('running', 'done', 'stopped', 'failed') CHARACTER SET ascii COLLATE ascii_bin NOT NULL
              COMMENT 'done: the report stands in it; stopped: by staff; failed: see trouble',
  running     TINYINT UNSIGNED GENERATED ALWAYS AS (CASE WHEN state = 'running' THEN 1 END) STORED
              COMMENT '1 while it runs, NULL afterwards, so that the unique key lets one run at a time',
  phase       VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'what it does now: prepare, sign_in, wait, rush, judge',
  phase_done  INT UNSIGNED    NOT NULL COMMENT 'how far the phase is',
  phase_total INT UNSIGNED    NOT NULL COMMENT 'how far it will go; 0: nobody knows',
  stop_asked  BOOLEAN         NOT NULL DEFAULT FALSE COMMENT '1: staff want it to stop; whoever plays it reads this once a second',
  trouble     VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'why it failed, in one word of the program; empty: it did not',
  verdict     ENUM('clean', 'not_clean', 'not_proved') CHARACTER SET ascii COLLATE ascii_bin NULL COMMENT 'what the checks said; NULL unless done',
  report      MEDIUMTEXT      NULL COMMENT 'the figures and the checks as JSON; NULL unless done',
  picture     MEDIUMTEXT      NULL COMMENT 'the rush drawn as SVG; NULL unless done',
  actor       VARCHAR(100)    NOT NULL COMMENT 'who began it, by name',
  staff_id    BIGINT UNSIGNED NULL COMMENT 'staff.id of who began it; NULL: an operator',
  began_at    DATETIME(6)     NOT NULL COMMENT 'UTC',
  seen_at     DATETIME(6)     NOT NULL COMMENT 'when whoever plays it was heard of last (UTC)',
  ended_at    DATETIME(6)     NULL COMMENT 'UTC; NULL while it runs',
  PRIMARY KEY (id),
  UNIQUE KEY rehearsals_run_one_at_a_time (running),
  KEY rehearsals_by_sale (sale_id, id),
  CONSTRAINT rehearsals_done_means_a_verdict CHECK ((state = 'done') = (verdict IS NOT NULL))
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_unicode_ci
  COMMENT = 'Rehearsals of sales. Orders, stock and money of a rehearsal lie in another database, which is dropped when it ends';

GRANT SELECT, INSERT, UPDATE, DELETE ON rehearsals TO doorbuster_owner@localhost;
