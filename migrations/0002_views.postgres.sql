-- Views for people and BI tools: real timestamps and fields instead of microseconds and documents.
-- The columns are the same in both dialects; only JSON and time are spelled differently, so each has its file.

CREATE VIEW v_order AS SELECT
    id AS order_id,
    version,
    party AS party,
    region AS region,
    status AS state,
    state::jsonb #>> '{content,number}' AS number,
    state::jsonb #>> '{content,kind}' AS kind,
    state::jsonb #>> '{content,address,country}' AS country,
    state::jsonb #>> '{content,value,minor}' AS value_minor,
    state::jsonb #>> '{content,value,currency}' AS currency,
    state::jsonb #>> '{invoice,state}' AS invoice_state,
    state::jsonb #>> '{invoice,number}' AS invoice_number,
    state::jsonb #>> '{amendments}' AS amendments,
    (state::jsonb #>> '{content,window,from}')::timestamptz AS window_from,
    (state::jsonb #>> '{content,window,until}')::timestamptz AS window_until,
    (state::jsonb #>> '{received_at}')::timestamptz AS received_at,
    (state::jsonb #>> '{released_at}')::timestamptz AS released_at,
    to_timestamp(created / 1000000.0) AS created_at,
    to_timestamp(updated / 1000000.0) AS updated_at
FROM customer_order;

CREATE VIEW v_shipment AS SELECT
    id AS shipment_id,
    version,
    party AS party,
    region AS region,
    status AS state,
    belongs_to AS order_id,
    carried_by AS route_id,
    state::jsonb #>> '{order_number}' AS order_number,
    state::jsonb #>> '{attempts}' AS attempts,
    state::jsonb #>> '{failure}' AS failure,
    state::jsonb #>> '{posted}' AS posted,
    state::jsonb #>> '{stop}' AS stop_id,
    state::jsonb #>> '{address,country}' AS country,
    (state::jsonb #>> '{window,from}')::timestamptz AS window_from,
    (state::jsonb #>> '{window,until}')::timestamptz AS window_until,
    (state::jsonb #>> '{eta,at}')::timestamptz AS eta,
    (state::jsonb #>> '{arrived,occurred_at}')::timestamptz AS arrived_at,
    (state::jsonb #>> '{delivered,occurred_at}')::timestamptz AS delivered_at,
    CASE WHEN state::jsonb #>> '{proof,missing}' = '[]' OR state::jsonb #>> '{proof,waived}' = 'true' THEN 1 ELSE 0 END AS proof_complete,
    to_timestamp(created / 1000000.0) AS created_at,
    to_timestamp(updated / 1000000.0) AS updated_at
FROM shipment;

CREATE VIEW v_route AS SELECT
    id AS route_id,
    version,
    region AS region,
    status AS state,
    carried_by AS driver,
    state::jsonb #>> '{day}' AS day,
    state::jsonb #>> '{revision}' AS revision,
    state::jsonb #>> '{vehicle}' AS vehicle,
    state::jsonb #>> '{carrier}' AS carrier,
    state::jsonb #>> '{distance_metres}' AS distance_metres,
    (state::jsonb #>> '{shift,from}')::timestamptz AS shift_from,
    (state::jsonb #>> '{shift,until}')::timestamptz AS shift_until,
    (state::jsonb #>> '{published_at}')::timestamptz AS published_at,
    (state::jsonb #>> '{departed_at}')::timestamptz AS departed_at,
    (state::jsonb #>> '{ended_at}')::timestamptz AS ended_at,
    to_timestamp(created / 1000000.0) AS created_at,
    to_timestamp(updated / 1000000.0) AS updated_at
FROM route;

CREATE VIEW v_stop AS SELECT
    id AS stop_id,
    version,
    party AS party,
    region AS region,
    status AS state,
    belongs_to AS route_id,
    carried_by AS driver,
    state::jsonb #>> '{shipment}' AS shipment_id,
    (state::jsonb #>> '{planned,from}')::timestamptz AS planned_from,
    (state::jsonb #>> '{planned,until}')::timestamptz AS planned_until,
    (state::jsonb #>> '{eta,at}')::timestamptz AS eta,
    (state::jsonb #>> '{arrived,occurred_at}')::timestamptz AS arrived_at,
    (state::jsonb #>> '{departed,occurred_at}')::timestamptz AS departed_at,
    to_timestamp(created / 1000000.0) AS created_at,
    to_timestamp(updated / 1000000.0) AS updated_at
FROM stop;

CREATE VIEW v_exception AS SELECT
    id AS exception_id,
    version,
    party AS party,
    region AS region,
    status AS state,
    carried_by AS route_id,
    state::jsonb #>> '{code}' AS code,
    state::jsonb #>> '{severity}' AS severity,
    state::jsonb #>> '{disposition}' AS disposition,
    state::jsonb #>> '{blocks_invoice}' AS blocks_invoice,
    state::jsonb #>> '{order}' AS order_id,
    state::jsonb #>> '{shipment}' AS shipment_id,
    state::jsonb #>> '{raised_by}' AS raised_by,
    state::jsonb #>> '{resolution,action}' AS resolution,
    (state::jsonb #>> '{raised,occurred_at}')::timestamptz AS raised_at,
    (state::jsonb #>> '{acknowledged,recorded_at}')::timestamptz AS acknowledged_at,
    (state::jsonb #>> '{resolution,at,recorded_at}')::timestamptz AS resolved_at,
    to_timestamp(created / 1000000.0) AS created_at,
    to_timestamp(updated / 1000000.0) AS updated_at
FROM exception;

CREATE VIEW v_customer AS SELECT
    id AS customer_id,
    region AS region,
    state::jsonb #>> '{record,name}' AS name,
    state::jsonb #>> '{record,segment}' AS segment
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
    to_timestamp(occurred_at / 1000000.0) AS occurred_at,
    to_timestamp(recorded_at / 1000000.0) AS recorded_at,
    correlation_id, traceparent, actor, consumer, operation, contract_name, contract_version, region, data
FROM event;

CREATE VIEW v_task AS SELECT
    id AS task_id, task_key, kind, status, attempts, subject, consumer, region, correlation_id,
    to_timestamp(due / 1000000.0) AS due_at,
    to_timestamp(created / 1000000.0) AS created_at,
    to_timestamp(updated / 1000000.0) AS updated_at
FROM task;
