-- Accepted deliveries, and the memory by which a repeated one is known.
CREATE TABLE deliveries (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    hook TEXT NOT NULL,
    delivery_id TEXT NOT NULL,
    body_hash BLOB NOT NULL,
    -- 0: not remembered, 1: by its id, 2: by its id and by its body.
    memory INTEGER NOT NULL,
    received_at INTEGER NOT NULL,
    event TEXT NOT NULL,
    reason TEXT,
    -- The trace that its launches belong to, as the headers of that say it.
    trace TEXT
);
CREATE UNIQUE INDEX deliveries_by_id ON deliveries (hook, delivery_id) WHERE memory > 0;
CREATE UNIQUE INDEX deliveries_by_body ON deliveries (hook, body_hash) WHERE memory > 1;

-- Bodies as they came. They go sooner than the memory, hence a table of their own.
CREATE TABLE payloads (
    delivery INTEGER PRIMARY KEY REFERENCES deliveries (id) ON DELETE CASCADE,
    content BLOB NOT NULL
);

-- What a delivery starts: one row for each rule that matched.
CREATE TABLE launches (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    delivery INTEGER NOT NULL REFERENCES deliveries (id) ON DELETE CASCADE,
    task TEXT NOT NULL,
    version TEXT,
    key TEXT NOT NULL,
    labels TEXT NOT NULL,
    accepted_at INTEGER NOT NULL,
    -- 0: pending, 1: leased, 2: launched, 3: dead.
    state INTEGER NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    replays INTEGER NOT NULL DEFAULT 0,
    -- When it may be claimed; of a leased one, when the lease ends.
    next_at INTEGER NOT NULL,
    -- Another number with each lease: only the last holder may say what came of it.
    fence INTEGER NOT NULL DEFAULT 0,
    run TEXT,
    reason TEXT
);
CREATE INDEX launches_by_delivery ON launches (delivery);
CREATE INDEX launches_due ON launches (next_at) WHERE state < 2;
CREATE INDEX launches_open ON launches (accepted_at) WHERE state < 2;
CREATE INDEX launches_dead ON launches (delivery) WHERE state = 3;

CREATE TABLE inputs (
    launch INTEGER PRIMARY KEY REFERENCES launches (id) ON DELETE CASCADE,
    json TEXT NOT NULL
);
