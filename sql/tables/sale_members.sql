-- sale_members: who may buy before everybody, in which sale.
CREATE TABLE IF NOT EXISTS sale_members (
  sale_id   BIGINT UNSIGNED NOT NULL COMMENT 'sales.id',
  user_id   BIGINT UNSIGNED NOT NULL COMMENT 'users.id',
  code_id   BIGINT UNSIGNED NOT NULL COMMENT 'access_codes.id: what let the shopper in',
  joined_at DATETIME(6)     NOT NULL COMMENT 'UTC',
  PRIMARY KEY (sale_id, user_id),
  KEY sale_members_by_code (code_id)
) ENGINE = InnoDB
  COMMENT = 'Members of sales. place_orders looks here only while a sale is open to members alone';

GRANT SELECT, INSERT ON sale_members TO doorbuster_owner@localhost;
