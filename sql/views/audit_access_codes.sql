-- audit_access_codes: access codes that have let in more shoppers than they may, or not those that they count. Empty when all is right.
CREATE OR REPLACE ALGORITHM = MERGE DEFINER = doorbuster_owner@localhost SQL SECURITY DEFINER VIEW audit_access_codes AS
SELECT id AS code_id, sale_id, uses_allowed, uses, (SELECT COUNT(*) FROM sale_members m WHERE m.code_id = access_codes.id) AS members
  FROM access_codes
 WHERE uses > uses_allowed OR uses <> (SELECT COUNT(*) FROM sale_members m WHERE m.code_id = access_codes.id);

GRANT SELECT ON audit_access_codes TO doorbuster_auditor@'%', doorbuster_worker@'%';
