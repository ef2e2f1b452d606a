-- The event log with what was decided, and by which rules.
DROP VIEW v_event;
CREATE VIEW v_event AS SELECT
    id AS event_id, lane, lane_position, subject, subject_version, type, kind,
    to_timestamp(occurred_at / 1000000.0) AS occurred_at,
    to_timestamp(recorded_at / 1000000.0) AS recorded_at,
    correlation_id, traceparent, actor, consumer, operation, contract_name, contract_version,
    contract_hash, decision, policy, region, data
FROM event;
