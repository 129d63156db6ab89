-- publish_sale: a draft becomes visible and sells from its opening on.
--
-- Outcomes, first match wins:
--   not_allowed   the member may not change sales
--   no_such_sale  no sale of this number, or another shop's
--   not_a_draft   it is published already, or still importing
--   no_items      there is nothing to sell
--   no_units      an item has no units
--   closes_past   its end has passed
--   members_past  the time at which members come in has passed
--   no_codes      members come first, and no access code could let one in
--   published     shoppers see it
--
-- Answers one row: outcome, state.
-- Locks: the sale.
-- Called by store.PublishSale. Proved by testdata/sql/publish_sale.test and staff_rights.test.

DROP PROCEDURE IF EXISTS publish_sale;

DELIMITER $$

CREATE DEFINER = doorbuster_owner@localhost PROCEDURE publish_sale(
    IN in_staff_id BIGINT UNSIGNED,
    IN in_sale_id  BIGINT UNSIGNED,
    IN in_actor    VARCHAR(100)
  )
  COMMENT 'Publishes a draft. Returns one row: outcome, state.'
  MODIFIES SQL DATA
  SQL SECURITY DEFINER
publish_sale: BEGIN
  DECLARE v_outcome, v_state VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin;
  DECLARE v_shop_id BIGINT UNSIGNED;
  DECLARE v_allowed BOOLEAN;
  DECLARE v_closes_at, v_members_at, v_now DATETIME(6);
  DECLARE v_items, v_empty_items INT DEFAULT 0;
  DECLARE v_codes BIGINT DEFAULT 0;
  DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

  CALL check_staff(in_staff_id, 'sell', in_actor, v_shop_id, v_allowed);
  SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
  START TRANSACTION;
  SELECT state, closes_at, members_open_at, shop_id INTO v_state, v_closes_at, v_members_at, v_shop_id FROM sales WHERE id = in_sale_id AND v_allowed AND (v_shop_id IS NULL OR shop_id = v_shop_id) FOR UPDATE;
  SELECT COUNT(*), COALESCE(SUM(units_allotted = 0), 0) INTO v_items, v_empty_items FROM items WHERE sale_id = in_sale_id;
  SELECT COUNT(*) INTO v_codes FROM access_codes WHERE sale_id = in_sale_id AND v_members_at IS NOT NULL AND revoked_at IS NULL AND uses < uses_allowed;
  SET v_now = UTC_TIMESTAMP(6);
  SET v_outcome = CASE
    WHEN NOT v_allowed       THEN 'not_allowed'
    WHEN v_state IS NULL     THEN 'no_such_sale'
    WHEN v_state <> 'draft'  THEN 'not_a_draft'
    WHEN v_items = 0         THEN 'no_items'
    WHEN v_empty_items > 0   THEN 'no_units'
    WHEN v_closes_at <= v_now THEN 'closes_past'
    WHEN v_members_at <= v_now THEN 'members_past'
    WHEN v_members_at IS NOT NULL AND v_codes = 0 THEN 'no_codes'
    ELSE 'published' END;
  IF v_outcome = 'published' THEN
    UPDATE sales SET state = 'published', changed_at = v_now WHERE id = in_sale_id;
    INSERT INTO sale_log (sale_id, shop_id, action, detail, reason, actor, staff_id, made_at)
    VALUES (in_sale_id, v_shop_id, 'published', CONCAT('from draft to published, ', v_items, ' items'), '', in_actor, in_staff_id, v_now);
    SET v_state = 'published';
  END IF;
  COMMIT;

  SELECT v_outcome AS outcome, v_state AS state;
END publish_sale$$

DELIMITER ;

GRANT EXECUTE ON PROCEDURE publish_sale TO doorbuster_admin@'%';
