-- begin_rehearsal: staff have a copy of a sale played with simulated shoppers, who all want one of its items.
--
-- One rehearsal runs at a time, of the whole installation: its crowd would spoil the figures of another. Whoever plays one is heard of every second
-- (note_rehearsal); one that was silent for 30 seconds has lost its process, and is marked failed here.
--
-- Outcomes, first match wins:
--   not_allowed   the member may not
--   no_such_sale  no sale of this number, or another shop's
--   no_such_item  no such item in it, or one that has no units
--   bad_crowd     fewer than 1 or more than 20,000 shoppers, or fewer than 1 or more than 120 seconds
--   rehearsing    another rehearsal runs
--   begun         it runs: whoever called must play it now
--
-- Answers one row: outcome, rehearsal_id (NULL unless begun).
-- Locks: the rehearsal that runs.
-- Called by store.BeginRehearsal. Proved by testdata/sql/begin_rehearsal.test.

DROP PROCEDURE IF EXISTS begin_rehearsal;

DELIMITER $$

CREATE DEFINER = doorbuster_owner@localhost PROCEDURE begin_rehearsal(
    IN in_staff_id BIGINT UNSIGNED,
    IN in_actor    VARCHAR(100),
    IN in_sale_id  BIGINT UNSIGNED,
    IN in_item_id  BIGINT UNSIGNED,
    IN in_shoppers INT,
    IN in_seconds  INT
  )
  COMMENT 'Begins a rehearsal of a sale. Returns one row: outcome, rehearsal_id.'
  MODIFIES SQL DATA
  SQL SECURITY DEFINER
begin_rehearsal: BEGIN
  DECLARE v_outcome VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin;
  DECLARE v_shop_id, v_sale_id, v_item_id, v_rehearsal_id BIGINT UNSIGNED;
  DECLARE v_allowed, v_taken BOOLEAN DEFAULT FALSE;
  DECLARE v_now DATETIME(6) DEFAULT UTC_TIMESTAMP(6);
  DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

  CALL check_staff(in_staff_id, 'sell', in_actor, v_shop_id, v_allowed);
  SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
  START TRANSACTION;
  SELECT s.id INTO v_sale_id FROM sales s WHERE s.id = in_sale_id AND v_allowed AND (v_shop_id IS NULL OR s.shop_id = v_shop_id);
  SELECT i.id INTO v_item_id FROM items i WHERE i.id = in_item_id AND i.sale_id = v_sale_id AND i.units_allotted > 0;
  SET v_outcome = CASE
    WHEN NOT v_allowed THEN 'not_allowed'
    WHEN v_sale_id IS NULL THEN 'no_such_sale'
    WHEN v_item_id IS NULL THEN 'no_such_item'
    WHEN in_shoppers NOT BETWEEN 1 AND 20000 OR in_seconds NOT BETWEEN 1 AND 120 THEN 'bad_crowd'
    ELSE 'begun' END;
  IF v_outcome = 'begun' THEN
    UPDATE rehearsals SET state = 'failed', trouble = 'interrupted', ended_at = v_now WHERE running = 1 AND seen_at < v_now - INTERVAL 30 SECOND;
    BEGIN
      DECLARE CONTINUE HANDLER FOR 1062 SET v_taken = TRUE; -- rehearsals_run_one_at_a_time
      INSERT INTO rehearsals (sale_id, item_id, shoppers, seconds, state, phase, phase_done, phase_total, trouble, actor, staff_id, began_at, seen_at)
      VALUES (v_sale_id, v_item_id, in_shoppers, in_seconds, 'running', 'prepare', 0, 0, '', in_actor, in_staff_id, v_now, v_now);
    END;
    IF v_taken THEN
      SET v_outcome = 'rehearsing';
    ELSE
      SET v_rehearsal_id = LAST_INSERT_ID();
      INSERT INTO sale_log (sale_id, shop_id, action, detail, reason, actor, staff_id, made_at)
      VALUES (v_sale_id, (SELECT shop_id FROM sales WHERE id = v_sale_id), 'rehearsed', CONCAT('rehearsal ', v_rehearsal_id, ': ', in_shoppers, ' simulated shoppers in ', in_seconds, ' s at item ', v_item_id), '', in_actor,
              in_staff_id, v_now);
    END IF;
  END IF;
  COMMIT;

  SELECT v_outcome AS outcome, v_rehearsal_id AS rehearsal_id;
END begin_rehearsal$$

DELIMITER ;

GRANT EXECUTE ON PROCEDURE begin_rehearsal TO doorbuster_admin@'%';
