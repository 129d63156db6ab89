-- users: the shoppers.
CREATE TABLE IF NOT EXISTS users (
  id            BIGINT UNSIGNED NOT NULL AUTO_INCREMENT COMMENT 'number of the shopper; never shown to others',
  login_email   VARCHAR(254) COLLATE utf8mb4_bin NULL COMMENT 'lower case; NULL for shoppers who come by sign-in link only',
  password_phc  VARCHAR(255) CHARACTER SET ascii COLLATE ascii_bin NULL COMMENT 'argon2id hash in PHC form; NULL without a password',
  customer_ref  VARCHAR(190) COLLATE utf8mb4_bin NULL COMMENT 'the merchant''s own customer number, proved by a signed link; NULL if signed up here',
  email         VARCHAR(254) NOT NULL DEFAULT '' COMMENT 'where to write to; not proof of anything',
  name          VARCHAR(200) NOT NULL COMMENT 'as the shopper or the merchant wrote it',
  language      ENUM('en', 'zh') CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'of the pages where the shopper signed in last: mails are written in it',
  sessions_from DATETIME(6)  NOT NULL COMMENT 'sessions issued before this instant (UTC) are void: sign out everywhere',
  created_at    DATETIME(6)  NOT NULL COMMENT 'UTC',
  PRIMARY KEY (id),
  UNIQUE KEY users_one_per_login_email (login_email),
  UNIQUE KEY users_one_per_customer_ref (customer_ref),
  KEY users_by_sessions_from (sessions_from),
  KEY users_by_email (email),
  KEY users_by_name (name),
  CONSTRAINT users_login_email_has_a_password CHECK ((login_email IS NULL) = (password_phc IS NULL)),
  CONSTRAINT users_come_by_password_or_by_link CHECK (login_email IS NOT NULL OR customer_ref IS NOT NULL)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_unicode_ci
  COMMENT = 'Shoppers. A link account and a password account are never merged: a foreign e-mail must not open another''s orders';

GRANT SELECT, INSERT, UPDATE ON users TO doorbuster_owner@localhost;
