-- Accepted deliveries, and the memory by which a repeated one is known.
CREATE TABLE deliveries (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    hook TEXT NOT NULL,
    delivery_id TEXT NOT NULL,
    body_hash BYTEA NOT NULL,
    -- 0: not remembered, 1: by its id, 2: by its id and by its body.
    memory BIGINT NOT NULL,
    received_at BIGINT NOT NULL,
    event TEXT NOT NULL,
    reason TEXT,
    -- The trace that its launches belong to, as the headers of that say it.
    trace TEXT
);
CREATE UNIQUE INDEX deliveries_by_id ON deliveries (hook, delivery_id) WHERE memory > 0;
CREATE UNIQUE INDEX deliveries_by_body ON deliveries (hook, body_hash) WHERE memory > 1;
CREATE INDEX deliveries_by_time ON deliveries (received_at);

-- Bodies as they came. They go sooner than the memory, hence a table of their own.
CREATE TABLE payloads (
    delivery BIGINT PRIMARY KEY REFERENCES deliveries (id) ON DELETE CASCADE,
    content BYTEA NOT NULL
);

-- What a delivery starts: one row for each rule that matched.
CREATE TABLE launches (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    delivery BIGINT NOT NULL REFERENCES deliveries (id) ON DELETE CASCADE,
    task TEXT NOT NULL,
    version TEXT,
    key TEXT NOT NULL,
    labels TEXT NOT NULL,
    accepted_at BIGINT NOT NULL,
    -- 0: pending, 1: leased, 2: launched, 3: dead.
    state BIGINT NOT NULL,
    attempts BIGINT NOT NULL DEFAULT 0,
    replays BIGINT NOT NULL DEFAULT 0,
    -- When it may be claimed; of a leased one, when the lease ends.
    next_at BIGINT NOT NULL,
    -- Another number with each lease: only the last holder may say what came of it.
    fence BIGINT NOT NULL DEFAULT 0,
    run TEXT,
    reason TEXT
);
CREATE INDEX launches_by_delivery ON launches (delivery);
CREATE INDEX launches_due ON launches (next_at) WHERE state < 2;
CREATE INDEX launches_open ON launches (accepted_at) WHERE state < 2;
CREATE INDEX launches_dead ON launches (delivery) WHERE state = 3;

CREATE TABLE inputs (
    launch BIGINT PRIMARY KEY REFERENCES launches (id) ON DELETE CASCADE,
    json TEXT NOT NULL
);
