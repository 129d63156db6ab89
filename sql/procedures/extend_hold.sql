-- extend_hold: a shopper asks for more time to pay, once, if the item allows it.
--
-- Outcomes, first match wins:
--   no_such_order     no order of this number, or it is another shopper's: the two are not told apart
--   not_held          it is paid, was cancelled, has expired or was refunded
--   hold_ended        its hold has ended by the clock of the database, even if no worker has expired it yet
--   not_extendable    the item gives no extension
--   already_extended  it was extended before; nothing changes
--   extended          the hold ends items.extension_minutes later than it would have
--
-- Answers one row: outcome, state, hold_expires_at.
-- Locks: the order.
-- Called by store.ExtendHold. Proved by testdata/sql/extend_hold.test.

DROP PROCEDURE IF EXISTS extend_hold;

DELIMITER $$

CREATE DEFINER = doorbuster_owner@localhost PROCEDURE extend_hold(
    IN in_order_id BINARY(16),
    IN in_user_id  BIGINT UNSIGNED,
    IN in_move_id  BINARY(16)
  )
  COMMENT 'Lets a hold end later, once. Returns one row: outcome, state, hold_expires_at.'
  MODIFIES SQL DATA
  SQL SECURITY DEFINER
extend_hold: BEGIN
  DECLARE v_state, v_outcome VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin;
  DECLARE v_item_id BIGINT UNSIGNED;
  DECLARE v_minutes SMALLINT UNSIGNED;
  DECLARE v_extended BOOLEAN;
  DECLARE v_now, v_hold_expires_at DATETIME(6);
  DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

  SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
  START TRANSACTION;
  SELECT state, item_id, hold_expires_at, extended INTO v_state, v_item_id, v_hold_expires_at, v_extended
    FROM orders WHERE id = in_order_id AND user_id = in_user_id FOR UPDATE;
  SELECT extension_minutes INTO v_minutes FROM items WHERE id = v_item_id;
  SET v_now = UTC_TIMESTAMP(6);
  SET v_outcome = CASE
    WHEN v_state IS NULL            THEN 'no_such_order'
    WHEN v_state <> 'held'          THEN 'not_held'
    WHEN v_now >= v_hold_expires_at THEN 'hold_ended'
    WHEN v_minutes = 0              THEN 'not_extendable'
    WHEN v_extended                 THEN 'already_extended'
    ELSE 'extended' END;

  IF v_outcome = 'extended' THEN
    SET v_hold_expires_at = v_hold_expires_at + INTERVAL v_minutes MINUTE;
    UPDATE orders SET hold_expires_at = v_hold_expires_at, extended = TRUE WHERE id = in_order_id AND state = 'held';
    INSERT INTO outbox (move_id, kind, item_id, order_ids, made_at)
    VALUES (in_move_id, 'order_extended', v_item_id, JSON_ARRAY(HEX(in_order_id)), v_now);
  END IF;
  COMMIT;

  SELECT v_outcome AS outcome, v_state AS state, v_hold_expires_at AS hold_expires_at;
END extend_hold$$

DELIMITER ;

GRANT EXECUTE ON PROCEDURE extend_hold TO doorbuster_web@'%';
