-- seed_shoppers: shoppers @from to @until, at most 62,500 per statement, who came by sign-in link. Their sessions are valid from the
-- instant they were created, so they are no news of a sign-out.
INSERT INTO users (id, customer_ref, email, name, language, sessions_from, created_at)
WITH RECURSIVE n AS (SELECT 0 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 249)
SELECT c.k, CONCAT('bench-', c.k), CONCAT('shopper', c.k, '@example.com'), CONCAT('Shopper ', c.k), 'en', UTC_TIMESTAMP(6) - INTERVAL 1 DAY,
       UTC_TIMESTAMP(6) - INTERVAL 1 DAY
  FROM (SELECT @from + a.i * 250 + b.i AS k FROM n a CROSS JOIN n b) c WHERE c.k <= @until ORDER BY c.k
