-- list_events: what happened to orders behind a number, for those who ask instead of being told.
--
-- in_after is the last number that the caller has seen, 0 at first. Numbers have no gaps and are committed in their order, so nothing appears later
-- below a number that was seen (relay_outbox says why).
-- Answers up to in_limit rows in order of seq: seq, event_id, kind, made_at, order_id, item_id, sku, user_id, units, unit_price_cents, currency. What it tells of an
-- order never changes, so the same event is always told in the same words.
-- Locks: none.
-- Called by store.Events. Proved by testdata/sql/list_events.test.

DROP PROCEDURE IF EXISTS list_events;

DELIMITER $$

CREATE DEFINER = doorbuster_owner@localhost PROCEDURE list_events(
    IN in_after BIGINT UNSIGNED,
    IN in_limit SMALLINT UNSIGNED
  )
  COMMENT 'Events behind a number. Returns up to in_limit rows in order of seq.'
  READS SQL DATA
  SQL SECURITY DEFINER
list_events: BEGIN
  SELECT e.seq, e.event_id, e.kind, e.made_at, e.order_id, e.item_id, i.sku, o.user_id, o.units, o.unit_price_cents, i.currency
    FROM events e JOIN orders o ON o.id = e.order_id JOIN items i ON i.id = e.item_id
   WHERE e.seq > in_after ORDER BY e.seq LIMIT in_limit;
END list_events$$

DELIMITER ;

GRANT EXECUTE ON PROCEDURE list_events TO doorbuster_web@'%';
