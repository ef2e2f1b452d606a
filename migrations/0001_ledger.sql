-- The ledger's tables: one text for SQLite and PostgreSQL.
-- Portable columns only: TEXT ids and JSON, BIGINT microseconds since the epoch, BOOLEAN. BYTEA is the one type SQLite
-- does not know by name; it keeps bytes as bytes all the same.
-- Rows are never deleted, only ended: an upsert would bring a deleted one back. (Expired once-records are the exception.)


-- An order, as released by the ERP.
CREATE TABLE customer_order (
    id TEXT NOT NULL PRIMARY KEY,
    version BIGINT NOT NULL,
    region TEXT,
    party TEXT,
    status TEXT NOT NULL,
    belongs_to TEXT,
    carried_by TEXT,
    due BIGINT,
    created BIGINT NOT NULL,
    updated BIGINT NOT NULL,
    state TEXT NOT NULL
);
CREATE INDEX customer_order_by_party_created ON customer_order (party, created, id);
CREATE INDEX customer_order_by_region_status_created ON customer_order (region, status, created, id);
CREATE INDEX customer_order_by_due ON customer_order (due);
CREATE INDEX customer_order_by_created ON customer_order (created, id);

-- What travels together for one order: belongs to the order, carried by the route.
CREATE TABLE shipment (
    id TEXT NOT NULL PRIMARY KEY,
    version BIGINT NOT NULL,
    region TEXT,
    party TEXT,
    status TEXT NOT NULL,
    belongs_to TEXT,
    carried_by TEXT,
    due BIGINT,
    created BIGINT NOT NULL,
    updated BIGINT NOT NULL,
    state TEXT NOT NULL
);
CREATE INDEX shipment_by_party_created ON shipment (party, created, id);
CREATE INDEX shipment_by_region_status_created ON shipment (region, status, created, id);
CREATE INDEX shipment_by_belongs_to_created ON shipment (belongs_to, created, id);
CREATE INDEX shipment_by_carried_by_created ON shipment (carried_by, created, id);
CREATE INDEX shipment_by_due ON shipment (due);
CREATE INDEX shipment_by_created ON shipment (created, id);

-- One vehicle's day: carried by the driver.
CREATE TABLE route (
    id TEXT NOT NULL PRIMARY KEY,
    version BIGINT NOT NULL,
    region TEXT,
    party TEXT,
    status TEXT NOT NULL,
    belongs_to TEXT,
    carried_by TEXT,
    due BIGINT,
    created BIGINT NOT NULL,
    updated BIGINT NOT NULL,
    state TEXT NOT NULL
);
CREATE INDEX route_by_region_status_created ON route (region, status, created, id);
CREATE INDEX route_by_carried_by_created ON route (carried_by, created, id);
CREATE INDEX route_by_due ON route (due);
CREATE INDEX route_by_created ON route (created, id);

-- One attempt to serve one shipment: belongs to the route, carried by the driver.
CREATE TABLE stop (
    id TEXT NOT NULL PRIMARY KEY,
    version BIGINT NOT NULL,
    region TEXT,
    party TEXT,
    status TEXT NOT NULL,
    belongs_to TEXT,
    carried_by TEXT,
    due BIGINT,
    created BIGINT NOT NULL,
    updated BIGINT NOT NULL,
    state TEXT NOT NULL
);
CREATE INDEX stop_by_belongs_to_created ON stop (belongs_to, created, id);
CREATE INDEX stop_by_carried_by_created ON stop (carried_by, created, id);
CREATE INDEX stop_by_region_status_created ON stop (region, status, created, id);

-- What went wrong: belongs to the shipment (or order), carried by the route.
CREATE TABLE exception (
    id TEXT NOT NULL PRIMARY KEY,
    version BIGINT NOT NULL,
    region TEXT,
    party TEXT,
    status TEXT NOT NULL,
    belongs_to TEXT,
    carried_by TEXT,
    due BIGINT,
    created BIGINT NOT NULL,
    updated BIGINT NOT NULL,
    state TEXT NOT NULL
);
CREATE INDEX exception_by_party_created ON exception (party, created, id);
CREATE INDEX exception_by_region_status_created ON exception (region, status, created, id);
CREATE INDEX exception_by_belongs_to_created ON exception (belongs_to, created, id);
CREATE INDEX exception_by_carried_by_created ON exception (carried_by, created, id);
CREATE INDEX exception_by_created ON exception (created, id);

-- An artifact that has arrived: belongs to the first shipment that named it.
CREATE TABLE proof (
    id TEXT NOT NULL PRIMARY KEY,
    version BIGINT NOT NULL,
    region TEXT,
    party TEXT,
    status TEXT NOT NULL,
    belongs_to TEXT,
    carried_by TEXT,
    due BIGINT,
    created BIGINT NOT NULL,
    updated BIGINT NOT NULL,
    state TEXT NOT NULL
);
CREATE INDEX proof_by_belongs_to_created ON proof (belongs_to, created, id);

-- A bulk release: belongs to its consumer.
CREATE TABLE release_batch (
    id TEXT NOT NULL PRIMARY KEY,
    version BIGINT NOT NULL,
    region TEXT,
    party TEXT,
    status TEXT NOT NULL,
    belongs_to TEXT,
    carried_by TEXT,
    due BIGINT,
    created BIGINT NOT NULL,
    updated BIGINT NOT NULL,
    state TEXT NOT NULL
);
CREATE INDEX release_batch_by_belongs_to_created ON release_batch (belongs_to, created, id);

-- A line of a bulk release: belongs to the batch.
CREATE TABLE batch_line (
    id TEXT NOT NULL PRIMARY KEY,
    version BIGINT NOT NULL,
    region TEXT,
    party TEXT,
    status TEXT NOT NULL,
    belongs_to TEXT,
    carried_by TEXT,
    due BIGINT,
    created BIGINT NOT NULL,
    updated BIGINT NOT NULL,
    state TEXT NOT NULL
);
CREATE INDEX batch_line_by_belongs_to_status ON batch_line (belongs_to, status);
CREATE INDEX batch_line_by_belongs_to_created ON batch_line (belongs_to, created, id);

-- Where a partner wants to be told: belongs to the party, carried by the consumer.
CREATE TABLE webhook (
    id TEXT NOT NULL PRIMARY KEY,
    version BIGINT NOT NULL,
    region TEXT,
    party TEXT,
    status TEXT NOT NULL,
    belongs_to TEXT,
    carried_by TEXT,
    due BIGINT,
    created BIGINT NOT NULL,
    updated BIGINT NOT NULL,
    state TEXT NOT NULL
);
CREATE INDEX webhook_by_belongs_to_created ON webhook (belongs_to, created, id);

-- How a party wants to be served.
CREATE TABLE preference (
    id TEXT NOT NULL PRIMARY KEY,
    version BIGINT NOT NULL,
    region TEXT,
    party TEXT,
    status TEXT NOT NULL,
    belongs_to TEXT,
    carried_by TEXT,
    due BIGINT,
    created BIGINT NOT NULL,
    updated BIGINT NOT NULL,
    state TEXT NOT NULL
);

-- Master data, as the owning system wrote it; the status is its kind.
CREATE TABLE master (
    id TEXT NOT NULL PRIMARY KEY,
    version BIGINT NOT NULL,
    region TEXT,
    party TEXT,
    status TEXT NOT NULL,
    belongs_to TEXT,
    carried_by TEXT,
    due BIGINT,
    created BIGINT NOT NULL,
    updated BIGINT NOT NULL,
    state TEXT NOT NULL
);
CREATE INDEX master_by_status_created ON master (status, created, id);

-- Who writes events, and where their chains are. A lane is taken by one writer at a time; one whose writer was killed is
-- never taken again.
CREATE TABLE lane (
    id BIGINT NOT NULL PRIMARY KEY,
    owner TEXT,
    opened BIGINT NOT NULL,
    released BIGINT
);

-- History, audit, change feed and replay: append-only. `hash` covers the row and the hash before it in the lane, so a
-- row that is changed, removed or slipped in later breaks the chain.
CREATE TABLE event (
    id TEXT NOT NULL PRIMARY KEY,
    lane BIGINT NOT NULL,
    lane_position BIGINT NOT NULL,
    previous_hash TEXT NOT NULL,
    hash TEXT NOT NULL,
    subject TEXT NOT NULL,
    subject_version BIGINT NOT NULL,
    type TEXT NOT NULL,
    kind TEXT NOT NULL,
    occurred_at BIGINT NOT NULL,
    recorded_at BIGINT NOT NULL,
    correlation_id TEXT NOT NULL,
    traceparent TEXT NOT NULL,
    actor TEXT NOT NULL,
    consumer TEXT NOT NULL,
    operation TEXT NOT NULL,
    contract_name TEXT NOT NULL,
    contract_version TEXT NOT NULL,
    contract_hash TEXT NOT NULL,
    region TEXT,
    data TEXT NOT NULL
);
CREATE UNIQUE INDEX event_by_lane ON event (lane, lane_position);
CREATE INDEX event_by_subject ON event (subject, subject_version, recorded_at, lane, lane_position);
CREATE INDEX event_by_correlation ON event (correlation_id);
CREATE INDEX event_by_type ON event (type, recorded_at);

-- Effects on other systems. `due` is when a task may next be claimed: its own time, or the end of its lease.
-- `sequence` orders the tasks of a key. `blocking`: dead, it keeps the later ones of its key waiting.
CREATE TABLE task (
    id TEXT NOT NULL PRIMARY KEY,
    task_key TEXT NOT NULL,
    sequence BIGINT NOT NULL,
    kind TEXT NOT NULL,
    status TEXT NOT NULL,
    blocking BOOLEAN NOT NULL,
    due BIGINT NOT NULL,
    attempts BIGINT NOT NULL,
    lease_owner TEXT,
    created BIGINT NOT NULL,
    updated BIGINT NOT NULL,
    effect TEXT NOT NULL,
    story TEXT NOT NULL,
    subject TEXT NOT NULL,
    correlation_id TEXT NOT NULL,
    traceparent TEXT NOT NULL,
    actor TEXT NOT NULL,
    consumer TEXT NOT NULL,
    region TEXT
);
CREATE INDEX task_by_key ON task (task_key, sequence);
CREATE INDEX task_by_due ON task (due, sequence) WHERE status IN ('waiting', 'leased');
CREATE INDEX task_open ON task (kind, status, created) WHERE status IN ('waiting', 'leased', 'dead');
-- How long those wait who are told: only what has reached them. `store/figures.rs` asks in the same words.
CREATE INDEX task_told ON task (updated) WHERE status = 'done' AND kind IN ('deliver_webhook', 'notify_customer',
    'post_delivery', 'hold_invoice', 'release_invoice', 'confirm_release', 'cancel_in_erp');
CREATE INDEX task_by_subject ON task (subject, created);
CREATE INDEX task_by_correlation ON task (correlation_id);

-- What was answered under an idempotency key.
CREATE TABLE once (
    consumer TEXT NOT NULL,
    operation TEXT NOT NULL,
    once_key TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    status BIGINT NOT NULL,
    headers TEXT NOT NULL,
    body BYTEA NOT NULL,
    recorded_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (consumer, operation, once_key)
);
CREATE INDEX once_by_expiry ON once (expires_at);
