-- access_codes: what lets a shopper into a sale before everybody. docs/decisions/0017-members-first.md says why it is so.
CREATE TABLE IF NOT EXISTS access_codes (
  id           BIGINT UNSIGNED NOT NULL AUTO_INCREMENT COMMENT 'number of the code, by which staff and the log speak of it',
  sale_id      BIGINT UNSIGNED NOT NULL COMMENT 'sales.id: the one sale that it opens',
  code         VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'capital letters and digits: what shoppers type is made so before it is looked for',
  uses_allowed INT UNSIGNED NOT NULL COMMENT 'how many shoppers it lets in',
  uses         INT UNSIGNED NOT NULL DEFAULT 0 COMMENT 'how many it has let in: the rows of sale_members that name it',
  made_at      DATETIME(6)  NOT NULL COMMENT 'UTC',
  made_by      VARCHAR(100) NOT NULL COMMENT 'who made it, by name',
  revoked_at   DATETIME(6)  NULL COMMENT 'since when it lets nobody in any more (UTC); NULL: it does. Who came in with it stays',
  PRIMARY KEY (id),
  UNIQUE KEY access_codes_by_sale (sale_id, code),
  KEY access_codes_in_order (sale_id, id),
  CONSTRAINT access_codes_are_plain CHECK (code REGEXP '^[A-Z0-9]{4,32}$'),
  CONSTRAINT access_codes_have_uses CHECK (uses_allowed > 0 AND uses <= uses_allowed)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_unicode_ci
  COMMENT = 'Access codes of sales that open to members first; redeem_access_code takes a use and adds the member in one transaction';

GRANT SELECT, INSERT, UPDATE, DELETE ON access_codes TO doorbuster_owner@localhost;
