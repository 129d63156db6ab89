-- install.sql: everything of this folder, in the order in which it is created. Run it from this folder, in an empty database:
--
--   mysql --user=root --password -e 'CREATE DATABASE doorbuster'
--   mysql --user=root --password doorbuster < install.sql
--
-- The client of MySQL 9.7 must be told to read SOURCE: mysql --commands … (the client of MariaDB needs nothing).
-- It may be run again: tables stay as they are, views and procedures are replaced. `doorbuster apply` reads the same list.

SET NAMES utf8mb4;
SET SESSION sql_mode = 'STRICT_ALL_TABLES,ONLY_FULL_GROUP_BY,NO_ZERO_DATE,NO_ZERO_IN_DATE,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION';
ALTER DATABASE CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;

SOURCE accounts.sql

-- Tables: the hot path first.
SOURCE tables/sales.sql
SOURCE tables/items.sql
SOURCE tables/stock_shards.sql
SOURCE tables/orders.sql
SOURCE tables/stock_moves.sql
SOURCE tables/outbox.sql
SOURCE tables/users.sql
SOURCE tables/sale_log.sql
SOURCE tables/switches.sql
SOURCE tables/leases.sql
SOURCE tables/schema_state.sql

-- Views: what shoppers may see, what merchants may see, what the auditor may see.
SOURCE views/public_sales.sql
SOURCE views/public_items.sql
SOURCE views/public_stock.sql
SOURCE views/public_switches.sql
SOURCE views/recent_sign_outs.sql
SOURCE views/merchant_sales.sql
SOURCE views/merchant_items.sql
SOURCE views/merchant_log.sql
SOURCE views/audit_sales.sql
SOURCE views/audit_items.sql
SOURCE views/audit_stock_shards.sql
SOURCE views/audit_orders.sql
SOURCE views/audit_stock_moves.sql
SOURCE views/audit_outbox.sql
SOURCE views/audit_users.sql

-- The life of a sale.
SOURCE procedures/create_sale.sql
SOURCE procedures/add_items.sql
SOURCE procedures/finish_import.sql
SOURCE procedures/discard_sale.sql
SOURCE procedures/publish_sale.sql
SOURCE procedures/pause_sale.sql
SOURCE procedures/resume_sale.sql
SOURCE procedures/end_sale.sql
SOURCE procedures/add_units.sql
SOURCE procedures/withdraw_units.sql

-- The life of an order.
SOURCE procedures/make_batch.sql
SOURCE procedures/share_last_units.sql
SOURCE procedures/place_orders.sql
SOURCE procedures/pay_order.sql
SOURCE procedures/give_back_units.sql
SOURCE procedures/cancel_order.sql
SOURCE procedures/refund_order.sql
SOURCE procedures/show_order.sql
SOURCE procedures/list_orders.sql
SOURCE procedures/list_item_shoppers.sql

-- Shoppers.
SOURCE procedures/sign_up.sql
SOURCE procedures/sign_in_by_link.sql
SOURCE procedures/sign_out_everywhere.sql
SOURCE procedures/show_login.sql

-- Workers and switches.
SOURCE procedures/take_lease.sql
SOURCE procedures/expire_orders.sql
SOURCE procedures/set_switch.sql
