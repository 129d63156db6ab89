-- tell_shoppers: puts a message on the shoppers' pages of a sale and of its items; an empty one takes it down.
--
-- Outcomes, first match wins:
--   not_allowed        the member may not change sales
--   no_such_sale       no sale of this number, or another shop's
--   not_published      shoppers do not see it: it was never published
--   changed_meanwhile  it does not say in_message_seen any more: somebody else has changed it
--   repeated           it says so already; nothing changes
--   told               shoppers' pages say it within a second or so
--
-- Answers one row: outcome, message (as it stands afterwards).
-- Locks: the sale, exclusively, for an instant.
-- Called by store.TellShoppers. Proved by testdata/sql/tell_shoppers.test.

DROP PROCEDURE IF EXISTS tell_shoppers;

DELIMITER $$

CREATE DEFINER = doorbuster_owner@localhost PROCEDURE tell_shoppers(
    IN in_staff_id     BIGINT UNSIGNED,
    IN in_sale_id      BIGINT UNSIGNED,
    IN in_message_seen VARCHAR(200),
    IN in_message      VARCHAR(200),
    IN in_actor        VARCHAR(100),
    IN in_reason       VARCHAR(200)
  )
  COMMENT 'Puts a message on the shoppers'' pages of a sale. Returns one row: outcome, message.'
  MODIFIES SQL DATA
  SQL SECURITY DEFINER
tell_shoppers: BEGIN
  DECLARE v_outcome, v_state VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin;
  DECLARE v_message VARCHAR(200);
  DECLARE v_shop_id BIGINT UNSIGNED;
  DECLARE v_allowed BOOLEAN;
  DECLARE v_now DATETIME(6);
  DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

  CALL check_staff(in_staff_id, 'sell', in_actor, v_shop_id, v_allowed);
  SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
  START TRANSACTION;
  SELECT state, message INTO v_state, v_message FROM sales WHERE id = in_sale_id AND v_allowed AND (v_shop_id IS NULL OR shop_id = v_shop_id) FOR UPDATE;
  SET v_now = UTC_TIMESTAMP(6);
  -- Compared byte by byte: a message that differs in case or in an accent is another one.
  SET v_outcome = CASE
    WHEN NOT v_allowed THEN 'not_allowed'
    WHEN v_state IS NULL THEN 'no_such_sale'
    WHEN v_state IN ('draft', 'importing') THEN 'not_published'
    WHEN COALESCE(CAST(v_message AS BINARY) <> CAST(in_message_seen AS BINARY), TRUE) THEN 'changed_meanwhile'
    WHEN CAST(v_message AS BINARY) = CAST(in_message AS BINARY) THEN 'repeated'
    ELSE 'told' END;
  IF v_outcome = 'told' THEN
    UPDATE sales SET message = in_message, changed_at = v_now WHERE id = in_sale_id;
    INSERT INTO sale_log (sale_id, shop_id, action, detail, reason, actor, staff_id, made_at, thing, was, became)
    VALUES (in_sale_id, (SELECT shop_id FROM sales WHERE id = in_sale_id), 'told', in_message, in_reason, in_actor, in_staff_id, v_now,
            CONCAT('sale ', in_sale_id, ' message'), v_message, in_message);
    SET v_message = in_message;
  END IF;
  COMMIT;

  SELECT v_outcome AS outcome, v_message AS message;
END tell_shoppers$$

DELIMITER ;

GRANT EXECUTE ON PROCEDURE tell_shoppers TO doorbuster_admin@'%';
