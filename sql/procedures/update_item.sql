-- update_item: an item of a draft becomes what the merchant says. What a purchase depends on is fixed once the sale is published.
--
-- in_edits is items.edits as the editor saw it: two who edit at once never overwrite each other without knowing. The units are the whole number: nobody
-- can have any of a draft yet. They are dealt out over the shards anew, and each difference has its line in the ledger.
--
-- Outcomes, first match wins:
--   not_allowed        the member may not change sales
--   no_such_item       no item of this number, or another shop's
--   not_a_draft        its sale is published already
--   changed_meanwhile  somebody has changed it since; nothing changed
--   duplicate_sku      another item of the sale has this SKU; nothing changed
--   updated            it is as said, and the log has a line of what is different now: none if nothing is
--
-- Answers one row: outcome, edits (NULL: no such item, or not allowed).
-- Locks: the sale, the item, every shard in rising order.
-- Called by store.UpdateItem. Proved by testdata/sql/update_item.test.

DROP PROCEDURE IF EXISTS update_item;

DELIMITER $$

CREATE DEFINER = doorbuster_owner@localhost PROCEDURE update_item(
    IN in_staff_id         BIGINT UNSIGNED,
    IN in_item_id          BIGINT UNSIGNED,
    IN in_edits            INT UNSIGNED,
    IN in_sku              VARCHAR(100),
    IN in_title            VARCHAR(200),
    IN in_body             VARCHAR(4000),
    IN in_vendor           VARCHAR(200),
    IN in_image_url        VARCHAR(500),
    IN in_price_cents      BIGINT,
    IN in_list_price_cents BIGINT,
    IN in_currency         CHAR(3),
    IN in_units            INT UNSIGNED,
    IN in_limit            SMALLINT UNSIGNED,
    IN in_hold             SMALLINT UNSIGNED,
    IN in_extension        SMALLINT UNSIGNED,
    IN in_move_id          BINARY(16),
    IN in_actor            VARCHAR(100)
  )
  COMMENT 'Changes an item of a draft. Returns one row: outcome, edits.'
  MODIFIES SQL DATA
  SQL SECURITY DEFINER
update_item: BEGIN
  DECLARE v_outcome, v_state VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin;
  DECLARE v_shop_id, v_sale_id BIGINT UNSIGNED;
  DECLARE v_allowed BOOLEAN;
  DECLARE v_edits INT UNSIGNED;
  DECLARE v_shards SMALLINT UNSIGNED;
  DECLARE v_taken BIGINT;
  DECLARE v_detail TEXT;
  DECLARE v_now DATETIME(6);
  DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;
  DECLARE EXIT HANDLER FOR 1062 BEGIN ROLLBACK; SELECT 'duplicate_sku' AS outcome, v_edits AS edits; END;

  CALL check_staff(in_staff_id, 'sell', in_actor, v_shop_id, v_allowed);
  SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
  START TRANSACTION;
  SELECT i.sale_id INTO v_sale_id FROM items i JOIN sales s ON s.id = i.sale_id
   WHERE i.id = in_item_id AND v_allowed AND (v_shop_id IS NULL OR s.shop_id = v_shop_id);
  SELECT state INTO v_state FROM sales WHERE id = v_sale_id FOR UPDATE;
  SELECT edits, shards INTO v_edits, v_shards FROM items WHERE id = in_item_id AND sale_id = v_sale_id FOR UPDATE;
  SELECT SUM(available) INTO v_taken FROM stock_shards WHERE item_id = in_item_id AND v_edits IS NOT NULL FOR UPDATE;
  SET v_now = UTC_TIMESTAMP(6);
  SET v_outcome = CASE
    WHEN NOT v_allowed       THEN 'not_allowed'
    WHEN v_edits IS NULL     THEN 'no_such_item'
    WHEN v_state <> 'draft'  THEN 'not_a_draft'
    WHEN v_edits <> in_edits THEN 'changed_meanwhile'
    ELSE 'updated' END;
  IF v_outcome = 'updated' THEN
    SELECT CONCAT_WS('; ',
             IF(sku COLLATE utf8mb4_bin = in_sku, NULL, CONCAT('SKU: ', sku, ' -> ', in_sku)),
             IF(title COLLATE utf8mb4_bin = in_title, NULL, CONCAT('title: ', title, ' -> ', in_title)),
             IF(price_cents = in_price_cents AND currency = in_currency, NULL,
                CONCAT('price: ', price_cents, ' ', currency, ' -> ', in_price_cents, ' ', in_currency)),
             IF(list_price_cents <=> in_list_price_cents, NULL,
                CONCAT('list price: ', COALESCE(list_price_cents, 'none'), ' -> ', COALESCE(in_list_price_cents, 'none'))),
             IF(units_allotted = in_units, NULL, CONCAT('units: ', units_allotted, ' -> ', in_units)),
             IF(limit_per_user = in_limit, NULL, CONCAT('limit: ', limit_per_user, ' -> ', in_limit)),
             IF(hold_minutes = in_hold, NULL, CONCAT('hold: ', hold_minutes, ' -> ', in_hold, ' min')),
             IF(extension_minutes = in_extension, NULL, CONCAT('extension: ', extension_minutes, ' -> ', in_extension, ' min')),
             IF(vendor COLLATE utf8mb4_bin = in_vendor, NULL, CONCAT('vendor: ', LEFT(vendor, 60), ' -> ', LEFT(in_vendor, 60))),
             IF(image_url COLLATE utf8mb4_bin = in_image_url, NULL, CONCAT('picture: ', LEFT(image_url, 100), ' -> ', LEFT(in_image_url, 100))),
             IF(body COLLATE utf8mb4_bin = in_body, NULL, CONCAT('description: ', LEFT(body, 60), ' -> ', LEFT(in_body, 60))))
      INTO v_detail FROM items WHERE id = in_item_id;
    IF v_detail <> '' THEN
      UPDATE items SET sku = in_sku, title = in_title, body = in_body, vendor = in_vendor, image_url = in_image_url, price_cents = in_price_cents,
             list_price_cents = in_list_price_cents, currency = in_currency, units_allotted = in_units, limit_per_user = in_limit, hold_minutes = in_hold,
             extension_minutes = in_extension, edits = edits + 1
       WHERE id = in_item_id;
      SET v_edits = v_edits + 1;
      INSERT INTO stock_moves (move_id, line, item_id, shard, order_id, units, from_account, to_account, reason, actor, moved_at)
      SELECT in_move_id, k.shard, in_item_id, k.shard, NULL, ABS(k.difference), IF(k.difference > 0, 'outside', 'available'), IF(k.difference > 0, 'available', 'outside'),
             'edited', in_actor, v_now
        FROM (SELECT shard, CAST(in_units DIV v_shards + (shard < in_units MOD v_shards) AS SIGNED) - available AS difference FROM stock_shards WHERE item_id = in_item_id) k
       WHERE k.difference <> 0;
      UPDATE stock_shards SET version = version + (available < in_units DIV v_shards + (shard < in_units MOD v_shards)),
                              available = in_units DIV v_shards + (shard < in_units MOD v_shards)
       WHERE item_id = in_item_id;
      UPDATE sales SET changed_at = v_now WHERE id = v_sale_id;
      INSERT INTO sale_log (sale_id, shop_id, action, detail, reason, actor, staff_id, made_at)
      VALUES (v_sale_id, (SELECT shop_id FROM sales WHERE id = v_sale_id), 'item_edited', LEFT(CONCAT('item ', in_item_id, ': ', v_detail), 1000), '', in_actor, in_staff_id, v_now);
    END IF;
  END IF;
  COMMIT;

  SELECT v_outcome AS outcome, v_edits AS edits;
END update_item$$

DELIMITER ;

GRANT EXECUTE ON PROCEDURE update_item TO doorbuster_admin@'%';
