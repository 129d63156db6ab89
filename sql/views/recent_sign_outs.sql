-- recent_sign_outs: shoppers whose sessions issued before sessions_from are void.
-- Sessions live 30 days, so older rows no longer matter. A new account stands here too and hurts nobody.
CREATE OR REPLACE ALGORITHM = MERGE DEFINER = doorbuster_owner@localhost SQL SECURITY DEFINER VIEW recent_sign_outs AS
SELECT id AS user_id, sessions_from FROM users WHERE sessions_from > created_at AND sessions_from > UTC_TIMESTAMP(6) - INTERVAL 30 DAY;

GRANT SELECT ON recent_sign_outs TO doorbuster_web@'%';
