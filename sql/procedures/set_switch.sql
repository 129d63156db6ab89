-- set_switch: a plan B setting is turned on or off, in force on every node within a second.
--
-- Outcomes, first match wins:
--   not_allowed  the member may not turn switches
--   set          it is as asked
--
-- An unknown name is a fault (1265 or 4025), not an outcome: the callers know the names.
-- Answers one row: outcome, is_on (NULL unless set).
-- Locks: the switch.
-- Called by store.SetSwitch. Proved by testdata/sql/set_switch.test and staff_rights.test.

DROP PROCEDURE IF EXISTS set_switch;

DELIMITER $$

CREATE DEFINER = doorbuster_owner@localhost PROCEDURE set_switch(
    IN in_staff_id BIGINT UNSIGNED,
    IN in_name     VARCHAR(50),
    IN in_is_on    BOOLEAN,
    IN in_actor    VARCHAR(100),
    IN in_reason   VARCHAR(200)
  )
  COMMENT 'Turns a switch on or off. Returns one row: outcome, is_on.'
  MODIFIES SQL DATA
  SQL SECURITY DEFINER
set_switch: BEGIN
  DECLARE v_shop_id BIGINT UNSIGNED; -- of no interest: a switch is the whole installation's
  DECLARE v_allowed BOOLEAN;
  DECLARE v_was_on BOOLEAN DEFAULT FALSE; -- a switch that was never turned is off
  DECLARE v_now DATETIME(6) DEFAULT UTC_TIMESTAMP(6);
  DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;
  DECLARE EXIT HANDLER FOR 1265 BEGIN ROLLBACK; RESIGNAL; END; -- "data truncated" has SQLSTATE 01000 and is no SQLEXCEPTION

  CALL check_staff(in_staff_id, 'sell', in_actor, v_shop_id, v_allowed);
  SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
  START TRANSACTION;
  IF v_allowed THEN
    SELECT is_on INTO v_was_on FROM switches WHERE name = in_name FOR UPDATE;
    INSERT INTO switches (name, is_on, reason, actor, changed_at) VALUES (in_name, in_is_on, in_reason, in_actor, v_now)
        ON DUPLICATE KEY UPDATE is_on = in_is_on, reason = in_reason, actor = in_actor, changed_at = v_now;
    INSERT INTO sale_log (sale_id, shop_id, action, detail, reason, actor, staff_id, made_at)
    VALUES (NULL, NULL, 'switched', CONCAT(in_name, ': from ', IF(v_was_on, 'on', 'off'), ' to ', IF(in_is_on, 'on', 'off')), in_reason, in_actor, in_staff_id, v_now);
  END IF;
  COMMIT;

  SELECT IF(v_allowed, 'set', 'not_allowed') AS outcome, IF(v_allowed, in_is_on, NULL) AS is_on;
END set_switch$$

DELIMITER ;

GRANT EXECUTE ON PROCEDURE set_switch TO doorbuster_admin@'%';
