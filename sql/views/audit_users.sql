-- audit_users: shoppers as the auditor sees them: the first letter of the e-mail and how they came.
CREATE OR REPLACE ALGORITHM = MERGE DEFINER = doorbuster_owner@localhost SQL SECURITY DEFINER VIEW audit_users AS
SELECT id, CONCAT(LEFT(email, 1), '***') AS email_masked, customer_ref IS NOT NULL AS came_by_link, created_at FROM users;

GRANT SELECT ON audit_users TO doorbuster_auditor@'%';
