-- public_switches: the plan B switches that are on. Read once a second by every web node.
CREATE OR REPLACE ALGORITHM = MERGE DEFINER = doorbuster_owner@localhost SQL SECURITY DEFINER VIEW public_switches AS
SELECT name, shop_id, item_id, value, changed_at FROM switches WHERE is_on = 1;

GRANT SELECT ON public_switches TO doorbuster_web@'%', doorbuster_admin@'%', doorbuster_worker@'%';
