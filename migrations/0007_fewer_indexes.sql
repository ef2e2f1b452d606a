-- Indexes that no question uses, in no order of time: each cost every confirmation a page of its own.
-- Tasks about an order are found by their keys, stops by their ids, proofs by what names them. Where a row is changed and
-- no index holds what changed, PostgreSQL keeps the new row beside the old one and writes no index at all (HOT).
DROP INDEX task_by_subject;
DROP INDEX stop_by_region_status_created;
DROP INDEX stop_by_carried_by_created;
DROP INDEX proof_by_belongs_to_created;
