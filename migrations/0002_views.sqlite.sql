-- Views for people and BI tools: real timestamps and fields instead of microseconds and documents.
-- The columns are the same in both dialects; only JSON and time are spelled differently, so each has its file.

CREATE VIEW v_order AS SELECT
    id AS order_id,
    version,
    party AS party,
    region AS region,
    status AS state,
    json_extract(state, '$.content.number') AS number,
    json_extract(state, '$.content.kind') AS kind,
    json_extract(state, '$.content.address.country') AS country,
    json_extract(state, '$.content.value.minor') AS value_minor,
    json_extract(state, '$.content.value.currency') AS currency,
    json_extract(state, '$.invoice.state') AS invoice_state,
    json_extract(state, '$.invoice.number') AS invoice_number,
    json_extract(state, '$.amendments') AS amendments,
    json_extract(state, '$.content.window.from') AS window_from,
    json_extract(state, '$.content.window.until') AS window_until,
    json_extract(state, '$.received_at') AS received_at,
    json_extract(state, '$.released_at') AS released_at,
    strftime('%Y-%m-%dT%H:%M:%fZ', created / 1000000.0, 'unixepoch') AS created_at,
    strftime('%Y-%m-%dT%H:%M:%fZ', updated / 1000000.0, 'unixepoch') AS updated_at
FROM customer_order;

CREATE VIEW v_shipment AS SELECT
    id AS shipment_id,
    version,
    party AS party,
    region AS region,
    status AS state,
    belongs_to AS order_id,
    carried_by AS route_id,
    json_extract(state, '$.order_number') AS order_number,
    json_extract(state, '$.attempts') AS attempts,
    json_extract(state, '$.failure') AS failure,
    json_extract(state, '$.posted') AS posted,
    json_extract(state, '$.stop') AS stop_id,
    json_extract(state, '$.address.country') AS country,
    json_extract(state, '$.window.from') AS window_from,
    json_extract(state, '$.window.until') AS window_until,
    json_extract(state, '$.eta.at') AS eta,
    json_extract(state, '$.arrived.occurred_at') AS arrived_at,
    json_extract(state, '$.delivered.occurred_at') AS delivered_at,
    CASE WHEN json_extract(state, '$.proof.missing') = '[]' OR json_extract(state, '$.proof.waived') = 1 THEN 1 ELSE 0 END AS proof_complete,
    strftime('%Y-%m-%dT%H:%M:%fZ', created / 1000000.0, 'unixepoch') AS created_at,
    strftime('%Y-%m-%dT%H:%M:%fZ', updated / 1000000.0, 'unixepoch') AS updated_at
FROM shipment;

CREATE VIEW v_route AS SELECT
    id AS route_id,
    version,
    region AS region,
    status AS state,
    carried_by AS driver,
    json_extract(state, '$.day') AS day,
    json_extract(state, '$.revision') AS revision,
    json_extract(state, '$.vehicle') AS vehicle,
    json_extract(state, '$.carrier') AS carrier,
    json_extract(state, '$.distance_metres') AS distance_metres,
    json_extract(state, '$.shift.from') AS shift_from,
    json_extract(state, '$.shift.until') AS shift_until,
    json_extract(state, '$.published_at') AS published_at,
    json_extract(state, '$.departed_at') AS departed_at,
    json_extract(state, '$.ended_at') AS ended_at,
    strftime('%Y-%m-%dT%H:%M:%fZ', created / 1000000.0, 'unixepoch') AS created_at,
    strftime('%Y-%m-%dT%H:%M:%fZ', updated / 1000000.0, 'unixepoch') AS updated_at
FROM route;

CREATE VIEW v_stop AS SELECT
    id AS stop_id,
    version,
    party AS party,
    region AS region,
    status AS state,
    belongs_to AS route_id,
    carried_by AS driver,
    json_extract(state, '$.shipment') AS shipment_id,
    json_extract(state, '$.planned.from') AS planned_from,
    json_extract(state, '$.planned.until') AS planned_until,
    json_extract(state, '$.eta.at') AS eta,
    json_extract(state, '$.arrived.occurred_at') AS arrived_at,
    json_extract(state, '$.departed.occurred_at') AS departed_at,
    strftime('%Y-%m-%dT%H:%M:%fZ', created / 1000000.0, 'unixepoch') AS created_at,
    strftime('%Y-%m-%dT%H:%M:%fZ', updated / 1000000.0, 'unixepoch') AS updated_at
FROM stop;

CREATE VIEW v_exception AS SELECT
    id AS exception_id,
    version,
    party AS party,
    region AS region,
    status AS state,
    carried_by AS route_id,
    json_extract(state, '$.code') AS code,
    json_extract(state, '$.severity') AS severity,
    json_extract(state, '$.disposition') AS disposition,
    json_extract(state, '$.blocks_invoice') AS blocks_invoice,
    json_extract(state, '$.order') AS order_id,
    json_extract(state, '$.shipment') AS shipment_id,
    json_extract(state, '$.raised_by') AS raised_by,
    json_extract(state, '$.resolution.action') AS resolution,
    json_extract(state, '$.raised.occurred_at') AS raised_at,
    json_extract(state, '$.acknowledged.recorded_at') AS acknowledged_at,
    json_extract(state, '$.resolution.at.recorded_at') AS resolved_at,
    strftime('%Y-%m-%dT%H:%M:%fZ', created / 1000000.0, 'unixepoch') AS created_at,
    strftime('%Y-%m-%dT%H:%M:%fZ', updated / 1000000.0, 'unixepoch') AS updated_at
FROM exception;

CREATE VIEW v_customer AS SELECT
    id AS customer_id,
    region AS region,
    json_extract(state, '$.record.name') AS name,
    json_extract(state, '$.record.segment') AS segment
FROM master WHERE status = 'customer';

-- How each shipment stands against its window and its posting.
CREATE VIEW v_sla AS SELECT
    shipment_id,
    party,
    region,
    route_id,
    state,
    window_until,
    delivered_at,
    CASE WHEN delivered_at IS NULL THEN NULL ELSE delivered_at <= window_until END AS in_window,
    posted
FROM v_shipment;

CREATE VIEW v_event AS SELECT
    id AS event_id, lane, lane_position, subject, subject_version, type, kind,
    strftime('%Y-%m-%dT%H:%M:%fZ', occurred_at / 1000000.0, 'unixepoch') AS occurred_at,
    strftime('%Y-%m-%dT%H:%M:%fZ', recorded_at / 1000000.0, 'unixepoch') AS recorded_at,
    correlation_id, traceparent, actor, consumer, operation, contract_name, contract_version, region, data
FROM event;

CREATE VIEW v_task AS SELECT
    id AS task_id, task_key, kind, status, attempts, subject, consumer, region, correlation_id,
    strftime('%Y-%m-%dT%H:%M:%fZ', due / 1000000.0, 'unixepoch') AS due_at,
    strftime('%Y-%m-%dT%H:%M:%fZ', created / 1000000.0, 'unixepoch') AS created_at,
    strftime('%Y-%m-%dT%H:%M:%fZ', updated / 1000000.0, 'unixepoch') AS updated_at
FROM task;
