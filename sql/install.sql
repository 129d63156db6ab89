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
SOURCE tables/access_codes.sql
SOURCE tables/sale_members.sql
SOURCE tables/stock_shards.sql
SOURCE tables/orders.sql
SOURCE tables/stock_moves.sql
SOURCE tables/outbox.sql
SOURCE tables/stock_seals.sql
SOURCE tables/seal_cursors.sql
SOURCE tables/stock_flows.sql
SOURCE tables/payments.sql
SOURCE tables/payment_moves.sql
SOURCE tables/sandbox_payments.sql
SOURCE tables/users.sql
SOURCE tables/sale_log.sql
SOURCE tables/staff.sql
SOURCE tables/staff_recovery_codes.sql
SOURCE tables/staff_sessions.sql
SOURCE tables/tasks.sql
SOURCE tables/task_chunks.sql
SOURCE tables/task_refusals.sql
SOURCE tables/switches.sql
SOURCE tables/leases.sql
SOURCE tables/job_runs.sql
SOURCE tables/events.sql
SOURCE tables/listed_orders.sql
SOURCE tables/webhook_endpoints.sql
SOURCE tables/webhook_deliveries.sql
SOURCE tables/webhook_attempts.sql
SOURCE tables/mails.sql
SOURCE tables/products.sql
SOURCE tables/images.sql
SOURCE tables/product_imports.sql
SOURCE tables/product_import_rows.sql
SOURCE tables/reconcile_runs.sql
SOURCE tables/reconcile_findings.sql
SOURCE tables/rehearsals.sql
SOURCE tables/nodes.sql
SOURCE tables/sale_answers.sql
SOURCE tables/schema_state.sql

-- Views: what shoppers may see, what merchants may see, what the auditor may see.
SOURCE views/public_sales.sql
SOURCE views/public_items.sql
SOURCE views/public_stock.sql
SOURCE views/public_switches.sql
SOURCE views/recent_sign_outs.sql
SOURCE views/job_states.sql
SOURCE views/merchant_sales.sql
SOURCE views/merchant_items.sql
SOURCE views/merchant_log.sql
SOURCE views/open_acts.sql
SOURCE views/merchant_webhooks.sql
SOURCE views/merchant_webhook_log.sql
SOURCE views/merchant_reconcile_findings.sql
SOURCE views/merchant_reconcile_runs.sql
SOURCE views/audit_sales.sql
SOURCE views/audit_items.sql
SOURCE views/audit_stock_shards.sql
SOURCE views/audit_orders.sql
SOURCE views/audit_stock_moves.sql
SOURCE views/audit_stock_seals.sql
SOURCE views/audit_outbox.sql
SOURCE views/audit_events.sql
SOURCE views/audit_payments.sql
SOURCE views/audit_payment_moves.sql
SOURCE views/audit_order_life.sql
SOURCE views/audit_stock_over_time.sql
SOURCE views/audit_holds.sql
SOURCE views/audit_open_payments.sql
SOURCE views/audit_members.sql
SOURCE views/audit_access_codes.sql
SOURCE views/audit_refused_payments.sql
SOURCE views/audit_users.sql
SOURCE views/audit_reconcile_findings.sql
SOURCE views/audit_reconcile_runs.sql

-- Staff.
SOURCE procedures/check_staff.sql
SOURCE procedures/invite_staff.sql
SOURCE procedures/show_invitation.sql
SOURCE procedures/accept_invitation.sql
SOURCE procedures/lock_team.sql
SOURCE procedures/reset_staff.sql
SOURCE procedures/change_staff_role.sql
SOURCE procedures/disable_staff.sql
SOURCE procedures/enable_staff.sql
SOURCE procedures/list_team.sql
SOURCE procedures/show_team_member.sql
SOURCE procedures/show_staff_login.sql
SOURCE procedures/show_staff.sql
SOURCE procedures/enrol_totp.sql
SOURCE procedures/use_totp_step.sql
SOURCE procedures/use_recovery_code.sql
SOURCE procedures/sign_out_staff.sql
SOURCE procedures/find_staff_session.sql
SOURCE procedures/keep_staff_session.sql
SOURCE procedures/end_staff_session.sql

-- What the console shows.
SOURCE procedures/show_alarms.sql
SOURCE procedures/list_jobs.sql
SOURCE procedures/list_sales.sql
SOURCE procedures/count_sales.sql
SOURCE procedures/show_sale.sql
SOURCE procedures/show_item.sql
SOURCE procedures/list_item_shards.sql
SOURCE procedures/list_item_moves.sql
SOURCE procedures/list_item_flows.sql
SOURCE procedures/show_room.sql
SOURCE procedures/count_answers.sql
SOURCE procedures/check_watchers.sql
SOURCE procedures/list_sale_items.sql
SOURCE procedures/list_sale_log.sql
SOURCE procedures/list_log.sql
SOURCE procedures/find_undo.sql
SOURCE procedures/show_draft_item.sql
SOURCE procedures/check_sale.sql
SOURCE procedures/list_mails.sql
SOURCE procedures/show_mail.sql
SOURCE procedures/search_orders.sql
SOURCE procedures/show_list_lag.sql
SOURCE procedures/show_order_as_staff.sql
SOURCE procedures/list_order_story.sql

SOURCE procedures/show_report.sql
SOURCE procedures/list_report_items.sql
SOURCE procedures/list_report_money.sql
SOURCE procedures/list_report_steps.sql
SOURCE procedures/list_report_answers.sql
SOURCE procedures/show_report_fairness.sql

-- Products and their pictures.
SOURCE procedures/list_products.sql
SOURCE procedures/show_product.sql
SOURCE procedures/save_product.sql
SOURCE procedures/set_product_state.sql
SOURCE procedures/set_product_image.sql
SOURCE procedures/show_image.sql
SOURCE procedures/add_products_to_sale.sql
SOURCE procedures/start_product_import.sql
SOURCE procedures/add_import_rows.sql
SOURCE procedures/list_product_imports.sql
SOURCE procedures/list_import_rows.sql
SOURCE procedures/confirm_product_import.sql
SOURCE procedures/apply_product_import.sql

-- The life of a sale.
SOURCE procedures/create_sale.sql
SOURCE procedures/allot_items.sql
SOURCE procedures/add_items.sql
SOURCE procedures/finish_import.sql
SOURCE procedures/discard_sale.sql
SOURCE procedures/update_sale.sql
SOURCE procedures/update_item.sql
SOURCE procedures/remove_item.sql
SOURCE procedures/copy_items.sql
SOURCE procedures/adopt_items.sql
SOURCE procedures/duplicate_sale.sql
SOURCE procedures/archive_sale.sql
SOURCE procedures/publish_sale.sql
SOURCE procedures/pause_sale.sql
SOURCE procedures/resume_sale.sql
SOURCE procedures/end_sale.sql
SOURCE procedures/extend_sale.sql
SOURCE procedures/tell_shoppers.sql
SOURCE procedures/put_units.sql
SOURCE procedures/take_units.sql
SOURCE procedures/add_units.sql
SOURCE procedures/withdraw_units.sql
SOURCE procedures/check_undo.sql
SOURCE procedures/undo_in_sale.sql
SOURCE procedures/undo_units.sql
SOURCE procedures/undo_in_team.sql
SOURCE procedures/undo_setting.sql
SOURCE procedures/undo_act.sql
SOURCE procedures/make_access_codes.sql
SOURCE procedures/revoke_access_code.sql
SOURCE procedures/list_access_codes.sql
SOURCE procedures/count_access_codes.sql

-- Rehearsals.
SOURCE procedures/begin_rehearsal.sql
SOURCE procedures/note_rehearsal.sql
SOURCE procedures/end_rehearsal.sql
SOURCE procedures/stop_rehearsal.sql
SOURCE procedures/delete_rehearsal.sql
SOURCE procedures/list_rehearsals.sql
SOURCE procedures/show_rehearsal.sql

-- The life of an order.
SOURCE procedures/make_batch.sql
SOURCE procedures/share_last_units.sql
SOURCE procedures/place_orders.sql
SOURCE procedures/give_back_units.sql
SOURCE procedures/cancel_held_order.sql
SOURCE procedures/cancel_order.sql
SOURCE procedures/cancel_order_as_staff.sql
SOURCE procedures/extend_hold.sql
SOURCE procedures/move_payment.sql
SOURCE procedures/sell_held_units.sql
SOURCE procedures/retake_units.sql
SOURCE procedures/start_payment.sql
SOURCE procedures/settle_payment.sql
SOURCE procedures/show_payment.sql
SOURCE procedures/pay_order.sql
SOURCE procedures/refund_order.sql
SOURCE procedures/show_order.sql
SOURCE procedures/list_orders.sql
SOURCE procedures/list_item_shoppers.sql
SOURCE procedures/redeem_access_code.sql
SOURCE procedures/show_membership.sql

-- Shoppers.
SOURCE procedures/sign_up.sql
SOURCE procedures/sign_in_by_link.sql
SOURCE procedures/sign_out_everywhere.sql
SOURCE procedures/show_login.sql
SOURCE procedures/set_language.sql

-- How presses are answered.
SOURCE procedures/report_answers.sql

-- Workers and switches.
SOURCE procedures/take_lease.sql
SOURCE procedures/note_run.sql
SOURCE procedures/expire_orders.sql
SOURCE procedures/seal_moves.sql
SOURCE procedures/take_due_payments.sql
SOURCE procedures/list_payments.sql
SOURCE procedures/show_payment_as_staff.sql
SOURCE procedures/list_payment_moves.sql
SOURCE procedures/ask_payment.sql
SOURCE procedures/rebalance_shards.sql
SOURCE procedures/plan_repair.sql
SOURCE procedures/record_reconciliation.sql
SOURCE procedures/approve_repair.sql
SOURCE procedures/preview_repair.sql
SOURCE procedures/list_runs.sql
SOURCE procedures/list_findings.sql
SOURCE procedures/show_finding.sql
SOURCE procedures/show_seals.sql
SOURCE procedures/set_switch.sql
SOURCE procedures/list_switches.sql
SOURCE procedures/find_items.sql

-- The sandbox: a payment provider for trying things out.
SOURCE procedures/sandbox_begin.sql
SOURCE procedures/sandbox_act.sql
-- Events, webhooks and mails.
SOURCE procedures/write_mails.sql
SOURCE procedures/write_list.sql
SOURCE procedures/relay_outbox.sql
SOURCE procedures/warn_holds.sql
SOURCE procedures/take_due_mails.sql
SOURCE procedures/note_mail.sql
SOURCE procedures/resend_mail.sql
SOURCE procedures/list_events.sql
SOURCE procedures/add_webhook.sql
SOURCE procedures/rotate_webhook_secret.sql
SOURCE procedures/set_webhook_state.sql
SOURCE procedures/resend_event.sql
SOURCE procedures/list_webhooks.sql
SOURCE procedures/list_deliveries.sql
SOURCE procedures/search_deliveries.sql
SOURCE procedures/show_delivery.sql
SOURCE procedures/list_delivery_attempts.sql
SOURCE procedures/take_due_deliveries.sql
SOURCE procedures/note_attempt.sql
SOURCE procedures/clean_up.sql

-- Exports and bulk work.
SOURCE procedures/walk_orders.sql
SOURCE procedures/count_orders.sql
SOURCE procedures/begin_export.sql
SOURCE procedures/begin_bulk.sql
SOURCE procedures/take_task.sql
SOURCE procedures/note_export.sql
SOURCE procedures/note_bulk.sql
SOURCE procedures/end_task.sql
SOURCE procedures/cancel_task.sql
SOURCE procedures/list_tasks.sql
SOURCE procedures/show_task.sql
SOURCE procedures/list_refusals.sql
SOURCE procedures/read_export.sql
SOURCE procedures/find_last_mail.sql
