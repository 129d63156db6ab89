-- update_sale: what a draft is called, when it is open, and by which rules. What a purchase depends on is fixed once the sale is published.
--
-- in_edits is sales.edits as the editor saw it: two who edit at once never overwrite each other without knowing. With in_every_item the rules go to all items
-- that are there, else only to those added from now on; takes_payment is the sale's own. in_members_open_at is NULL where it is open to all from its opening.
--
-- Outcomes, first match wins:
--   not_allowed        the member may not change sales
--   no_such_sale       no sale of this number, or another shop's
--   not_a_draft        it is published already
--   changed_meanwhile  somebody has changed it since; nothing changed
--   bad_times          the end is not after the start, or members would not come in before everybody
--   updated            it is as said, and the log has a line of what is different now: none if nothing is
--
-- Answers one row: outcome, edits (NULL: no such sale, or not allowed). Times are UTC.
-- Locks: the sale, then its items.
-- Called by store.UpdateSale. Proved by testdata/sql/update_sale.test.

DROP PROCEDURE IF EXISTS update_sale;

DELIMITER $$

CREATE DEFINER = doorbuster_owner@localhost PROCEDURE update_sale(
    IN in_staff_id      BIGINT UNSIGNED,
    IN in_sale_id       BIGINT UNSIGNED,
    IN in_edits         INT UNSIGNED,
    IN in_title         VARCHAR(200),
    IN in_description   VARCHAR(4000),
    IN in_opens_at      DATETIME(6),
    IN in_closes_at     DATETIME(6),
    IN in_members_open_at DATETIME(6),
    IN in_time_zone     VARCHAR(64),
    IN in_takes_payment BOOLEAN,
    IN in_limit         SMALLINT UNSIGNED,
    IN in_hold          SMALLINT UNSIGNED,
    IN in_extension     SMALLINT UNSIGNED,
    IN in_every_item    BOOLEAN,
    IN in_actor         VARCHAR(100)
  )
  COMMENT 'Changes a draft. Returns one row: outcome, edits.'
  MODIFIES SQL DATA
  SQL SECURITY DEFINER
update_sale: BEGIN
  DECLARE v_outcome, v_state VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin;
  DECLARE v_shop_id BIGINT UNSIGNED;
  DECLARE v_allowed BOOLEAN;
  DECLARE v_edits, v_items INT UNSIGNED;
  DECLARE v_detail TEXT;
  DECLARE v_now DATETIME(6);
  DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

  CALL check_staff(in_staff_id, 'sell', in_actor, v_shop_id, v_allowed);
  SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
  START TRANSACTION;
  SELECT state, edits INTO v_state, v_edits FROM sales WHERE id = in_sale_id AND v_allowed AND (v_shop_id IS NULL OR shop_id = v_shop_id) FOR UPDATE;
  SET v_now = UTC_TIMESTAMP(6);
  SET v_outcome = CASE
    WHEN NOT v_allowed           THEN 'not_allowed'
    WHEN v_state IS NULL         THEN 'no_such_sale'
    WHEN v_state <> 'draft'      THEN 'not_a_draft'
    WHEN v_edits <> in_edits     THEN 'changed_meanwhile'
    WHEN in_closes_at <= in_opens_at OR in_members_open_at >= in_opens_at THEN 'bad_times'
    ELSE 'updated' END;
  IF v_outcome = 'updated' THEN
    SELECT CONCAT_WS('; ',
             IF(title COLLATE utf8mb4_bin = in_title, NULL, CONCAT('title: ', title, ' -> ', in_title)),
             IF(opens_at = in_opens_at, NULL, CONCAT('opens: ', DATE_FORMAT(opens_at, '%Y-%m-%d %H:%i:%s'), ' -> ', DATE_FORMAT(in_opens_at, '%Y-%m-%d %H:%i:%s'), ' UTC')),
             IF(closes_at = in_closes_at, NULL, CONCAT('closes: ', DATE_FORMAT(closes_at, '%Y-%m-%d %H:%i:%s'), ' -> ', DATE_FORMAT(in_closes_at, '%Y-%m-%d %H:%i:%s'), ' UTC')),
             IF(members_open_at <=> in_members_open_at, NULL, CONCAT('members: ', COALESCE(DATE_FORMAT(members_open_at, '%Y-%m-%d %H:%i:%s'), 'none'), ' -> ',
                COALESCE(CONCAT(DATE_FORMAT(in_members_open_at, '%Y-%m-%d %H:%i:%s'), ' UTC'), 'none'))),
             IF(time_zone = in_time_zone, NULL, CONCAT('zone: ', time_zone, ' -> ', in_time_zone)),
             IF(takes_payment = in_takes_payment, NULL, IF(in_takes_payment, 'payment: no -> yes', 'payment: yes -> no')),
             IF(limit_per_user = in_limit, NULL, CONCAT('limit: ', limit_per_user, ' -> ', in_limit)),
             IF(hold_minutes = in_hold, NULL, CONCAT('hold: ', hold_minutes, ' -> ', in_hold, ' min')),
             IF(extension_minutes = in_extension, NULL, CONCAT('extension: ', extension_minutes, ' -> ', in_extension, ' min')),
             IF(description COLLATE utf8mb4_bin = in_description, NULL, CONCAT('description: ', LEFT(description, 60), ' -> ', LEFT(in_description, 60))))
      INTO v_detail FROM sales WHERE id = in_sale_id;
    IF in_every_item THEN
      UPDATE items SET limit_per_user = in_limit, hold_minutes = in_hold, extension_minutes = in_extension, edits = edits + 1
       WHERE sale_id = in_sale_id AND (limit_per_user <> in_limit OR hold_minutes <> in_hold OR extension_minutes <> in_extension);
      SET v_items = ROW_COUNT();
      IF v_items > 0 THEN
        SET v_detail = CONCAT_WS('; ', NULLIF(v_detail, ''), CONCAT('limit ', in_limit, ', hold ', in_hold, ' min, extension ', in_extension, ' min for ', v_items, IF(v_items = 1, ' item', ' items')));
      END IF;
    END IF;
    IF v_detail <> '' THEN
      UPDATE sales SET title = in_title, description = in_description, opens_at = in_opens_at, closes_at = in_closes_at, members_open_at = in_members_open_at,
             time_zone = in_time_zone,
             takes_payment = in_takes_payment, limit_per_user = in_limit, hold_minutes = in_hold, extension_minutes = in_extension,
             edits = edits + 1, changed_at = v_now
       WHERE id = in_sale_id;
      SET v_edits = v_edits + 1;
      INSERT INTO sale_log (sale_id, shop_id, action, detail, reason, actor, staff_id, made_at)
      VALUES (in_sale_id, (SELECT shop_id FROM sales WHERE id = in_sale_id), 'edited', LEFT(v_detail, 1000), '', in_actor, in_staff_id, v_now);
    END IF;
  END IF;
  COMMIT;

  SELECT v_outcome AS outcome, v_edits AS edits;
END update_sale$$

DELIMITER ;

GRANT EXECUTE ON PROCEDURE update_sale TO doorbuster_admin@'%';
