-- Version 2. What all runs share about the world outside.

-- What rests until when: a provider, a relay, a broadcast that a breaker holds.
CREATE TABLE pause (
    key   TEXT PRIMARY KEY,
    until INTEGER NOT NULL,
    cause TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- What was spent of a quota, by the beginning of the part of its time.
CREATE TABLE spent (
    key   TEXT NOT NULL,
    slot  INTEGER NOT NULL,
    count INTEGER NOT NULL,
    PRIMARY KEY (key, slot)
) STRICT, WITHOUT ROWID;
