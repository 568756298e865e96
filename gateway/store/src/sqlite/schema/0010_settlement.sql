-- What merchants are owed for a stretch of their journal. What decides anything stands in the
-- record; a merchant has one of each place in each currency.
CREATE TABLE settlement (
    number      TEXT    NOT NULL PRIMARY KEY,
    id          TEXT    NOT NULL UNIQUE,
    merchant_id TEXT    NOT NULL,
    currency    TEXT    NOT NULL,
    place       INTEGER NOT NULL CHECK (place > 0),
    status      TEXT    NOT NULL,
    amount      INTEGER NOT NULL CHECK (amount >= 0),
    version     INTEGER NOT NULL CHECK (version > 0),
    created_at  INTEGER NOT NULL,
    record      TEXT    NOT NULL,
    UNIQUE (merchant_id, currency, place)
) STRICT, WITHOUT ROWID;

CREATE INDEX settlement_by_merchant ON settlement (merchant_id, id);
-- As long as what somebody still has to do.
CREATE INDEX settlement_open ON settlement (merchant_id, id)
    WHERE status IN ('confirmed', 'draft', 'failed', 'paying');
