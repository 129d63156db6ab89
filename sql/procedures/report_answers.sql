-- report_answers: a process that serves shoppers says how busy it is, and how it has answered presses since its report before. Never on the path of a
-- purchase: once a second at most, over a connection of its own.
--
-- in_answers is a JSON array of at most 1000 objects: sale (number), outcome (word), n (how often). More are left out, and so is a sale that does not
-- exist and an outcome longer than 20 letters. Counts are added up in sale_answers, in the minute of the database's clock.
--
-- Exactly once is not promised: a report that is lost is lost, one that is sent again after a lost answer counts twice. These are figures for people;
-- what was sold stands in orders and in the ledger, and is never read from here.
--
-- Answers one row: outcome (always set).
-- Locks: its row of nodes, rows of sale_answers in the order of their key; nothing that a purchase, an audit or another procedure locks.
-- Called by store.ReportAnswers. Proved by testdata/sql/report_answers.test.

DROP PROCEDURE IF EXISTS report_answers;

DELIMITER $$

CREATE DEFINER = doorbuster_owner@localhost PROCEDURE report_answers(
    IN in_node_id      BINARY(16),
    IN in_conns        SMALLINT UNSIGNED,
    IN in_busy         SMALLINT UNSIGNED,
    IN in_waiting      INT UNSIGNED,
    IN in_batches      INT UNSIGNED,
    IN in_batch_orders INT UNSIGNED,
    IN in_answers      LONGTEXT
  )
  COMMENT 'Notes how busy a node is and adds up its answers to presses. Returns one row: outcome.'
  MODIFIES SQL DATA
  SQL SECURITY DEFINER
report_answers: BEGIN
  DECLARE v_now DATETIME(6);
  DECLARE v_minute DATETIME;
  DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

  SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
  START TRANSACTION;
  SET v_now = UTC_TIMESTAMP(6);
  SET v_minute = DATE_FORMAT(v_now, '%Y-%m-%d %H:%i:00');
  INSERT INTO nodes (id, conns, busy, waiting, batches, batch_orders, reported_at)
  VALUES (in_node_id, in_conns, in_busy, in_waiting, in_batches, in_batch_orders, v_now)
  ON DUPLICATE KEY UPDATE conns = in_conns, busy = in_busy, waiting = in_waiting, batches = in_batches, batch_orders = in_batch_orders, reported_at = v_now;
  -- READ COMMITTED: sales is read without a lock, so no report waits for who pauses one, nor the other way round.
  INSERT INTO sale_answers (sale_id, minute_at, outcome, answers)
  SELECT j.sale_id, v_minute, j.outcome, j.n
    FROM JSON_TABLE(in_answers, '$[*]' COLUMNS (place FOR ORDINALITY, sale_id BIGINT UNSIGNED PATH '$.sale', n BIGINT UNSIGNED PATH '$.n',
                                                outcome VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin PATH '$.outcome')) j
    JOIN sales s ON s.id = j.sale_id
   WHERE j.place <= 1000 AND j.n > 0 AND CHAR_LENGTH(j.outcome) BETWEEN 1 AND 20
   ORDER BY j.sale_id, j.outcome
  ON DUPLICATE KEY UPDATE answers = sale_answers.answers + j.n;
  COMMIT;

  SELECT 'set' AS outcome;
END report_answers$$

DELIMITER ;

GRANT EXECUTE ON PROCEDURE report_answers TO doorbuster_web@'%';
