-- fill_sale: a voucher sale of a month ago, ended (an order was paid at once, so an order's whole life is one line of the ledger).
INSERT INTO sales (title, description, opens_at, closes_at, time_zone, state, takes_payment, changed_at, created_at)
VALUES ('Last month', 'An old sale.', UTC_TIMESTAMP(6) - INTERVAL 30 DAY, UTC_TIMESTAMP(6) - INTERVAL 29 DAY, 'Europe/Berlin', 'ended', FALSE,
        UTC_TIMESTAMP(6) - INTERVAL 29 DAY, UTC_TIMESTAMP(6) - INTERVAL 31 DAY)
