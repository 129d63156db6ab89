-- create_sale: a new sale without items, as a draft or as an import that is still coming in.
--
-- It belongs to the shop of the member who makes it; what an operator makes, to shop 1.
--
-- Outcomes, first match wins:
--   not_allowed  the member may not change sales
--   bad_times    the end is not after the start
--   created      sale_id is its number
--
-- Answers one row: outcome, sale_id. Times are UTC.
-- Locks: the new sale.
-- Called by store.CreateSale. Proved by testdata/sql/create_sale.test and staff_rights.test.

DROP PROCEDURE IF EXISTS create_sale;

DELIMITER $$

CREATE DEFINER = doorbuster_owner@localhost PROCEDURE create_sale(
    IN in_staff_id      BIGINT UNSIGNED,
    IN in_title         VARCHAR(200),
    IN in_description   VARCHAR(4000),
    IN in_opens_at      DATETIME(6),
    IN in_closes_at     DATETIME(6),
    IN in_time_zone     VARCHAR(64),
    IN in_takes_payment BOOLEAN,
    IN in_importing     BOOLEAN,
    IN in_actor         VARCHAR(100)
  )
  COMMENT 'Creates a sale without items. Returns one row: outcome, sale_id.'
  MODIFIES SQL DATA
  SQL SECURITY DEFINER
create_sale: BEGIN
  DECLARE v_shop_id, v_sale_id BIGINT UNSIGNED;
  DECLARE v_allowed BOOLEAN;
  DECLARE v_now DATETIME(6) DEFAULT UTC_TIMESTAMP(6);
  DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

  CALL check_staff(in_staff_id, 'sell', in_actor, v_shop_id, v_allowed);
  SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
  START TRANSACTION;
  IF v_allowed AND in_closes_at > in_opens_at THEN
    INSERT INTO sales (shop_id, title, description, opens_at, closes_at, time_zone, state, takes_payment, changed_at, created_at)
    VALUES (COALESCE(v_shop_id, 1), in_title, in_description, in_opens_at, in_closes_at, in_time_zone, IF(in_importing, 'importing', 'draft'),
            in_takes_payment, v_now, v_now);
    SET v_sale_id = LAST_INSERT_ID();
    INSERT INTO sale_log (sale_id, shop_id, action, detail, reason, actor, staff_id, made_at)
    VALUES (v_sale_id, COALESCE(v_shop_id, 1), 'created', in_title, '', in_actor, in_staff_id, v_now);
  END IF;
  COMMIT;

  SELECT CASE WHEN NOT v_allowed THEN 'not_allowed' WHEN v_sale_id IS NULL THEN 'bad_times' ELSE 'created' END AS outcome, v_sale_id AS sale_id;
END create_sale$$

DELIMITER ;

GRANT EXECUTE ON PROCEDURE create_sale TO doorbuster_admin@'%';
