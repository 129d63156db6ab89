-- add_items: items for a sale that is not published yet, with their units, shards and first ledger lines.
--
-- in_items is a JSON list of objects: sku, title, body, vendor, image_url, price_cents, list_price_cents (or null), currency, units,
-- limit_per_user, hold_minutes, extension_minutes (or none), shards. At most 1000 per call: a large import calls again, and its sale stays `importing` meanwhile.
--
-- Outcomes, first match wins:
--   not_allowed    the member may not change sales
--   no_such_sale   no sale of this number, or another shop's
--   not_a_draft    the sale is published already: its items are fixed, only units may be added
--   duplicate_sku  an SKU is in the list twice or in the sale already; nothing was added
--   added          items_added items are in the sale
--
-- Answers one row: outcome, items_added.
-- Locks: the sale, then its items, shards and ledger.
-- Called by store.AddItems. Proved by testdata/sql/add_items.test and staff_rights.test.

DROP PROCEDURE IF EXISTS add_items;

DELIMITER $$

CREATE DEFINER = doorbuster_owner@localhost PROCEDURE add_items(
    IN in_staff_id BIGINT UNSIGNED,
    IN in_sale_id  BIGINT UNSIGNED,
    IN in_items    LONGTEXT,
    IN in_move_id  BINARY(16),
    IN in_actor    VARCHAR(100)
  )
  COMMENT 'Adds items to a sale before it is published. Returns one row: outcome, items_added.'
  MODIFIES SQL DATA
  SQL SECURITY DEFINER
add_items: BEGIN
  DECLARE v_outcome, v_state VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin;
  DECLARE v_shop_id BIGINT UNSIGNED;
  DECLARE v_allowed BOOLEAN;
  DECLARE v_last_position INT UNSIGNED;
  DECLARE v_items INT DEFAULT 0;
  DECLARE v_skus VARCHAR(900);
  DECLARE v_now DATETIME(6) DEFAULT UTC_TIMESTAMP(6);
  DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;
  DECLARE EXIT HANDLER FOR 1265 BEGIN ROLLBACK; RESIGNAL; END; -- "data truncated" has SQLSTATE 01000 and is no SQLEXCEPTION
  DECLARE EXIT HANDLER FOR 1062 BEGIN ROLLBACK; SELECT 'duplicate_sku' AS outcome, 0 AS items_added; END;

  IF IF(in_items LIKE '[%', JSON_LENGTH(in_items), -1) NOT BETWEEN 0 AND 1000 THEN
    SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 50004, MESSAGE_TEXT = 'add_items: not a list of at most 1000 items';
  END IF;

  CALL check_staff(in_staff_id, 'sell', in_actor, v_shop_id, v_allowed);
  SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
  START TRANSACTION;
  SELECT state INTO v_state FROM sales WHERE id = in_sale_id AND v_allowed AND (v_shop_id IS NULL OR shop_id = v_shop_id) FOR UPDATE;
  SET v_outcome = CASE
    WHEN NOT v_allowed THEN 'not_allowed'
    WHEN v_state IS NULL THEN 'no_such_sale'
    WHEN v_state NOT IN ('importing', 'draft') THEN 'not_a_draft'
    ELSE 'added' END;

  IF v_outcome = 'added' THEN
    SELECT COALESCE(MAX(position), 0) INTO v_last_position FROM items WHERE sale_id = in_sale_id;
    -- Read as text and a little longer than the columns: JSON_TABLE of MariaDB bends what does not fit, the columns refuse it.
    INSERT INTO items (sale_id, position, sku, title, body, vendor, image_url, price_cents, list_price_cents, currency, units_allotted,
                       limit_per_user, hold_minutes, extension_minutes, fairness, shards)
    SELECT in_sale_id, v_last_position + r.position, r.sku, r.title, r.body, r.vendor, r.image_url, r.price_cents, r.list_price_cents, r.currency,
           r.units, r.limit_per_user, r.hold_minutes, COALESCE(r.extension_minutes, 0), 'first_come', r.shards
      FROM JSON_TABLE(in_items, '$[*]' COLUMNS (
             position         FOR ORDINALITY,
             sku              VARCHAR(101)  PATH '$.sku',
             title            VARCHAR(201)  PATH '$.title',
             body             VARCHAR(4001) PATH '$.body',
             vendor           VARCHAR(201)  PATH '$.vendor',
             image_url        VARCHAR(501)  PATH '$.image_url',
             price_cents      VARCHAR(30)   PATH '$.price_cents',
             list_price_cents VARCHAR(30)   PATH '$.list_price_cents',
             currency         VARCHAR(4)    PATH '$.currency',
             units            VARCHAR(30)   PATH '$.units',
             limit_per_user   VARCHAR(30)   PATH '$.limit_per_user',
             hold_minutes     VARCHAR(30)   PATH '$.hold_minutes',
             extension_minutes VARCHAR(30)  PATH '$.extension_minutes',
             shards           VARCHAR(30)   PATH '$.shards')) r;
    SET v_items = ROW_COUNT();

    CALL allot_items(in_sale_id, v_last_position, in_move_id, in_actor, v_now);
    UPDATE sales SET changed_at = v_now WHERE id = in_sale_id;
    -- What comes in by an import is logged once, by finish_import or adopt_items.
    IF in_staff_id IS NOT NULL AND v_state = 'draft' AND v_items > 0 THEN
      SELECT GROUP_CONCAT(sku ORDER BY position SEPARATOR ', ') INTO v_skus
        FROM items WHERE sale_id = in_sale_id AND position BETWEEN v_last_position + 1 AND v_last_position + 8;
      INSERT INTO sale_log (sale_id, shop_id, action, detail, reason, actor, staff_id, made_at)
      VALUES (in_sale_id, (SELECT shop_id FROM sales WHERE id = in_sale_id), 'items_added', CONCAT(v_items, IF(v_items = 1, ' item: ', ' items: '), v_skus, IF(v_items > 8, ', ...', '')), '', in_actor, in_staff_id, v_now);
    END IF;
  END IF;
  COMMIT;

  SELECT v_outcome AS outcome, v_items AS items_added;
END add_items$$

DELIMITER ;

GRANT EXECUTE ON PROCEDURE add_items TO doorbuster_admin@'%';
