-- note_mail: what came of an attempt to send a mail is written down, and with it what happens next.
--
-- in_result is sent (a mail server took it), later (none did, for now) or never (it never will: no such address). What may go later is tried again after 30 s,
-- 1 min, 2 min … up to an hour; the twelfth attempt is the last: after about five hours.
--
-- Outcomes, first match wins:
--   fenced        in_fence is not the present number of the lease: another worker took over and sends it again; nothing was done
--   no_such_mail  no mail of this number
--   repeated      this attempt was noted before, or a later one has begun; nothing changes
--   sent          a mail server has it
--   dead          given up; it can be sent again by hand
--   due           it is tried again at next_at
--
-- Answers one row: outcome, next_at (NULL unless due).
-- Locks: the lease (shared: attempts are noted beside each other), then the mail.
-- Called by store.NoteMail. Proved by testdata/sql/note_mail.test.

DROP PROCEDURE IF EXISTS note_mail;

DELIMITER $$

CREATE DEFINER = doorbuster_owner@localhost PROCEDURE note_mail(
    IN in_fence   BIGINT UNSIGNED,
    IN in_mail_id BIGINT UNSIGNED,
    IN in_attempt INT UNSIGNED,
    IN in_result  VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin,
    IN in_answer  VARCHAR(500)
  )
  COMMENT 'Writes down what came of an attempt to send a mail. Returns one row: outcome, next_at.'
  MODIFIES SQL DATA
  SQL SECURITY DEFINER
note_mail: BEGIN
  DECLARE v_fence BIGINT UNSIGNED;
  DECLARE v_outcome, v_state VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin;
  DECLARE v_attempts, v_tries INT UNSIGNED;
  DECLARE v_now, v_next_at, v_ended_at DATETIME(6);
  DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

  IF in_result IS NULL OR in_result NOT IN ('sent', 'later', 'never') THEN
    SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 50002, MESSAGE_TEXT = 'note_mail: an attempt cannot end like that';
  END IF;
  SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
  START TRANSACTION;
  SELECT fence INTO v_fence FROM leases WHERE job = 'send_mails' LOCK IN SHARE MODE;
  IF v_fence = in_fence THEN
    SELECT state, attempts, tries, ended_at INTO v_state, v_attempts, v_tries, v_ended_at FROM mails WHERE id = in_mail_id FOR UPDATE;
    SET v_now = UTC_TIMESTAMP(6), v_outcome = CASE
      WHEN v_state IS NULL                                                          THEN 'no_such_mail'
      WHEN v_state <> 'due' OR NOT (in_attempt <=> v_attempts) OR in_attempt = 0    THEN 'repeated'
      WHEN in_result = 'sent'                                                       THEN 'sent'
      WHEN in_result = 'never' OR v_tries >= 12                                     THEN 'dead'
      ELSE 'due' END;
    IF v_outcome IN ('sent', 'dead', 'due') THEN
      SET v_next_at = IF(v_outcome = 'due', v_now + INTERVAL LEAST(3600, 30 * POW(2, GREATEST(v_tries, 1) - 1)) SECOND, NULL);
      UPDATE mails SET state = v_outcome, next_at = v_next_at, answer = in_answer, ended_at = IF(v_outcome = 'due', NULL, v_now) WHERE id = in_mail_id;
    END IF;
  END IF;
  COMMIT;

  SELECT COALESCE(v_outcome, 'fenced') AS outcome, v_next_at AS next_at;
END note_mail$$

DELIMITER ;

GRANT EXECUTE ON PROCEDURE note_mail TO doorbuster_worker@'%';
