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

    -- Units are dealt out evenly; the first shards take what is left over.
    INSERT INTO stock_shards (item_id, shard, available, version)
    WITH RECURSIVE numbers AS (SELECT 0 AS shard UNION ALL SELECT shard + 1 FROM numbers WHERE shard < 63)
    SELECT i.id, n.shard, i.units_allotted DIV i.shards + (n.shard < i.units_allotted MOD i.shards), 1
      FROM items i JOIN numbers n ON n.shard < i.shards
     WHERE i.sale_id = in_sale_id AND i.position > v_last_position;
    INSERT INTO stock_moves (move_id, line, item_id, shard, order_id, units, from_account, to_account, reason, actor, moved_at)
    SELECT in_move_id, ROW_NUMBER() OVER (ORDER BY s.item_id, s.shard) - 1, s.item_id, s.shard, NULL, s.available, 'outside', 'available',
           'allotted', in_actor, v_now
      FROM stock_shards s JOIN items i ON i.id = s.item_id
     WHERE i.sale_id = in_sale_id AND i.position > v_last_position AND s.available > 0;
    UPDATE sales SET changed_at = v_now WHERE id = in_sale_id;
  END IF;
  COMMIT;

  SELECT v_outcome AS outcome, v_items AS items_added;
END add_items$$

DELIMITER ;

GRANT EXECUTE ON PROCEDURE add_items TO doorbuster_admin@'%';
