-- duplicate_sale: a new draft with the items and the rules of another sale, each item with the units that it has been allotted there so far.
-- Where members come first, they do by as much as there. Access codes are of one sale: none comes along.
--
-- Outcomes, first match wins:
--   not_allowed   the member may not change sales
--   no_such_sale  no sale of this number, or another shop's
--   not_finished  it is an import that still comes in
--   bad_times     the end is not after the start
--   duplicated    sale_id is the number of the new one
--
-- Answers one row: outcome, sale_id. Times are UTC.
-- Locks: the new sale and what is in it. The old one is only read.
-- Called by store.DuplicateSale. Proved by testdata/sql/duplicate_sale.test.

DROP PROCEDURE IF EXISTS duplicate_sale;

DELIMITER $$

CREATE DEFINER = doorbuster_owner@localhost PROCEDURE duplicate_sale(
    IN in_staff_id  BIGINT UNSIGNED,
    IN in_sale_id   BIGINT UNSIGNED,
    IN in_title     VARCHAR(200),
    IN in_opens_at  DATETIME(6),
    IN in_closes_at DATETIME(6),
    IN in_move_id   BINARY(16),
    IN in_actor     VARCHAR(100)
  )
  COMMENT 'Makes a draft like another sale. Returns one row: outcome, sale_id.'
  MODIFIES SQL DATA
  SQL SECURITY DEFINER
duplicate_sale: BEGIN
  DECLARE v_outcome, v_state VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin;
  DECLARE v_shop_id, v_sale_id BIGINT UNSIGNED;
  DECLARE v_allowed BOOLEAN;
  DECLARE v_now DATETIME(6);
  DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

  CALL check_staff(in_staff_id, 'sell', in_actor, v_shop_id, v_allowed);
  SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
  START TRANSACTION;
  SELECT state INTO v_state FROM sales WHERE id = in_sale_id AND v_allowed AND (v_shop_id IS NULL OR shop_id = v_shop_id);
  SET v_now = UTC_TIMESTAMP(6);
  SET v_outcome = CASE
    WHEN NOT v_allowed               THEN 'not_allowed'
    WHEN v_state IS NULL             THEN 'no_such_sale'
    WHEN v_state = 'importing'       THEN 'not_finished'
    WHEN in_closes_at <= in_opens_at THEN 'bad_times'
    ELSE 'duplicated' END;
  IF v_outcome = 'duplicated' THEN
    INSERT INTO sales (shop_id, title, description, opens_at, closes_at, time_zone, state, takes_payment, changed_at, created_at,
                       limit_per_user, hold_minutes, extension_minutes, members_open_at)
    SELECT shop_id, in_title, description, in_opens_at, in_closes_at, time_zone, 'draft', takes_payment, v_now, v_now,
           limit_per_user, hold_minutes, extension_minutes, in_opens_at - INTERVAL TIMESTAMPDIFF(MICROSECOND, members_open_at, opens_at) MICROSECOND
      FROM sales WHERE id = in_sale_id;
    SET v_sale_id = LAST_INSERT_ID();
    INSERT INTO items (sale_id, position, sku, title, body, vendor, image_url, price_cents, list_price_cents, currency, units_allotted,
                       limit_per_user, hold_minutes, extension_minutes, fairness, shards)
    SELECT v_sale_id, position, sku, title, body, vendor, image_url, price_cents, list_price_cents, currency, units_allotted,
           limit_per_user, hold_minutes, extension_minutes, fairness, shards
      FROM items WHERE sale_id = in_sale_id;
    CALL allot_items(v_sale_id, 0, in_move_id, in_actor, v_now);
    INSERT INTO sale_log (sale_id, shop_id, action, detail, reason, actor, staff_id, made_at)
    VALUES (v_sale_id, (SELECT shop_id FROM sales WHERE id = v_sale_id), 'duplicated', CONCAT('from sale ', in_sale_id, ': ', in_title), '', in_actor, in_staff_id, v_now);
  END IF;
  COMMIT;

  SELECT v_outcome AS outcome, v_sale_id AS sale_id;
END duplicate_sale$$

DELIMITER ;

GRANT EXECUTE ON PROCEDURE duplicate_sale TO doorbuster_admin@'%';
