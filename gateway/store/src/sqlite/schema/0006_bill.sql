-- Bills of accounts, day by day: what became of each. Their files are kept beside the store.
CREATE TABLE bill (
    account_id TEXT    NOT NULL,
    kind       TEXT    NOT NULL CHECK (kind IN ('trade', 'funds')),
    day        INTEGER NOT NULL,
    state      TEXT    NOT NULL
        CHECK (state IN ('wanted', 'fetched', 'none', 'refused', 'reconciled')),
    line       INTEGER NOT NULL,
    what       TEXT    NOT NULL,
    lines      INTEGER NOT NULL,
    changed_at INTEGER NOT NULL,
    version    INTEGER NOT NULL CHECK (version > 0),
    PRIMARY KEY (account_id, day, kind)
) STRICT, WITHOUT ROWID;
