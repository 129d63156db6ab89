-- audit_refused_payments: payments that failed or went back, by day, provider and reason.
CREATE OR REPLACE DEFINER = doorbuster_owner@localhost SQL SECURITY DEFINER VIEW audit_refused_payments AS
SELECT CAST(changed_at AS DATE) AS day, provider, state, reason, currency, COUNT(*) AS payments, SUM(amount_cents) AS amount_cents
  FROM payments WHERE state IN ('failed', 'refunding', 'refunded') GROUP BY day, provider, state, reason, currency;

GRANT SELECT ON audit_refused_payments TO doorbuster_auditor@'%';
