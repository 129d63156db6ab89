-- buy_unit: takes a unit that nobody has locked. The search starts at a unit chosen at random and wraps once, so that buyers neither meet
-- at the same row nor walk over what was just deleted. "Sold out" is said only after waiting for units that others hold: they may let go.
--
-- Answers one row: outcome (placed, already_ordered or sold_out).
CREATE PROCEDURE buy_unit(
    IN in_order_id    BINARY(16),
    IN in_item_id     BIGINT UNSIGNED,
    IN in_user_id     BIGINT UNSIGNED,
    IN in_price_cents BIGINT,
    IN in_start       INT UNSIGNED
  )
  MODIFIES SQL DATA
buy_unit: BEGIN
  DECLARE v_unit INT UNSIGNED;
  DECLARE v_now DATETIME(6) DEFAULT UTC_TIMESTAMP(6);
  DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;
  DECLARE EXIT HANDLER FOR 1062 BEGIN ROLLBACK; SELECT 'already_ordered' AS outcome; END;

  START TRANSACTION;
  SELECT unit INTO v_unit FROM units WHERE item_id = in_item_id AND unit >= in_start ORDER BY unit LIMIT 1 FOR UPDATE SKIP LOCKED;
  IF v_unit IS NULL THEN
    SELECT unit INTO v_unit FROM units WHERE item_id = in_item_id ORDER BY unit LIMIT 1 FOR UPDATE SKIP LOCKED;
  END IF;
  IF v_unit IS NULL THEN
    SELECT unit INTO v_unit FROM units WHERE item_id = in_item_id ORDER BY unit LIMIT 1 FOR UPDATE;
  END IF;
  IF v_unit IS NULL THEN
    ROLLBACK;
    SELECT 'sold_out' AS outcome;
    LEAVE buy_unit;
  END IF;
  DELETE FROM units WHERE item_id = in_item_id AND unit = v_unit;
  INSERT INTO orders (id, item_id, user_id, units, unit_price_cents, state, placed_at, hold_expires_at)
  VALUES (in_order_id, in_item_id, in_user_id, 1, in_price_cents, 'held', v_now, v_now + INTERVAL 10 MINUTE);
  COMMIT;
  SELECT 'placed' AS outcome;
END
