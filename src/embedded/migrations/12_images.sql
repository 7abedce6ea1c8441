-- Images that a run of the image builder has made, by name and tag.
CREATE TABLE images (
    project TEXT NOT NULL,
    domain TEXT NOT NULL,
    name TEXT NOT NULL,
    address TEXT NOT NULL,
    run TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (project, domain, name)
);
