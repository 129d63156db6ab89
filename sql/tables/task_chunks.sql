-- task_chunks: the files that exports make, in parts. They stand here, because every console must be able to hand them out.
CREATE TABLE IF NOT EXISTS task_chunks (
  task_id BIGINT UNSIGNED NOT NULL COMMENT 'tasks.id',
  number  INT UNSIGNED    NOT NULL COMMENT 'place of the part in the file, from 1',
  body    MEDIUMBLOB      NOT NULL COMMENT 'the part: of CSV a gzip stream of its own, of XLSX as it is',
  PRIMARY KEY (task_id, number)
) ENGINE = InnoDB DEFAULT CHARSET = ascii COLLATE = ascii_bin
  COMMENT = 'Parts of exported files: personal data of shoppers; clean_up deletes them once tasks.expires_at has passed';

GRANT SELECT, INSERT, UPDATE, DELETE ON task_chunks TO doorbuster_owner@localhost;
