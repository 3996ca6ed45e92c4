-- Version 3. How far the send journal of each run was taken over.
CREATE TABLE journal (
    run    BLOB PRIMARY KEY,
    upto   INTEGER NOT NULL,
    since  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What journals know of deliveries that this database doesn't: a backup from before their issue was sealed was put back.
CREATE TABLE witnessed (
    delivery   INTEGER PRIMARY KEY,
    state      TEXT NOT NULL,
    fence      INTEGER NOT NULL,
    attempt    INTEGER NOT NULL,
    at         INTEGER NOT NULL,
    msg_date   INTEGER,
    msg_sha256 TEXT,
    message_id TEXT,
    remote_id  TEXT
) STRICT;
