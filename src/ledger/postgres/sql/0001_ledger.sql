-- Version 1. Moments are microseconds since 1970, UTC. States are the numbers of `states.rs`; kinds are words.
-- Only what PostgreSQL, CockroachDB, YugabyteDB and Citus share: see docs/scale.md.

CREATE TABLE broadcast (
    id         bigint PRIMARY KEY,
    newsletter text NOT NULL,
    issue      text NOT NULL,
    edition    bigint NOT NULL,
    seal       text NOT NULL,
    -- Whether it is sending or done follows from its deliveries; only giving up is a fact of its own.
    cancelled  boolean NOT NULL DEFAULT false,
    sealed_at  bigint NOT NULL,
    content    text NOT NULL,
    -- One seal: whoever comes second finds this row.
    UNIQUE (newsletter, issue, edition)
);

-- What changes about a delivery. Its states stand in no index, so that commits and verdicts can be written into
-- the page where the row stands already; the room they need is left free.
CREATE TABLE delivery (
    broadcast   bigint NOT NULL,
    id          bigint NOT NULL,
    -- Since when it is due; nothing while it waits for nothing. The queue is the index over this.
    due_at      bigint,
    updated_at  bigint NOT NULL,
    fence       bigint NOT NULL DEFAULT 0,
    lease_until bigint,
    msg_date    bigint,
    committed_at bigint,
    attempt     integer NOT NULL DEFAULT 0,
    state       smallint NOT NULL,
    resent      boolean NOT NULL DEFAULT false,
    addr_key    bytea NOT NULL,
    lease_owner text,
    msg_sha256  text,
    message_id  text,
    remote_id   text,
    detail      text,
    PRIMARY KEY (broadcast, id)
) WITH (fillfactor = 30);

CREATE INDEX delivery_due ON delivery (broadcast, due_at, id) WHERE due_at IS NOT NULL;

-- Who gets it, as sealed. Nothing of it changes, except that a reader is forgotten.
CREATE TABLE recipient (
    broadcast  bigint NOT NULL,
    id         bigint NOT NULL,
    variant    bigint NOT NULL,
    addr_key   bytea NOT NULL,
    subscriber text NOT NULL,
    PRIMARY KEY (broadcast, id)
);

-- One mailbox gets one message; the other way round it finds all deliveries of a mailbox.
CREATE UNIQUE INDEX recipient_once ON recipient (addr_key, broadcast);

-- What happened to a delivery beside the plain way (claim, commit, accept), of which the delivery itself tells.
-- Append-only.
CREATE TABLE event (
    broadcast bigint NOT NULL,
    delivery  bigint NOT NULL,
    at        bigint NOT NULL,
    attempt   integer NOT NULL,
    kind      text NOT NULL,
    state     smallint NOT NULL,
    detail    text
);

CREATE INDEX event_of ON event (broadcast, delivery);

CREATE TABLE subscriber (
    canonical  text COLLATE "C" PRIMARY KEY,
    address    text NOT NULL,
    name       text,
    language   text,
    topics     text,
    fields     text,
    is_active  boolean NOT NULL,
    added_at   bigint NOT NULL,
    updated_at bigint NOT NULL
);

CREATE TABLE suppression (
    addr_key bytea NOT NULL,
    scope    text NOT NULL,
    reason   text NOT NULL,
    since    bigint NOT NULL,
    address  text,
    evidence text,
    PRIMARY KEY (addr_key, scope)
);

-- Rows of imports on their way into the list. They are put here and taken away in one transaction, so nobody
-- ever sees them.
CREATE TABLE import_row (
    import     bigint NOT NULL,
    seq        bigint NOT NULL,
    canonical  text COLLATE "C" NOT NULL,
    addr_key   bytea NOT NULL,
    address    text NOT NULL,
    name       text,
    language   text,
    topics     text,
    fields     text,
    has_left   boolean NOT NULL,
    place      text NOT NULL,
    at         bigint NOT NULL,
    PRIMARY KEY (import, canonical, seq)
);

-- When the next message may leave, by relay.
CREATE TABLE rate (
    relay   text PRIMARY KEY,
    free_at bigint NOT NULL
);

-- What rests until when: a provider, a relay, a broadcast that a breaker holds.
CREATE TABLE pause (
    key   text PRIMARY KEY,
    until bigint NOT NULL,
    cause text NOT NULL
);

-- What was spent of a quota, by the beginning of the part of its time.
CREATE TABLE spent (
    key   text NOT NULL,
    slot  bigint NOT NULL,
    count bigint NOT NULL,
    PRIMARY KEY (key, slot)
);

-- Numbers that are given out one by one.
CREATE TABLE counter (
    name  text PRIMARY KEY,
    value bigint NOT NULL
);

INSERT INTO counter (name, value) VALUES ('broadcast', 0);
