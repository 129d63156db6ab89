-- set_switch: a plan B setting is turned on or off, in force on every node within a second.
--
-- Outcomes: set. An unknown name is a fault (1265 or 4025), not an outcome: the callers know the names.
--
-- Answers one row: outcome, is_on.
-- Locks: the switch.
-- Called by store.SetSwitch. Proved by testdata/sql/set_switch.test.

DROP PROCEDURE IF EXISTS set_switch;

DELIMITER $$

CREATE DEFINER = doorbuster_owner@localhost PROCEDURE set_switch(
    IN in_name   VARCHAR(50),
    IN in_is_on  BOOLEAN,
    IN in_actor  VARCHAR(100),
    IN in_reason VARCHAR(200)
  )
  COMMENT 'Turns a switch on or off. Returns one row: outcome, is_on.'
  MODIFIES SQL DATA
  SQL SECURITY DEFINER
set_switch: BEGIN
  DECLARE v_now DATETIME(6) DEFAULT UTC_TIMESTAMP(6);
  DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;
  DECLARE EXIT HANDLER FOR 1265 BEGIN ROLLBACK; RESIGNAL; END; -- "data truncated" has SQLSTATE 01000 and is no SQLEXCEPTION

  SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
  START TRANSACTION;
  INSERT INTO switches (name, is_on, reason, actor, changed_at) VALUES (in_name, in_is_on, in_reason, in_actor, v_now)
      ON DUPLICATE KEY UPDATE is_on = in_is_on, reason = in_reason, actor = in_actor, changed_at = v_now;
  INSERT INTO sale_log (sale_id, action, detail, reason, actor, made_at)
  VALUES (NULL, 'switched', CONCAT(in_name, IF(in_is_on, ' on', ' off')), in_reason, in_actor, v_now);
  COMMIT;

  SELECT 'set' AS outcome, in_is_on AS is_on;
END set_switch$$

DELIMITER ;

GRANT EXECUTE ON PROCEDURE set_switch TO doorbuster_admin@'%';
