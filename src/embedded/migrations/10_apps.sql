-- `joined` is the one name under which the Go server finds an app, which apps
-- of several projects and domains may share.
CREATE TABLE apps (
    project TEXT NOT NULL,
    domain TEXT NOT NULL,
    name TEXT NOT NULL,
    joined TEXT NOT NULL,
    app BLOB NOT NULL,
    stopped INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (project, domain, name)
);

CREATE INDEX apps_joined ON apps (joined);
