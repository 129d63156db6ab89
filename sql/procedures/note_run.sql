-- note_run: a worker notes how a run of its job ended, or that one takes long, so that staff see it. What is noted takes the place of what stood there.
--
-- in_under_way: the run goes on, and nothing is said of its end. in_took_ms is for how long it has (had) been going, on the worker's clock; the times that are kept are the
-- database's. in_failure is the class of its failure (busy, unknown, broken, fault; empty: none), in_pause_ms the time until the next run, in_runs and in_done what was run and
-- done under this number so far, this run with it.
--
-- Outcomes, first match wins:
--   fenced  in_fence is not the present number of the lease: another worker took over, and its runs are what is shown; nothing is kept
--   noted   it is kept
--
-- Answers one row: outcome.
-- Locks: the lease (shared: another cannot take over while this is written), then the row of the job.
-- Called by store.NoteRun. Proved by testdata/sql/note_run.test.

DROP PROCEDURE IF EXISTS note_run;

DELIMITER $$

CREATE DEFINER = doorbuster_owner@localhost PROCEDURE note_run(
    IN in_job       VARCHAR(50) CHARACTER SET ascii COLLATE ascii_bin,
    IN in_fence     BIGINT UNSIGNED,
    IN in_under_way BOOLEAN,
    IN in_took_ms   INT UNSIGNED,
    IN in_did       INT UNSIGNED,
    IN in_failure   VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin,
    IN in_pause_ms  INT UNSIGNED,
    IN in_runs      BIGINT UNSIGNED,
    IN in_done      BIGINT UNSIGNED
  )
  COMMENT 'Notes the last run of a job, or the one under way. Returns one row: outcome.'
  MODIFIES SQL DATA
  SQL SECURITY DEFINER
note_run: BEGIN
  DECLARE v_fence BIGINT UNSIGNED;
  DECLARE v_outcome VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin;
  DECLARE v_now, v_began_at DATETIME(6);
  DECLARE EXIT HANDLER FOR 1265 BEGIN ROLLBACK; RESIGNAL; END; -- a failure that has no name here
  DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

  SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
  START TRANSACTION;
  SELECT fence INTO v_fence FROM leases WHERE job = in_job LOCK IN SHARE MODE;
  SET v_outcome = IF(COALESCE(v_fence <> in_fence, TRUE), 'fenced', 'noted'), v_now = UTC_TIMESTAMP(6), v_began_at = v_now - INTERVAL (in_took_ms * 1000) MICROSECOND;
  IF v_outcome = 'noted' AND in_under_way THEN
    INSERT INTO job_runs (job, fence, did, failure, pause_ms, runs, done, running_since) VALUES (in_job, in_fence, 0, '', 0, in_runs, in_done, v_began_at)
    ON DUPLICATE KEY UPDATE fence = in_fence, runs = in_runs, done = in_done, running_since = v_began_at;
  ELSEIF v_outcome = 'noted' THEN
    INSERT INTO job_runs (job, fence, began_at, ended_at, did, failure, failing_since, pause_ms, runs, done)
    VALUES (in_job, in_fence, v_began_at, v_now, in_did, in_failure, IF(in_failure = '', NULL, v_now), in_pause_ms, in_runs, in_done)
    ON DUPLICATE KEY UPDATE fence = in_fence, began_at = v_began_at, ended_at = v_now, did = in_did, failure = in_failure,
                            failing_since = IF(in_failure = '', NULL, COALESCE(failing_since, v_now)), pause_ms = in_pause_ms, runs = in_runs, done = in_done, running_since = NULL;
  END IF;
  COMMIT;

  SELECT v_outcome AS outcome;
END note_run$$

DELIMITER ;

GRANT EXECUTE ON PROCEDURE note_run TO doorbuster_worker@'%';
