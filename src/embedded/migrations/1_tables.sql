-- Times are microseconds since the epoch; messages are stored encoded.

CREATE TABLE projects (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    labels TEXT NOT NULL,
    state INTEGER NOT NULL,
    created_at INTEGER NOT NULL
);

CREATE TABLE tasks (
    project TEXT NOT NULL,
    domain TEXT NOT NULL,
    name TEXT NOT NULL,
    version TEXT NOT NULL,
    spec BLOB NOT NULL,
    short_name TEXT NOT NULL,
    environment TEXT NOT NULL,
    short_description TEXT NOT NULL,
    entrypoint INTEGER NOT NULL,
    deployed_by TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (project, domain, name, version)
);

-- A run is its action `a0`, as in the Go server.
CREATE TABLE actions (
    id INTEGER PRIMARY KEY,
    project TEXT NOT NULL,
    domain TEXT NOT NULL,
    run TEXT NOT NULL,
    name TEXT NOT NULL,
    org TEXT NOT NULL,
    parent TEXT NOT NULL,
    action_group TEXT NOT NULL,
    depth INTEGER NOT NULL,
    kind INTEGER NOT NULL,
    state INTEGER NOT NULL,
    phase INTEGER NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    not_before INTEGER NOT NULL DEFAULT 0,
    task_project TEXT NOT NULL,
    task_domain TEXT NOT NULL,
    task_name TEXT NOT NULL,
    task_version TEXT NOT NULL,
    trigger_name TEXT NOT NULL,
    spec BLOB NOT NULL,
    run_spec BLOB NOT NULL,
    labels TEXT NOT NULL,
    input_uri TEXT NOT NULL,
    run_base TEXT NOT NULL,
    output_uri TEXT NOT NULL DEFAULT '',
    created_by TEXT NOT NULL,
    source INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    ended_at INTEGER,
    abort_reason TEXT,
    aborted_by TEXT,
    error BLOB,
    UNIQUE (project, domain, run, name)
);

CREATE INDEX actions_waiting ON actions (state, depth, not_before);

CREATE TABLE events (
    id INTEGER PRIMARY KEY,
    action INTEGER NOT NULL REFERENCES actions (id),
    attempt INTEGER NOT NULL,
    phase INTEGER NOT NULL,
    at INTEGER NOT NULL,
    output_uri TEXT NOT NULL DEFAULT '',
    error BLOB
);

CREATE INDEX events_of_action ON events (action, id);

CREATE TABLE triggers (
    project TEXT NOT NULL,
    domain TEXT NOT NULL,
    task_name TEXT NOT NULL,
    name TEXT NOT NULL,
    revision INTEGER NOT NULL,
    spec BLOB NOT NULL,
    automation BLOB NOT NULL,
    active INTEGER NOT NULL,
    deployed_by TEXT NOT NULL,
    updated_by TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (project, domain, task_name, name)
);
