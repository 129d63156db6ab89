-- sale_log: what merchants did, to a sale or to the team, and why.
CREATE TABLE IF NOT EXISTS sale_log (
  id      BIGINT UNSIGNED NOT NULL AUTO_INCREMENT COMMENT 'line of the log',
  sale_id BIGINT UNSIGNED NULL COMMENT 'sales.id; NULL for what concerns no sale',
  shop_id BIGINT UNSIGNED NULL COMMENT 'the shop, as in sales.shop_id and staff.shop_id; NULL: the whole installation (switches, webhooks)',
  action  ENUM('created', 'imported', 'discarded', 'published', 'paused', 'resumed', 'ended', 'units_added', 'units_withdrawn', 'paid', 'cancelled', 'refunded',
                'switched', 'webhook_changed', 'mail_resent', 'repaired', 'rehearsed', 'rehearsal_deleted', 'exported', 'bulk_begun', 'task_cancelled', 'staff_invited',
                'staff_joined', 'staff_reset', 'signed_in', 'signed_out_everywhere', 'second_factor_set', 'recovery_code_used', 'staff_role_changed', 'staff_disabled',
                'staff_enabled', 'payment_asked', 'extended', 'told', 'edited', 'items_added', 'item_edited', 'item_removed', 'duplicated', 'archived', 'unarchived',
                'product_changed', 'products_imported', 'undone', 'codes_made', 'code_revoked')
          CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'what was done',
  detail  VARCHAR(1000) NOT NULL COMMENT 'what it was done to, for example the item and the number of units; of an edit, before -> after',
  reason  VARCHAR(200) NOT NULL COMMENT 'why, in the merchant''s words',
  actor   VARCHAR(100) NOT NULL COMMENT 'who, by name',
  staff_id BIGINT UNSIGNED NULL COMMENT 'staff.id of who did it; NULL: an operator at the command line, or a job',
  made_at DATETIME(6)  NOT NULL COMMENT 'UTC',
  thing   VARCHAR(80) CHARACTER SET ascii COLLATE ascii_bin NULL
          COMMENT 'what was changed, for example sale 3 state or item 5 units: the last line of a thing is in force; NULL: nothing that a later line could change',
  was     VARCHAR(200) NULL COMMENT 'how the thing was before, so that the act can be undone; NULL: it cannot',
  became  VARCHAR(200) NULL COMMENT 'how the thing is since then',
  undoes  BIGINT UNSIGNED NULL COMMENT 'of an undone: sale_log.id of the act that was taken back; none is taken back twice',
  PRIMARY KEY (id),
  KEY sale_log_by_sale (sale_id, id),
  UNIQUE KEY sale_log_one_undo (undoes),
  KEY sale_log_by_shop (shop_id, id),
  KEY sale_log_by_thing (thing, id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_unicode_ci
  COMMENT = 'Log of the merchants'' actions, written in the transaction of the action; append-only';

GRANT SELECT, INSERT ON sale_log TO doorbuster_owner@localhost;
