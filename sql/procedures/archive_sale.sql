-- archive_sale: a sale that is over leaves the tabs of the list, or comes back to them. It changes nothing else: shoppers see it as before.
--
-- A draft is not archived: who does not want it discards it. A sale that is over and sells again, because its end was moved, is in its tab whether archived or not.
--
-- Outcomes, first match wins:
--   not_allowed       the member may not change sales
--   no_such_sale      no sale of this number, or another shop's
--   already_archived  archived before (in_archived); nothing changed
--   not_archived      not archived (not in_archived); nothing changed
--   not_over          it has not ended yet (in_archived)
--   archived          it is in the tab "archived"
--   unarchived        it is in the tab "over" again
--
-- Answers one row: outcome.
-- Locks: the sale.
-- Called by store.ArchiveSale. Proved by testdata/sql/archive_sale.test.

DROP PROCEDURE IF EXISTS archive_sale;

DELIMITER $$

CREATE DEFINER = doorbuster_owner@localhost PROCEDURE archive_sale(
    IN in_staff_id BIGINT UNSIGNED,
    IN in_sale_id  BIGINT UNSIGNED,
    IN in_archived BOOLEAN,
    IN in_actor    VARCHAR(100)
  )
  COMMENT 'Puts a sale that is over away, or takes it out again. Returns one row: outcome.'
  MODIFIES SQL DATA
  SQL SECURITY DEFINER
archive_sale: BEGIN
  DECLARE v_outcome, v_state VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin;
  DECLARE v_shop_id BIGINT UNSIGNED;
  DECLARE v_allowed BOOLEAN;
  DECLARE v_closes_at, v_archived_at, v_now DATETIME(6);
  DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

  CALL check_staff(in_staff_id, 'sell', in_actor, v_shop_id, v_allowed);
  SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
  START TRANSACTION;
  SELECT state, closes_at, archived_at INTO v_state, v_closes_at, v_archived_at
    FROM sales WHERE id = in_sale_id AND v_allowed AND (v_shop_id IS NULL OR shop_id = v_shop_id) FOR UPDATE;
  SET v_now = UTC_TIMESTAMP(6);
  SET v_outcome = CASE
    WHEN NOT v_allowed                                  THEN 'not_allowed'
    WHEN v_state IS NULL                                THEN 'no_such_sale'
    WHEN in_archived AND v_archived_at IS NOT NULL      THEN 'already_archived'
    WHEN NOT in_archived AND v_archived_at IS NULL      THEN 'not_archived'
    WHEN NOT in_archived                                THEN 'unarchived'
    WHEN v_state IN ('importing', 'draft') OR (v_state <> 'ended' AND v_closes_at > v_now) THEN 'not_over'
    ELSE 'archived' END;
  IF v_outcome IN ('archived', 'unarchived') THEN
    UPDATE sales SET archived_at = IF(in_archived, v_now, NULL) WHERE id = in_sale_id;
    INSERT INTO sale_log (sale_id, shop_id, action, detail, reason, actor, staff_id, made_at, thing, was, became)
    VALUES (in_sale_id, (SELECT shop_id FROM sales WHERE id = in_sale_id), v_outcome, '', '', in_actor, in_staff_id, v_now,
            CONCAT('sale ', in_sale_id, ' archive'), IF(in_archived, 'unarchived', 'archived'), v_outcome);
  END IF;
  COMMIT;

  SELECT v_outcome AS outcome;
END archive_sale$$

DELIMITER ;

GRANT EXECUTE ON PROCEDURE archive_sale TO doorbuster_admin@'%';
