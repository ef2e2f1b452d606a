-- Who still calls what, how often, and when last: added up by every gateway, a few seconds late. `refused` counts those of
-- `calls` that were answered with 4xx.
CREATE TABLE consumer_usage (
    consumer TEXT NOT NULL,
    contract TEXT NOT NULL,
    operation TEXT NOT NULL,
    calls BIGINT NOT NULL,
    refused BIGINT NOT NULL,
    first_seen BIGINT NOT NULL,
    last_seen BIGINT NOT NULL,
    PRIMARY KEY (consumer, contract, operation)
);

-- The latest sunset each contract's callers were told of. It only moves later.
CREATE TABLE announced_sunset (
    contract TEXT NOT NULL PRIMARY KEY,
    sunset_at BIGINT NOT NULL,
    announced_at BIGINT NOT NULL
);
