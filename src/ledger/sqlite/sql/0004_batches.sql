-- Version 4. Claims and histories that are cheap to write.

-- Claims that were taken together and that nobody has had to look at one by one: their deliveries still stand as they
-- stood before. Whoever wants to know or change how a delivery stands first writes them out.
CREATE TABLE batch (
    -- Never used again: a handle knows its own by it.
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    broadcast   INTEGER NOT NULL REFERENCES broadcast (id),
    worker      TEXT NOT NULL,
    claimed_at  INTEGER NOT NULL,
    lease_until INTEGER NOT NULL,
    -- Delivery and fence of each claim, 8 octets each, little-endian.
    members     BLOB NOT NULL
) STRICT;

-- One line of a history can tell of the claim and the commit before it as well; their numbers are those before its own.
ALTER TABLE event ADD COLUMN claimed_at INTEGER;
ALTER TABLE event ADD COLUMN claimed_by TEXT;
ALTER TABLE event ADD COLUMN committed_at INTEGER;
