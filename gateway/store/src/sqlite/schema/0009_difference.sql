-- What bills and books differ in: one row for each number of an account. What decides anything
-- stands in the record.
CREATE TABLE difference (
    account_id TEXT    NOT NULL,
    key        TEXT    NOT NULL,
    -- The first of the two.
    day        INTEGER NOT NULL,
    bill_day   INTEGER,
    books_day  INTEGER,
    kind       TEXT    NOT NULL,
    state      TEXT    NOT NULL CHECK
        (state IN ('waiting', 'open', 'proposed', 'resolved', 'accepted', 'written_off')),
    version    INTEGER NOT NULL CHECK (version > 0),
    record     TEXT    NOT NULL,
    PRIMARY KEY (account_id, key)
) STRICT, WITHOUT ROWID;

CREATE INDEX difference_by_bill ON difference (account_id, bill_day, key);
CREATE INDEX difference_by_books ON difference (account_id, books_day, key);
CREATE INDEX difference_by_day ON difference (-day, account_id, key);
-- As long as what waits for somebody.
CREATE INDEX difference_open ON difference (state, account_id, day)
    WHERE state IN ('waiting', 'open', 'proposed');

-- A bill may be on its way to be compared.
CREATE TABLE bill_of_now (
    account_id TEXT    NOT NULL,
    kind       TEXT    NOT NULL CHECK (kind IN ('trade', 'funds')),
    day        INTEGER NOT NULL,
    state      TEXT    NOT NULL CHECK (state IN
        ('wanted', 'fetched', 'comparing', 'comparing_none', 'none', 'refused', 'reconciled')),
    line       INTEGER NOT NULL,
    what       TEXT    NOT NULL,
    lines      INTEGER NOT NULL,
    changed_at INTEGER NOT NULL,
    version    INTEGER NOT NULL CHECK (version > 0),
    PRIMARY KEY (account_id, day, kind)
) STRICT, WITHOUT ROWID;
INSERT INTO bill_of_now SELECT account_id, kind, day, state, line, what, lines, changed_at, version
    FROM bill;
DROP TABLE bill;
ALTER TABLE bill_of_now RENAME TO bill;
