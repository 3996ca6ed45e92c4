-- Version 1. Moments are microseconds since 1970, UTC. States and kinds are the words of the glossary.

CREATE TABLE meta (
    key   TEXT PRIMARY KEY,
    value ANY NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE broadcast (
    id         INTEGER PRIMARY KEY,
    newsletter TEXT NOT NULL,
    issue      TEXT NOT NULL,
    edition    INTEGER NOT NULL,
    seal       TEXT NOT NULL,
    -- Whether it is sending or done follows from its deliveries; only giving up is a fact of its own.
    cancelled  INTEGER NOT NULL DEFAULT 0,
    sealed_at  INTEGER NOT NULL,
    -- Last, so that reading the other columns never touches its pages.
    content    TEXT NOT NULL,
    UNIQUE (newsletter, issue, edition)
) STRICT;

-- What changes about a delivery; what is frozen stands in `recipient`, so that rows stay short.
CREATE TABLE delivery (
    -- Computed from issue, edition and mailbox: one mailbox gets one message of a broadcast, and the deliveries
    -- of a mailbox are found without an index, which would cost a sealed list its order.
    id              INTEGER PRIMARY KEY,
    broadcast       INTEGER NOT NULL REFERENCES broadcast (id),
    addr_key        BLOB NOT NULL,
    variant         INTEGER NOT NULL,
    -- Not `state IN (…)`: SQLite would build an index over that list for every row it writes.
    state           TEXT NOT NULL CHECK (instr(' queued leased committing sent deferred in_doubt failed bounced'
                        || ' suppressed expired cancelled ', ' ' || state || ' ') > 0),
    attempt         INTEGER NOT NULL DEFAULT 0,
    fence           INTEGER NOT NULL DEFAULT 0,
    lease_owner     TEXT,
    lease_until     INTEGER,
    next_attempt_at INTEGER NOT NULL,
    updated_at      INTEGER NOT NULL,
    -- How often it changed: the number of its last event.
    changes         INTEGER NOT NULL DEFAULT 0,
    msg_date        INTEGER,
    msg_sha256      TEXT,
    message_id      TEXT,
    resent          INTEGER NOT NULL DEFAULT 0,
    detail          TEXT,
    remote_id       TEXT
) STRICT;

-- Claims, leases, counts, lists by state: one index, because every change of a state pays for each.
CREATE INDEX delivery_by_state ON delivery (broadcast, state, next_attempt_at);

-- Who gets it, as sealed.
CREATE TABLE recipient (
    delivery   INTEGER PRIMARY KEY REFERENCES delivery (id),
    subscriber TEXT NOT NULL
) STRICT;

-- Every change of a delivery, append-only; kept together by delivery, so that no second index is needed.
CREATE TABLE event (
    delivery INTEGER NOT NULL REFERENCES delivery (id),
    number   INTEGER NOT NULL,
    at       INTEGER NOT NULL,
    attempt  INTEGER NOT NULL,
    kind     TEXT NOT NULL,
    state    TEXT NOT NULL,
    detail   TEXT,
    PRIMARY KEY (delivery, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE subscriber (
    canonical  TEXT PRIMARY KEY,
    address    TEXT NOT NULL,
    name       TEXT,
    language   TEXT,
    topics     TEXT,
    fields     TEXT,
    status     TEXT NOT NULL CHECK (status IN ('active', 'unsubscribed')),
    added_at   INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE suppression (
    addr_key BLOB NOT NULL,
    scope    TEXT NOT NULL,
    reason   TEXT NOT NULL,
    since    INTEGER NOT NULL,
    address  TEXT,
    evidence TEXT,
    PRIMARY KEY (addr_key, scope)
) STRICT, WITHOUT ROWID;

-- When the next message may leave, by relay.
CREATE TABLE rate (
    relay   TEXT PRIMARY KEY,
    free_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
