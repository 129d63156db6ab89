-- public_switches: the plan B switches that are on.
CREATE OR REPLACE ALGORITHM = MERGE DEFINER = doorbuster_owner@localhost SQL SECURITY DEFINER VIEW public_switches AS
SELECT name, is_on, changed_at FROM switches;

GRANT SELECT ON public_switches TO doorbuster_web@'%', doorbuster_admin@'%', doorbuster_worker@'%';
