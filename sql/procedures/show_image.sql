-- show_image: an uploaded picture.
--
-- in_staff_id NULL: for shoppers (or an operator), from whom no picture is kept; nobody can guess the number of one that is on no page. A member sees those of the
-- own shop.
--
-- Answers at most one row: media_type, bytes. Found by the primary key.
-- Locks: none.
-- Called by store.ShowImage and store.ShowStaffImage. Proved by testdata/sql/show_image.test.

DROP PROCEDURE IF EXISTS show_image;

DELIMITER $$

CREATE DEFINER = doorbuster_owner@localhost PROCEDURE show_image(
    IN in_staff_id BIGINT UNSIGNED,
    IN in_image_id BINARY(16)
  )
  COMMENT 'An uploaded picture. Returns at most one row: media_type, bytes.'
  READS SQL DATA
  SQL SECURITY DEFINER
show_image: BEGIN
  DECLARE v_actor VARCHAR(100);
  DECLARE v_shop_id BIGINT UNSIGNED;
  DECLARE v_allowed BOOLEAN;

  CALL check_staff(in_staff_id, 'read', v_actor, v_shop_id, v_allowed);
  SELECT media_type, bytes FROM images WHERE id = in_image_id AND v_allowed AND (v_shop_id IS NULL OR shop_id = v_shop_id) ORDER BY shop_id LIMIT 1;
END show_image$$

DELIMITER ;

GRANT EXECUTE ON PROCEDURE show_image TO doorbuster_admin@'%', doorbuster_web@'%';
