-- fill_item: item @position (from 1) of the old sale @sale_id, with @units units.
INSERT INTO items (sale_id, position, sku, title, body, vendor, image_url, price_cents, list_price_cents, currency, units_allotted, limit_per_user,
                   hold_minutes, extension_minutes, fairness, shards)
VALUES (@sale_id, @position, CONCAT('OLD-', @position), CONCAT('Old thing ', @position), 'Sold out.', 'Bench', '', 1999, NULL, 'EUR', @units, 1, 10,
        0, 'first_come', 1)
