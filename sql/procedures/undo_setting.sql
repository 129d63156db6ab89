-- undo_setting: a switch that was turned, a product that was archived or taken back, a webhook that was switched off or on, is as before. A step, never called
-- alone.
--
-- in_thing is sale_log.thing, in_was how it was before. Sets out_outcome, first match wins:
--   not_allowed        the switch is for every shop, and the member's is one of several; or the webhook is told of every shop, which is the operators'
--   already_undone     taken back before
--   changed_meanwhile  it is not as the line left it
--   undone             it is as it was
-- Answers nothing. The caller has opened the transaction, knows that the member may, and writes the line of the log.
-- Locks: the switch, or the product, or the webhook and then its deliveries.
-- Called by undo_act. Proved by testdata/sql/undo_setting.test and undo_act.test.

DROP PROCEDURE IF EXISTS undo_setting;

DELIMITER $$

CREATE DEFINER = doorbuster_owner@localhost PROCEDURE undo_setting(
    IN in_shop_id   BIGINT UNSIGNED,
    IN in_log_id    BIGINT UNSIGNED,
    IN in_thing     VARCHAR(80) CHARACTER SET ascii COLLATE ascii_bin,
    IN in_was       VARCHAR(200),
    IN in_reason    VARCHAR(200),
    IN in_actor     VARCHAR(100),
    OUT out_outcome VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin
  )
  COMMENT 'Step of undo_act: a switch, a product or a webhook is as before. Returns nothing.'
  MODIFIES SQL DATA
  SQL SECURITY DEFINER
undo_setting: BEGIN
  DECLARE v_kind VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin DEFAULT SUBSTRING_INDEX(in_thing, ' ', 1);
  DECLARE v_name VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin DEFAULT SUBSTRING_INDEX(SUBSTRING_INDEX(in_thing, ' ', 2), ' ', -1); -- of a switch; else a number
  DECLARE v_value VARCHAR(30) CHARACTER SET ascii COLLATE ascii_bin;
  DECLARE v_of_shop, v_item_id BIGINT UNSIGNED;
  DECLARE v_others, v_rate BOOLEAN DEFAULT FALSE;
  DECLARE v_now DATETIME(6);

  IF v_kind = 'switch' THEN
    SET v_of_shop = SUBSTRING_INDEX(SUBSTRING_INDEX(in_thing, ' ', 3), ' ', -1), v_item_id = SUBSTRING_INDEX(in_thing, ' ', -1), v_rate = v_name = 'admission_rate';
    SELECT EXISTS (SELECT 1 FROM sales s WHERE s.shop_id <> in_shop_id) OR EXISTS (SELECT 1 FROM staff m WHERE m.shop_id <> in_shop_id) INTO v_others;
    SELECT CASE WHEN NOT is_on THEN 'off' WHEN v_rate THEN CONCAT(value, ' a second') ELSE 'on' END INTO v_value
      FROM switches WHERE name = v_name AND shop_id = v_of_shop AND item_id = v_item_id FOR UPDATE;
  ELSEIF v_kind = 'product' THEN
    SELECT state INTO v_value FROM products WHERE id = v_name FOR UPDATE;
  ELSE
    SELECT state, shop_id INTO v_value, v_of_shop FROM webhook_endpoints WHERE id = v_name FOR UPDATE;
  END IF;
  SET v_now = UTC_TIMESTAMP(6);
  CALL check_undo(in_log_id, v_value, out_outcome);
  IF v_of_shop = 0 AND in_shop_id IS NOT NULL AND (v_kind = 'webhook' OR v_others) THEN
    SET out_outcome = 'not_allowed';
  ELSEIF out_outcome = 'undone' AND v_kind = 'switch' THEN
    UPDATE switches SET is_on = in_was <> 'off', value = IF(v_rate AND in_was <> 'off', SUBSTRING_INDEX(in_was, ' ', 1), 0), reason = in_reason, actor = in_actor, changed_at = v_now
     WHERE name = v_name AND shop_id = v_of_shop AND item_id = v_item_id;
  ELSEIF out_outcome = 'undone' AND v_kind = 'product' THEN
    UPDATE products SET state = in_was, changed_at = v_now WHERE id = v_name;
  ELSEIF out_outcome = 'undone' THEN
    UPDATE webhook_endpoints SET state = in_was, reason = in_reason, failures = 0, asked_until = NULL, changed_at = v_now WHERE id = v_name;
    IF in_was = 'active' THEN -- as set_webhook_state: the pauses begin anew
      UPDATE webhook_deliveries SET next_at = v_now, tries = 0 WHERE endpoint_id = v_name AND state = 'due';
    END IF;
  END IF;
END undo_setting$$

DELIMITER ;

GRANT EXECUTE ON PROCEDURE undo_setting TO doorbuster_owner@localhost;
