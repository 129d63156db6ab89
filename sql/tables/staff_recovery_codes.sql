-- staff_recovery_codes: codes that stand in for a lost second factor, each once.
CREATE TABLE IF NOT EXISTS staff_recovery_codes (
  staff_id  BIGINT UNSIGNED NOT NULL COMMENT 'staff.id',
  code_hash BINARY(32)      NOT NULL COMMENT 'SHA-256 of the code, which has 80 random bits: no salt is needed',
  used_at   DATETIME(6)     NULL COMMENT 'when it was used (UTC); NULL: it still counts',
  PRIMARY KEY (staff_id, code_hash)
) ENGINE = InnoDB DEFAULT CHARSET = ascii COLLATE = ascii_bin
  COMMENT = 'Recovery codes of the second factor; a new enrolment replaces them';

GRANT SELECT, INSERT, UPDATE, DELETE ON staff_recovery_codes TO doorbuster_owner@localhost;
