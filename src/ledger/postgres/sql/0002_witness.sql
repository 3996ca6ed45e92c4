-- Version 2. What each run has done, in steps. The machine that sent remembers it too, and so notices when this
-- database was put back to an earlier state.
CREATE TABLE run (
    id    bytea PRIMARY KEY,
    steps bigint NOT NULL,
    at    bigint NOT NULL
) WITH (fillfactor = 50);

-- Issues that a machine has sent although this database, since it was put back, has not sealed them.
CREATE TABLE sent_unsealed (
    newsletter text NOT NULL,
    issue      text NOT NULL,
    edition    bigint NOT NULL,
    PRIMARY KEY (newsletter, issue, edition)
);
