//! Statements that both databases take as they are; the two differ in how a list is
//! bound and in whose clock counts.

/// The delivery that was here first: hook, id, body, whether a body is remembered.
pub(super) const FIRST: &str = "\
    SELECT 1 AS rank, id, body_hash = $3 AS same_body, received_at, reason FROM deliveries \
    WHERE hook = $1 AND delivery_id = $2 AND memory > 0 \
    UNION ALL \
    SELECT 2 AS rank, id, body_hash = $3 AS same_body, received_at, reason FROM deliveries \
    WHERE hook = $1 AND body_hash = $3 AND memory > 1 AND $4 \
    ORDER BY rank LIMIT 1";

/// The body of a delivery.
pub(super) const PAYLOAD: &str = "INSERT INTO payloads (delivery, content) VALUES ($1, $2)";

/// The inputs of a launch.
pub(super) const INPUTS: &str = "INSERT INTO inputs (launch, json) VALUES ($1, $2)";

/// The launches of one delivery.
pub(super) const LAUNCHES_OF: &str = "\
    SELECT id, delivery, task, version, key, state, attempts, run, reason \
    FROM launches WHERE delivery = $1 ORDER BY id";

/// Deliveries: hook, state of a launch, before which, how many.
pub(super) const RECORDS: &str = "\
    SELECT d.id, d.hook, d.delivery_id, d.received_at, d.event, d.reason, \
    EXISTS (SELECT 1 FROM payloads p WHERE p.delivery = d.id) AS has_payload \
    FROM deliveries d \
    WHERE (CAST($1 AS TEXT) IS NULL OR d.hook = $1) \
    AND (CAST($2 AS BIGINT) IS NULL OR EXISTS \
        (SELECT 1 FROM launches l WHERE l.delivery = d.id AND l.state = $2)) \
    AND d.id < $3 ORDER BY d.id DESC LIMIT $4";

/// The deliveries with a dead letter, of which there are few.
pub(super) const DEAD_RECORDS: &str = "\
    SELECT d.id, d.hook, d.delivery_id, d.received_at, d.event, d.reason, \
    EXISTS (SELECT 1 FROM payloads p WHERE p.delivery = d.id) AS has_payload \
    FROM deliveries d \
    WHERE d.id IN (SELECT delivery FROM launches WHERE state = 3) \
    AND (CAST($1 AS TEXT) IS NULL OR d.hook = $1) \
    AND d.id < $2 ORDER BY d.id DESC LIMIT $3";

/// One delivery.
pub(super) const RECORD: &str = "\
    SELECT d.id, d.hook, d.delivery_id, d.received_at, d.event, d.reason, \
    EXISTS (SELECT 1 FROM payloads p WHERE p.delivery = d.id) AS has_payload \
    FROM deliveries d WHERE d.id = $1";

/// The body of a delivery.
pub(super) const PAYLOAD_OF: &str = "SELECT content FROM payloads WHERE delivery = $1";

/// How much is to be launched, since when the oldest of it, and how much is dead.
pub(super) const STATUS: &str = "\
    SELECT (SELECT count(*) FROM launches WHERE state < 2) AS pending, \
    (SELECT min(accepted_at) FROM launches WHERE state < 2) AS oldest, \
    (SELECT count(*) FROM launches WHERE state = 3) AS dead";

/// When the next launch is due.
pub(super) const NEXT: &str = "SELECT min(next_at) FROM launches WHERE state < 2";

/// The next deliveries to look at when sweeping: after which, older than when.
pub(super) const WINDOW: &str = "\
    SELECT max(id) FROM (SELECT id FROM deliveries \
    WHERE id > $1 AND received_at < $2 ORDER BY id LIMIT 1000) AS seen";

/// Bodies that are not needed any more: from, to, settled before, dead before.
pub(super) const SWEEP_PAYLOADS: &str = "\
    DELETE FROM payloads WHERE delivery > $1 AND delivery <= $2 AND delivery IN \
    (SELECT d.id FROM deliveries d WHERE d.id > $1 AND d.id <= $2 AND d.received_at < $3 \
    AND NOT EXISTS (SELECT 1 FROM launches l WHERE l.delivery = d.id \
    AND (l.state < 2 OR (l.state = 3 AND d.received_at >= $4))))";

/// Inputs that are not needed any more, likewise.
pub(super) const SWEEP_INPUTS: &str = "\
    DELETE FROM inputs WHERE launch IN \
    (SELECT l.id FROM deliveries d JOIN launches l ON l.delivery = d.id \
    WHERE d.id > $1 AND d.id <= $2 AND ((l.state = 2 AND d.received_at < $3) \
    OR (l.state = 3 AND d.received_at < $4)))";

/// Deliveries that are not remembered any more: from, to, received before, dead before.
pub(super) const SWEEP_DELIVERIES: &str = "\
    DELETE FROM deliveries WHERE id > $1 AND id <= $2 AND received_at < $3 \
    AND NOT EXISTS (SELECT 1 FROM launches l WHERE l.delivery = deliveries.id \
    AND (l.state < 2 OR (l.state = 3 AND deliveries.received_at >= $4)))";

/// A row of [`FIRST`].
#[derive(sqlx::FromRow)]
pub(super) struct FirstRow {
    pub(super) id: i64,
    pub(super) same_body: bool,
    pub(super) received_at: i64,
    pub(super) reason: Option<String>,
}

/// A row of [`STATUS`].
#[derive(sqlx::FromRow)]
pub(super) struct StatusRow {
    pub(super) pending: i64,
    pub(super) oldest: Option<i64>,
    pub(super) dead: i64,
}
