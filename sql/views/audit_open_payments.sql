-- audit_open_payments: money whose end is not known yet or that has to go back: who is waited for, since when, how often he was asked.
CREATE OR REPLACE DEFINER = doorbuster_owner@localhost SQL SECURITY DEFINER VIEW audit_open_payments AS
SELECT p.id, p.order_id, p.provider, p.amount_cents, p.currency, p.state, p.reason, p.captured_at IS NOT NULL AS captured, o.state AS order_state,
       TIMESTAMPDIFF(SECOND, p.changed_at, UTC_TIMESTAMP(6)) AS seconds_in_state, p.asked, p.ask_at
  FROM payments p JOIN orders o ON o.id = p.order_id WHERE p.ask_at IS NOT NULL;

GRANT SELECT ON audit_open_payments TO doorbuster_auditor@'%';
