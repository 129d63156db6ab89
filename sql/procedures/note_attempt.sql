-- note_attempt: what came of an attempt to deliver an event is written down, and with it what happens next.
--
-- in_status is the HTTP status of the answer, NULL if there was none. 2xx means that the receiver has it. 410 means that it wants no more.
-- Anything else is tried again after 5, 10, 20 … seconds, up to a day; each pause is up to a fifth shorter (never below 5 seconds), by a number that comes
-- from webhook, event and attempt, so that what failed together does not come back together. The 18th attempt is the last: three to four days.
--
-- Outcomes, first match wins:
--   fenced            in_fence is not the present number of the lease: another worker took over and sends it again; nothing was done
--   no_such_delivery  no such event was sent to such a webhook
--   repeated          this attempt was noted before, or a later one has begun; nothing changes
--   done              the receiver has it; the next event of the order is due
--   gone              the receiver wants no more: the webhook is switched off, and this event waits until somebody switches it on
--   dead              given up; it is kept, and can be sent again by hand. The next event of the order is due
--   due               it is tried again at next_at
--
-- Answers one row: outcome, next_at (NULL unless due).
-- Locks: the lease (shared: attempts are noted beside each other), the endpoint if the attempt failed or is the first good one, then deliveries.
-- Called by store.NoteAttempt. Proved by testdata/sql/note_attempt.test.

DROP PROCEDURE IF EXISTS note_attempt;

DELIMITER $$

CREATE DEFINER = doorbuster_owner@localhost PROCEDURE note_attempt(
    IN in_fence       BIGINT UNSIGNED,
    IN in_endpoint_id BIGINT UNSIGNED,
    IN in_seq         BIGINT UNSIGNED,
    IN in_attempt     INT UNSIGNED,
    IN in_status      SMALLINT UNSIGNED,
    IN in_duration_ms INT UNSIGNED,
    IN in_answer      VARCHAR(500)
  )
  COMMENT 'Writes down what came of an attempt to deliver an event. Returns one row: outcome, next_at.'
  MODIFIES SQL DATA
  SQL SECURITY DEFINER
note_attempt: BEGIN
  DECLARE v_fence, v_failures, v_next BIGINT UNSIGNED;
  DECLARE v_outcome, v_state VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin;
  DECLARE v_order_id BINARY(16);
  DECLARE v_attempts, v_tries INT UNSIGNED;
  DECLARE v_noted INT DEFAULT 0;
  DECLARE v_pause, v_part DOUBLE;
  DECLARE v_now, v_next_at DATETIME(6);
  DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

  SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
  START TRANSACTION;
  SELECT fence INTO v_fence FROM leases WHERE job = 'deliver_webhooks' LOCK IN SHARE MODE;
  SET v_outcome = IF(COALESCE(v_fence <> in_fence, TRUE), 'fenced', NULL);
  IF v_outcome IS NULL THEN
    SELECT failures INTO v_failures FROM webhook_endpoints WHERE id = in_endpoint_id;
    IF NOT (in_status BETWEEN 200 AND 299 AND v_failures = 0) OR in_status IS NULL THEN -- else nobody's row is needed but the delivery's
      SELECT failures INTO v_failures FROM webhook_endpoints WHERE id = in_endpoint_id FOR UPDATE;
    END IF;
    SELECT order_id, state, attempts, tries INTO v_order_id, v_state, v_attempts, v_tries
      FROM webhook_deliveries WHERE endpoint_id = in_endpoint_id AND seq = in_seq FOR UPDATE;
    SELECT COUNT(*) INTO v_noted FROM webhook_attempts WHERE endpoint_id = in_endpoint_id AND seq = in_seq AND attempt = in_attempt;
    SET v_now = UTC_TIMESTAMP(6), v_outcome = CASE
      WHEN v_state IS NULL                                                THEN 'no_such_delivery'
      WHEN NOT (in_attempt <=> v_attempts) OR v_noted > 0 OR v_state <> 'due' THEN 'repeated'
      WHEN in_status BETWEEN 200 AND 299                                  THEN 'done'
      WHEN in_status = 410                                                THEN 'gone'
      WHEN v_tries >= 18                                                  THEN 'dead'
      ELSE 'due' END;
  END IF;

  IF v_outcome IN ('done', 'gone', 'dead', 'due') THEN
    INSERT INTO webhook_attempts (endpoint_id, seq, attempt, ended_at, status, duration_ms, answer)
    VALUES (in_endpoint_id, in_seq, in_attempt, v_now, in_status, in_duration_ms, in_answer);
    IF v_outcome <> 'done' OR v_failures > 0 THEN
      UPDATE webhook_endpoints SET failures = IF(v_outcome = 'done', 0, failures + 1), asked_until = NULL WHERE id = in_endpoint_id;
    END IF;
    IF v_outcome = 'gone' THEN
      UPDATE webhook_endpoints SET state = 'disabled', reason = 'the receiver answered 410: it wants no more', changed_at = v_now
       WHERE id = in_endpoint_id AND state = 'active';
    END IF;
    SET v_pause = LEAST(86400, 5 * POW(2, LEAST(GREATEST(v_tries, 1) - 1, 20))),
        v_part = CONV(LEFT(SHA2(CONCAT_WS('/', in_endpoint_id, in_seq, in_attempt), 256), 8), 16, 10) / 4294967296,
        v_next_at = IF(v_outcome IN ('gone', 'due'), v_now + INTERVAL CAST(1000000 * GREATEST(5, v_pause * (1 - v_part / 5)) AS UNSIGNED) MICROSECOND, NULL);
    UPDATE webhook_deliveries SET state = IF(v_outcome = 'gone', 'due', v_outcome), next_at = v_next_at, ended_at = IF(v_outcome IN ('done', 'dead'), v_now, NULL)
     WHERE endpoint_id = in_endpoint_id AND seq = in_seq;
    IF v_outcome IN ('done', 'dead') THEN
      SELECT MIN(seq) INTO v_next FROM webhook_deliveries WHERE endpoint_id = in_endpoint_id AND order_id = v_order_id AND state IN ('waiting', 'due');
      UPDATE webhook_deliveries SET state = 'due', next_at = v_now WHERE endpoint_id = in_endpoint_id AND seq = v_next AND state = 'waiting';
    END IF;
  END IF;
  COMMIT;

  SELECT v_outcome AS outcome, IF(v_outcome = 'due', v_next_at, NULL) AS next_at;
END note_attempt$$

DELIMITER ;

GRANT EXECUTE ON PROCEDURE note_attempt TO doorbuster_worker@'%';
