-- Items of the configuration that are kept here and not in a file, sealed. A removed one keeps its
-- row, so that the highest version, the generation of them all, never falls.
CREATE TABLE managed (
    kind       TEXT    NOT NULL CHECK (kind IN ('accounts', 'merchants')),
    id         TEXT    NOT NULL,
    version    INTEGER NOT NULL UNIQUE CHECK (version > 0),
    sealed     BLOB,
    changed_at INTEGER NOT NULL,
    changed_by TEXT    NOT NULL,
    PRIMARY KEY (kind, id)
) STRICT;
