-- take_lease: a worker asks to do a job. The fencing number it gets is checked by every write of that job.
--
-- in_elected says that a lock outside the database (Redis) already chose this worker: then the lease changes hands at once, and
-- the former holder's number is worth nothing from now on. Without it the database elects: the lease changes hands when it has run out,
-- or when it would run for more than an hour: no worker asks for that, so the clock was set back.
--
-- Outcomes, first match wins:
--   kept     this worker held it and goes on with the same number
--   taken    it changed hands; the number was raised
--   waiting  another worker holds it
--
-- Answers one row: outcome, fence (of the present holder), holder.
-- Locks: the lease, and thereby waits for a running write of the former holder.
-- Called by store.TakeLease. Proved by testdata/sql/take_lease.test.

DROP PROCEDURE IF EXISTS take_lease;

DELIMITER $$

CREATE DEFINER = doorbuster_owner@localhost PROCEDURE take_lease(
    IN in_job     VARCHAR(50) CHARACTER SET ascii COLLATE ascii_bin,
    IN in_holder  VARCHAR(100),
    IN in_seconds INT UNSIGNED,
    IN in_elected BOOLEAN
  )
  COMMENT 'Takes or keeps the lease of a job. Returns one row: outcome, fence, holder.'
  MODIFIES SQL DATA
  SQL SECURITY DEFINER
take_lease: BEGIN
  DECLARE v_outcome VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin;
  DECLARE v_holder VARCHAR(100);
  DECLARE v_fence BIGINT UNSIGNED;
  DECLARE v_now, v_expires_at DATETIME(6);
  DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

  SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
  START TRANSACTION;
  INSERT INTO leases (job, holder, fence, expires_at) VALUES (in_job, '', 0, '1970-01-01') ON DUPLICATE KEY UPDATE fence = fence;
  SELECT holder, fence, expires_at INTO v_holder, v_fence, v_expires_at FROM leases WHERE job = in_job FOR UPDATE;
  SET v_now = UTC_TIMESTAMP(6);
  SET v_outcome = CASE
    WHEN v_holder = in_holder AND v_expires_at > v_now THEN 'kept'
    WHEN in_elected OR v_expires_at <= v_now OR v_expires_at > v_now + INTERVAL 1 HOUR THEN 'taken'
    ELSE 'waiting' END;

  IF v_outcome = 'taken' THEN
    SET v_fence = v_fence + 1, v_holder = in_holder;
  END IF;
  IF v_outcome <> 'waiting' THEN
    UPDATE leases SET holder = in_holder, fence = v_fence, expires_at = v_now + INTERVAL in_seconds SECOND WHERE job = in_job;
  END IF;
  COMMIT;

  SELECT v_outcome AS outcome, v_fence AS fence, v_holder AS holder;
END take_lease$$

DELIMITER ;

GRANT EXECUTE ON PROCEDURE take_lease TO doorbuster_worker@'%';
