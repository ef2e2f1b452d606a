-- A route belongs to the carrier whose vehicle drives it: a carrier's dispatchers list their own.

UPDATE route SET belongs_to = (SELECT carrier FROM v_route WHERE v_route.route_id = route.id);
CREATE INDEX route_by_belongs_to_created ON route (belongs_to, created, id);
