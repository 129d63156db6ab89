-- images: pictures that staff uploaded, re-encoded, so that nothing is in them but what is seen.
CREATE TABLE IF NOT EXISTS images (
  id         BINARY(16)  NOT NULL COMMENT 'first half of the SHA-256 of the bytes: part of the address, so what stands there never changes',
  shop_id    BIGINT UNSIGNED NOT NULL COMMENT 'the shop that uploaded it, as in sales.shop_id',
  media_type ENUM('image/jpeg', 'image/png') CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'png: it has transparent parts',
  width      SMALLINT UNSIGNED NOT NULL COMMENT 'pixels',
  height     SMALLINT UNSIGNED NOT NULL COMMENT 'pixels',
  bytes      MEDIUMBLOB  NOT NULL COMMENT 'the picture; at most 2 MiB',
  made_at    DATETIME(6) NOT NULL COMMENT 'when it was uploaded first (UTC)',
  look_at    DATETIME(6) NOT NULL COMMENT 'when clean_up looks next whether a product or an item shows it (UTC)',
  PRIMARY KEY (id, shop_id),
  KEY images_by_look (look_at),
  CONSTRAINT images_are_small CHECK (CHAR_LENGTH(bytes) BETWEEN 1 AND 2097152) -- bytes: a blob has no other characters
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_unicode_ci
  COMMENT = 'Uploaded pictures; clean_up deletes those that nothing has shown for a day';

GRANT SELECT, INSERT, UPDATE, DELETE ON images TO doorbuster_owner@localhost;
