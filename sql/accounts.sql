-- The accounts, each with the least rights. Run once by an administrator (root); `doorbuster apply` does it too.
--
--   doorbuster_owner     locked; nobody can sign in as it. Procedures and views run with its rights.
--   doorbuster_web       the shoppers' pages: EXECUTE on its procedures, SELECT on the public views
--   doorbuster_admin     the console: EXECUTE on the merchants' procedures, SELECT on the views it shows
--   doorbuster_worker    the jobs: EXECUTE on the workers' procedures, SELECT on the masked audit_… views that audit.sql reads
--   doorbuster_auditor   SELECT on the masked audit_… views, nothing else
--   doorbuster_migrator  creates and replaces the objects of this folder
--
-- Every account is created locked and without a password, so a fresh install can be signed in to by nobody. Open one with
--   ALTER USER doorbuster_web@'%' IDENTIFIED BY '…' ACCOUNT UNLOCK;
-- or let `doorbuster apply` do it from the settings. There are no roles here: MySQL and MariaDB treat them differently.
-- The right to call a procedure or read a view is the last line of that object's own file, because DROP removes it.

CREATE USER IF NOT EXISTS doorbuster_owner@localhost ACCOUNT LOCK;
CREATE USER IF NOT EXISTS doorbuster_web@'%'         ACCOUNT LOCK;
CREATE USER IF NOT EXISTS doorbuster_admin@'%'       ACCOUNT LOCK;
CREATE USER IF NOT EXISTS doorbuster_worker@'%'      ACCOUNT LOCK;
CREATE USER IF NOT EXISTS doorbuster_auditor@'%'     ACCOUNT LOCK;
CREATE USER IF NOT EXISTS doorbuster_migrator@'%'    ACCOUNT LOCK;

-- The owner calls its own procedures; each table's file says what it may do to that table.
GRANT EXECUTE, CREATE TEMPORARY TABLES ON * TO doorbuster_owner@localhost;

-- The migrator may shape this database and hand out rights in it, and name the locked owner as definer.
GRANT SELECT, INSERT, UPDATE, DELETE, CREATE, DROP, ALTER, INDEX, REFERENCES, CREATE TEMPORARY TABLES, LOCK TABLES,
      CREATE VIEW, SHOW VIEW, CREATE ROUTINE, ALTER ROUTINE, EXECUTE ON * TO doorbuster_migrator@'%' WITH GRANT OPTION;
GRANT /*M! SET USER */ /*!80200 SET_ANY_DEFINER, ALLOW_NONEXISTENT_DEFINER */ ON *.* TO doorbuster_migrator@'%';
