-- resend_mail: staff have a mail sent again, whatever came of it. It tells what it told, in the shopper's present language and at his present address.
--
-- A mail that would tell an old story (take_due_mails) is refused: it would only be dropped.
--
-- Outcomes, first match wins:
--   not_allowed   the member may not
--   no_such_mail  no mail of this number, or another shop's
--   too_old       what it tells happened more than a day ago, or is not true any more
--   due           it is sent now
--
-- Answers one row: outcome.
-- Locks: the mail, for an instant also one that proves to be another shop's.
-- Called by store.ResendMail. Proved by testdata/sql/resend_mail.test.

DROP PROCEDURE IF EXISTS resend_mail;

DELIMITER $$

CREATE DEFINER = doorbuster_owner@localhost PROCEDURE resend_mail(
    IN in_staff_id BIGINT UNSIGNED,
    IN in_actor    VARCHAR(100),
    IN in_mail_id  BIGINT UNSIGNED,
    IN in_reason   VARCHAR(200)
  )
  COMMENT 'Sends a mail again. Returns one row: outcome.'
  MODIFIES SQL DATA
  SQL SECURITY DEFINER
resend_mail: BEGIN
  DECLARE v_kind VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin;
  DECLARE v_order_id BINARY(16);
  DECLARE v_shop_id, v_sale_id BIGINT UNSIGNED;
  DECLARE v_allowed BOOLEAN;
  DECLARE v_true BOOLEAN DEFAULT FALSE;
  DECLARE v_now DATETIME(6) DEFAULT UTC_TIMESTAMP(6);
  DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

  CALL check_staff(in_staff_id, 'sell', in_actor, v_shop_id, v_allowed);
  SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
  START TRANSACTION;
  IF v_allowed THEN
    SELECT kind, order_id INTO v_kind, v_order_id FROM mails WHERE id = in_mail_id FOR UPDATE;
  END IF;
  IF v_kind IS NOT NULL THEN
    SELECT i.sale_id, m.made_at >= v_now - INTERVAL 1 DAY AND (v_kind NOT IN ('held', 'expiring') OR (o.state = 'held' AND o.hold_expires_at > v_now))
                      AND (v_kind <> 'expiring' OR o.hold_expires_at <= m.made_at + INTERVAL 4 MINUTE)
      INTO v_sale_id, v_true
      FROM mails m JOIN orders o ON o.id = m.order_id JOIN items i ON i.id = o.item_id JOIN sales s ON s.id = i.sale_id
     WHERE m.id = in_mail_id AND (v_shop_id IS NULL OR s.shop_id = v_shop_id);
  END IF;
  IF v_true THEN
    UPDATE mails SET state = 'due', tries = 0, next_at = v_now, ended_at = NULL WHERE id = in_mail_id;
    INSERT INTO sale_log (sale_id, shop_id, action, detail, reason, actor, staff_id, made_at)
    VALUES (v_sale_id, (SELECT shop_id FROM sales WHERE id = v_sale_id), 'mail_resent', CONCAT('mail ', in_mail_id, ' (', v_kind, ') about order ', LOWER(HEX(v_order_id)), ' is sent again'), in_reason, in_actor, in_staff_id, v_now);
  END IF;
  COMMIT;

  SELECT CASE WHEN NOT v_allowed THEN 'not_allowed' WHEN v_sale_id IS NULL THEN 'no_such_mail' WHEN NOT v_true THEN 'too_old' ELSE 'due' END AS outcome;
END resend_mail$$

DELIMITER ;

GRANT EXECUTE ON PROCEDURE resend_mail TO doorbuster_admin@'%';
