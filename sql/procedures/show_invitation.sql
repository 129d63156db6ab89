-- show_invitation: whom an invitation link invites, for the page behind it. No row: there is no such link, or it was used, replaced, or has run out.
--
-- Answers at most one row: shop_id, email, name, role.
-- Locks: none; accept_invitation asks again.
-- Called by store.Invitation. Proved by testdata/sql/show_invitation.test.

DROP PROCEDURE IF EXISTS show_invitation;

DELIMITER $$

CREATE DEFINER = doorbuster_owner@localhost PROCEDURE show_invitation(
    IN in_token_hash BINARY(32)
  )
  COMMENT 'An invitation that holds. Returns at most one row: shop_id, email, name, role.'
  READS SQL DATA
  SQL SECURITY DEFINER
show_invitation: BEGIN
  SELECT shop_id, email, name, role FROM staff WHERE invitation_hash = in_token_hash AND state = 'invited' AND invited_until > UTC_TIMESTAMP(6);
END show_invitation$$

DELIMITER ;

GRANT EXECUTE ON PROCEDURE show_invitation TO doorbuster_admin@'%';
