-- staff: who may use the console, and for what. A member who leaves is disabled, never deleted: the log names them.
CREATE TABLE IF NOT EXISTS staff (
  id              BIGINT UNSIGNED NOT NULL AUTO_INCREMENT COMMENT 'number of the member of staff',
  shop_id         BIGINT UNSIGNED NOT NULL DEFAULT 1 COMMENT 'the shop that the member works for, as in sales.shop_id; sees no other',
  email           VARCHAR(254) COLLATE utf8mb4_bin NOT NULL COMMENT 'lower case; signs in with it',
  name            VARCHAR(80)  NOT NULL COMMENT 'stands in the log for what the member does',
  role            ENUM('owner', 'merchant', 'viewer', 'auditor') CHARACTER SET ascii COLLATE ascii_bin NOT NULL
                  COMMENT 'owner: everything; merchant: everything but the team; viewer: looks; auditor: looks, and reads the activity log',
  state           ENUM('invited', 'active', 'disabled') CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'invited: has no password yet; disabled: may not sign in',
  password_phc    VARCHAR(255) CHARACTER SET ascii COLLATE ascii_bin NULL COMMENT 'argon2id hash in PHC form; NULL until the invitation was accepted',
  totp_secret     VARBINARY(200) NULL COMMENT 'secret of the second factor, sealed by the console: a copy of the database gives none away; NULL until enrolled',
  totp_step       BIGINT UNSIGNED NOT NULL DEFAULT 0 COMMENT 'time step of the last code that was taken: a code is taken once',
  invitation_hash BINARY(32)  NULL COMMENT 'SHA-256 of the secret in the invitation link; NULL once accepted',
  invited_until   DATETIME(6) NULL COMMENT 'until when the invitation holds (UTC)',
  sessions_from   DATETIME(6) NOT NULL COMMENT 'sessions begun before this instant (UTC) are void: sign out everywhere',
  signed_in_at    DATETIME(6) NULL COMMENT 'when the member last signed in, second factor and all (UTC); NULL: never',
  created_at      DATETIME(6) NOT NULL COMMENT 'UTC',
  changed_at      DATETIME(6) NOT NULL COMMENT 'of role, state, password or second factor (UTC)',
  PRIMARY KEY (id),
  UNIQUE KEY staff_one_per_email (email),
  UNIQUE KEY staff_one_per_invitation (invitation_hash),
  KEY staff_by_shop (shop_id, id),
  CONSTRAINT staff_active_means_a_password CHECK (state <> 'active' OR password_phc IS NOT NULL),
  CONSTRAINT staff_invitation_ends CHECK ((invitation_hash IS NULL) = (invited_until IS NULL))
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_unicode_ci
  COMMENT = 'Members of staff. Their rights are checked by check_staff in every procedure that they call';

GRANT SELECT, INSERT, UPDATE ON staff TO doorbuster_owner@localhost;
