-- reconcile_findings: what the worker's job reconcile found broken, once for as long as it stands. Nothing is deleted.
CREATE TABLE IF NOT EXISTS reconcile_findings (
  id          BIGINT UNSIGNED NOT NULL AUTO_INCREMENT COMMENT 'number of the finding',
  invariant   VARCHAR(100)    NOT NULL COMMENT 'the broken invariant, as sql/audit.sql names it',
  item_id     BIGINT UNSIGNED NOT NULL COMMENT 'items.id',
  subject     VARCHAR(100)    NOT NULL COMMENT 'what exactly: a shard, an order, a move …; empty: the item as a whole; many: more of them than are listed',
  endangers   BOOLEAN         NOT NULL COMMENT '1: selling on would make it worse, so the sale was paused, once',
  expected    VARCHAR(300)    NOT NULL COMMENT 'what should be, when it was seen last',
  found       VARCHAR(300)    NOT NULL COMMENT 'what was found, when it was seen last',
  what_to_do  VARCHAR(300)    NOT NULL COMMENT 'in the words of sql/audit.sql',
  repair      VARCHAR(1000)   NOT NULL COMMENT 'the ledger lines that would set it right, see plan_repair; empty: none can, it is mended by hand',
  state       ENUM('open', 'gone', 'approved') CHARACTER SET ascii COLLATE ascii_bin NOT NULL
              COMMENT 'open: it stands; gone: a later run saw it no more; approved: a person let the repair be made',
  first_run   BIGINT UNSIGNED NOT NULL COMMENT 'reconcile_runs.id that saw it first',
  last_run    BIGINT UNSIGNED NOT NULL COMMENT 'reconcile_runs.id that saw it last',
  first_seen  DATETIME(6)     NOT NULL COMMENT 'UTC',
  last_seen   DATETIME(6)     NOT NULL COMMENT 'UTC',
  paused_at   DATETIME(6)     NULL COMMENT 'when the sale was paused for it (UTC); never a second time',
  paused_in   BIGINT UNSIGNED NULL COMMENT 'reconcile_runs.id that paused it',
  ended_at    DATETIME(6)     NULL COMMENT 'when it was gone or approved (UTC)',
  move_id     BINARY(16)      NULL COMMENT 'stock_moves.move_id of the repair',
  approved_by VARCHAR(100)    NULL COMMENT 'who approved the repair',
  reason      VARCHAR(200)    NULL COMMENT 'why, in that person''s words',
  open        TINYINT UNSIGNED GENERATED ALWAYS AS (CASE WHEN state = 'open' THEN 1 END) STORED COMMENT '1 while it stands, so that the unique key binds those only',
  PRIMARY KEY (id),
  UNIQUE KEY reconcile_findings_once_while_open (open, item_id, invariant, subject),
  KEY reconcile_findings_by_item (item_id, state),
  CONSTRAINT reconcile_findings_ended_means_a_time CHECK ((state = 'open') = (ended_at IS NULL)),
  CONSTRAINT reconcile_findings_approved_means_by_whom CHECK ((state = 'approved') = (approved_by IS NOT NULL AND reason IS NOT NULL AND move_id IS NOT NULL))
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_unicode_ci
  COMMENT = 'Findings of the job reconcile';

GRANT SELECT, INSERT, UPDATE ON reconcile_findings TO doorbuster_owner@localhost;
