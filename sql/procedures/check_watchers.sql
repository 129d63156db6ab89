-- check_watchers: which of those who watch a sale may go on. One call for all of them, so that a wall of displays costs as much as one.
--
-- in_watchers is a JSON array of at most 1000 objects: n (a number of the caller's), token (the session's, hashed, in hex), staff (number), since (when the
-- session was signed in, in microseconds since 1970), sale (number).
--
-- Answers one row per watcher who may go on: n. Its session has not ended, its member is active and has not signed out everywhere since, and the sale is
-- one of the member's shop. Each role may read (check_staff), so being active is enough.
-- Locks: none.
-- Called by store.CheckWatchers. Proved by testdata/sql/check_watchers.test.

DROP PROCEDURE IF EXISTS check_watchers;

DELIMITER $$

CREATE DEFINER = doorbuster_owner@localhost PROCEDURE check_watchers(
    IN in_watchers LONGTEXT
  )
  COMMENT 'Which of those who watch a sale may go on. Returns one row per watcher who may: n.'
  READS SQL DATA
  SQL SECURITY DEFINER
check_watchers: BEGIN
  SELECT w.n
    FROM JSON_TABLE(in_watchers, '$[*]' COLUMNS (place FOR ORDINALITY, n BIGINT UNSIGNED PATH '$.n', token CHAR(64) CHARACTER SET ascii PATH '$.token',
                                                 staff_id BIGINT UNSIGNED PATH '$.staff', since BIGINT PATH '$.since', sale_id BIGINT UNSIGNED PATH '$.sale')) w
    JOIN staff_sessions t ON t.token_hash = UNHEX(w.token)
    JOIN staff m ON m.id = w.staff_id
    JOIN sales s ON s.id = w.sale_id AND s.shop_id = m.shop_id
   WHERE w.place <= 1000 AND t.expires_at > UTC_TIMESTAMP(6) AND m.state = 'active'
     AND m.sessions_from <= TIMESTAMPADD(MICROSECOND, w.since, '1970-01-01 00:00:00.000000')
   ORDER BY w.n;
END check_watchers$$

DELIMITER ;

GRANT EXECUTE ON PROCEDURE check_watchers TO doorbuster_admin@'%';
