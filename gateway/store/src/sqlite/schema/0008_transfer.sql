-- Money paid out. What decides anything stands in the record.
CREATE TABLE transfer (
    id          TEXT    NOT NULL PRIMARY KEY,
    merchant_id TEXT    NOT NULL,
    account_id  TEXT    NOT NULL,
    transfer_no TEXT    NOT NULL,
    status      TEXT    NOT NULL,
    amount      INTEGER NOT NULL CHECK (amount > 0),
    currency    TEXT    NOT NULL,
    version     INTEGER NOT NULL CHECK (version > 0),
    created_at  INTEGER NOT NULL,
    record      TEXT    NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX transfer_by_merchant ON transfer (merchant_id, id);
-- As long as what waits for somebody.
CREATE INDEX transfer_held ON transfer (id) WHERE status = 'held';

-- What merchants and accounts have paid out, by day.
CREATE TABLE spent (
    spender  TEXT    NOT NULL,
    day      INTEGER NOT NULL,
    currency TEXT    NOT NULL,
    amount   INTEGER NOT NULL,
    PRIMARY KEY (spender, day, currency)
) STRICT, WITHOUT ROWID;
