-- set_switch: a plan B setting is turned on or off, or its number is changed; in force on every node within a second.
--
-- in_item_id is the item that it is for; 0 or NULL: all items. Then it is for the shop that an operator names in in_shop_id, or for every shop (0 or NULL); for
-- every shop, too, if a member turns it whose shop is the only one there is (but for what is on for his shop alone); else for the shop of the member. read_only stops accounts too, which belong to no shop: it is for all, and one shop of several cannot turn it.
-- in_value is the number of admission_rate: presses a second that each web server lets through. Others have none.
-- in_seen is what the caller saw: 0 off, 1 on, of admission_rate its number. NULL: it does not matter.
--
-- Outcomes, first match wins:
--   not_allowed   the member may not turn switches, or not this one
--   no_such_item  no item of this number, or another shop's
--   bad_rate      not a number of presses from 1 to 1000000
--   already_set   it is so already; who turned it, when and why stays as it was
--   changed       it is not as the caller saw it; nothing changes
--   set           it is as asked
--
-- Answers one row: outcome, is_on, value, seen (the last three as it is now; NULL when not_allowed, no_such_item or bad_rate), before (as in_seen, what it was).
-- An unknown name, and read_only of an item or of one shop, is a fault (1265, 3819 or 4025), not an outcome: the callers know the names.
-- It is the web servers that refuse, from memory. Who must be sure that this instant is the last one at which something was sold pauses or ends the sale.
-- Locks: the switch, alone.
-- Called by store.SetSwitch. Proved by testdata/sql/set_switch.test and staff_rights.test.

DROP PROCEDURE IF EXISTS set_switch;

DELIMITER $$

CREATE DEFINER = doorbuster_owner@localhost PROCEDURE set_switch(
    IN in_staff_id BIGINT UNSIGNED,
    IN in_name     VARCHAR(50) CHARACTER SET ascii COLLATE ascii_bin,
    IN in_shop_id  BIGINT UNSIGNED,
    IN in_item_id  BIGINT UNSIGNED,
    IN in_is_on    BOOLEAN,
    IN in_value    INT UNSIGNED,
    IN in_seen     INT UNSIGNED,
    IN in_actor    VARCHAR(100),
    IN in_reason   VARCHAR(200)
  )
  COMMENT 'Turns a switch of all items or of one on or off. Returns one row: outcome, is_on, value, seen, before.'
  MODIFIES SQL DATA
  SQL SECURITY DEFINER
set_switch: BEGIN
  DECLARE v_outcome VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin;
  DECLARE v_shop_id, v_sale_id BIGINT UNSIGNED;
  DECLARE v_allowed, v_is_on BOOLEAN;
  DECLARE v_item_id BIGINT UNSIGNED DEFAULT COALESCE(in_item_id, 0);
  DECLARE v_value, v_was INT UNSIGNED; -- NULL: as long as nothing is known
  DECLARE v_from, v_to VARCHAR(30) CHARACTER SET ascii COLLATE ascii_bin;
  DECLARE v_now DATETIME(6) DEFAULT UTC_TIMESTAMP(6);
  DECLARE v_rate BOOLEAN DEFAULT in_name = 'admission_rate';
  DECLARE v_number INT UNSIGNED DEFAULT IF(in_name = 'admission_rate' AND in_is_on, COALESCE(in_value, 0), 0);
  DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;
  DECLARE EXIT HANDLER FOR 1265 BEGIN ROLLBACK; RESIGNAL; END; -- "data truncated" has SQLSTATE 01000 and is no SQLEXCEPTION

  CALL check_staff(in_staff_id, 'sell', in_actor, v_shop_id, v_allowed);
  SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
  START TRANSACTION;
  IF v_item_id > 0 THEN
    SELECT s.id, s.shop_id INTO v_sale_id, v_shop_id FROM items i JOIN sales s ON s.id = i.sale_id
     WHERE i.id = v_item_id AND v_allowed AND (v_shop_id IS NULL OR s.shop_id = v_shop_id);
  ELSEIF v_allowed THEN -- asked by a SELECT of its own: in the condition of an IF it would take locks
    SELECT CASE WHEN v_shop_id IS NULL THEN COALESCE(in_shop_id, 0)
                WHEN EXISTS (SELECT 1 FROM sales s WHERE s.shop_id <> v_shop_id) OR EXISTS (SELECT 1 FROM staff m WHERE m.shop_id <> v_shop_id) THEN v_shop_id
                WHEN EXISTS (SELECT 1 FROM switches w WHERE w.name = in_name AND w.shop_id = v_shop_id AND w.item_id = 0 AND w.is_on = 1) THEN v_shop_id
                ELSE 0 END INTO v_shop_id;
  END IF;

  IF NOT v_allowed OR in_staff_id IS NOT NULL AND in_name = 'read_only' AND v_item_id = 0 AND v_shop_id > 0 THEN
    SET v_outcome = 'not_allowed';
  ELSEIF v_item_id > 0 AND v_sale_id IS NULL THEN
    SET v_outcome = 'no_such_item';
  ELSEIF v_rate AND in_is_on AND v_number NOT BETWEEN 1 AND 1000000 THEN
    SET v_outcome = 'bad_rate';
  ELSE
    -- A row that is not there cannot be locked: make it, off, and so wait for whoever makes it at the same time.
    INSERT INTO switches (name, shop_id, item_id, is_on, value, reason, actor, changed_at) VALUES (in_name, v_shop_id, v_item_id, FALSE, 0, '', in_actor, v_now)
        ON DUPLICATE KEY UPDATE name = in_name;
    SELECT is_on, value INTO v_is_on, v_value FROM switches WHERE name = in_name AND shop_id = v_shop_id AND item_id = v_item_id FOR UPDATE;
    SET v_was = IF(v_is_on, GREATEST(v_value, 1), 0);
    IF v_is_on = in_is_on AND v_value = v_number THEN
      SET v_outcome = 'already_set';
    ELSEIF in_seen <> v_was THEN
      SET v_outcome = 'changed';
    ELSE
      SET v_from = CASE WHEN NOT v_is_on THEN 'off' WHEN v_rate THEN CONCAT(v_value, ' a second') ELSE 'on' END,
          v_to = CASE WHEN NOT in_is_on THEN 'off' WHEN v_rate THEN CONCAT(v_number, ' a second') ELSE 'on' END;
      UPDATE switches SET is_on = in_is_on, value = v_number, reason = in_reason, actor = in_actor, changed_at = UTC_TIMESTAMP(6)
       WHERE name = in_name AND shop_id = v_shop_id AND item_id = v_item_id;
      INSERT INTO sale_log (sale_id, shop_id, action, detail, reason, actor, staff_id, made_at, thing, was, became)
      VALUES (v_sale_id, COALESCE((SELECT shop_id FROM sales WHERE id = v_sale_id), NULLIF(v_shop_id, 0)), 'switched',
              CONCAT(in_name, IF(v_item_id > 0, CONCAT(' of item ', v_item_id), IF(v_shop_id > 0, CONCAT(' of shop ', v_shop_id), '')), ': from ', v_from, ' to ', v_to),
              in_reason, in_actor, in_staff_id, UTC_TIMESTAMP(6), CONCAT('switch ', in_name, ' ', v_shop_id, ' ', v_item_id), v_from, v_to);
      SET v_outcome = 'set', v_is_on = in_is_on, v_value = v_number;
    END IF;
  END IF;
  IF v_outcome = 'set' THEN COMMIT; ELSE ROLLBACK; END IF; -- of a switch that stays off no row is left

  SELECT v_outcome AS outcome, v_is_on AS is_on, v_value AS value, IF(v_is_on, GREATEST(v_value, 1), v_is_on) AS seen, v_was AS `before`;
END set_switch$$

DELIMITER ;

GRANT EXECUTE ON PROCEDURE set_switch TO doorbuster_admin@'%';
