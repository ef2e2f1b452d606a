-- What was decided on the request an event comes from, and by which rules; and where each lane's chain ends.
-- `form` says what a row's hash covers: 1 everything before this migration, 2 decision and policy as well. An older row
-- keeps its form, and these columns empty.
ALTER TABLE event ADD COLUMN form BIGINT NOT NULL DEFAULT 1;
ALTER TABLE event ADD COLUMN decision TEXT NOT NULL DEFAULT '';
ALTER TABLE event ADD COLUMN policy TEXT NOT NULL DEFAULT '';

-- Written in the same commit as the last row, so that a chain that was cut short shows. A lane that has had no row since
-- this migration has none.
ALTER TABLE lane ADD COLUMN head_position BIGINT;
ALTER TABLE lane ADD COLUMN head_hash TEXT;
