-- open_acts: lines of the log whose acts can be undone now: nothing came after them. A step of the procedures that show lines; undo_act has the last word.
CREATE OR REPLACE ALGORITHM = MERGE DEFINER = doorbuster_owner@localhost SQL SECURITY DEFINER VIEW open_acts AS
SELECT l.id, l.thing
  FROM sale_log l
 WHERE l.was IS NOT NULL AND NOT EXISTS (SELECT 1 FROM sale_log n WHERE n.thing = l.thing AND n.id > l.id)
   AND (l.action NOT IN ('paused', 'resumed', 'extended') OR EXISTS (SELECT 1 FROM sales s WHERE s.id = l.sale_id AND s.state <> 'ended' AND s.closes_at > UTC_TIMESTAMP(6)))
   AND (l.action <> 'extended' OR l.was > DATE_FORMAT(UTC_TIMESTAMP(6), '%Y-%m-%d %H:%i:%s.%f'))
   AND (l.action NOT IN ('units_added', 'units_withdrawn') OR EXISTS (SELECT 1 FROM sales s WHERE s.id = l.sale_id AND (s.state <> 'ended' OR l.action = 'units_added')));

GRANT SELECT ON open_acts TO doorbuster_owner@localhost;
