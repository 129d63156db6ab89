-- add_units: a row for each unit of item 1 from one number to another (inclusive), at most 62,500 per statement.
INSERT INTO units (item_id, unit)
WITH RECURSIVE n AS (SELECT 0 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 249)
SELECT 1, ? + a.i * 250 + b.i FROM n a CROSS JOIN n b WHERE ? + a.i * 250 + b.i <= ?
