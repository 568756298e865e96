-- The first schema: PostgreSQL's will differ in types alone.
--
-- Everything can be sharded by merchant. Each row names its merchant, or the payment whose id
-- embeds the merchant's bucket, in its primary key or beside it; and every unique key is unique
-- within one merchant, so no constraint ever has to look at another shard.

-- `record` is the payment; the columns beside it are what is searched, listed and constrained.
CREATE TABLE payment (
    id          TEXT    NOT NULL PRIMARY KEY,
    merchant_id TEXT    NOT NULL,
    order_no    TEXT    NOT NULL,
    status      TEXT    NOT NULL,
    amount      INTEGER NOT NULL CHECK (amount > 0),
    currency    TEXT    NOT NULL,
    paid        INTEGER NOT NULL CHECK (paid >= 0),
    reserved    INTEGER NOT NULL CHECK (reserved >= 0),
    refunded    INTEGER NOT NULL CHECK (refunded >= 0),
    version     INTEGER NOT NULL CHECK (version > 0),
    created_at  INTEGER NOT NULL,
    expires_at  INTEGER NOT NULL,
    doubt_since INTEGER,
    record      TEXT    NOT NULL,
    -- Subtracted, not added: the difference of two positive numbers cannot overflow.
    CHECK (refunded <= paid - reserved)
) STRICT;

-- A merchant's payments, newest first: ids sort by time.
CREATE INDEX payment_by_merchant ON payment (merchant_id, id);

-- Those alone of whose attempts nobody knows what became, so it is short.
CREATE INDEX payment_in_doubt ON payment (doubt_since) WHERE doubt_since IS NOT NULL;

-- Facts that may be written once, ever. The key's text begins with its kind and its merchant.
CREATE TABLE once (
    key    TEXT NOT NULL PRIMARY KEY,
    holder TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE idempotency (
    merchant_id TEXT    NOT NULL,
    key         TEXT    NOT NULL,
    fingerprint BLOB    NOT NULL CHECK (length(fingerprint) = 32),
    holder      TEXT    NOT NULL,
    until       INTEGER NOT NULL,
    created_at  INTEGER NOT NULL,
    -- The answer: both or neither.
    status      INTEGER,
    body        BLOB,
    PRIMARY KEY (merchant_id, key),
    CHECK ((status IS NULL) = (body IS NULL))
) STRICT;

-- An account belongs to one merchant, so its id stands for the merchant's.
CREATE TABLE notification (
    account_id  TEXT    NOT NULL,
    id          TEXT    NOT NULL,
    kind        TEXT    NOT NULL,
    payment_id  TEXT,
    disposition TEXT    NOT NULL CHECK (disposition IN ('applied', 'quarantined', 'orphan')),
    headers     TEXT    NOT NULL,
    body        BLOB    NOT NULL,
    received_at INTEGER NOT NULL,
    PRIMARY KEY (account_id, id)
) STRICT;

-- `seq` is the cursor: one writer, so the order of numbers is the order of commits.
CREATE TABLE event (
    seq         INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    id          TEXT    NOT NULL UNIQUE,
    merchant_id TEXT    NOT NULL,
    kind        TEXT    NOT NULL,
    payload     BLOB    NOT NULL,
    created_at  INTEGER NOT NULL
) STRICT;

CREATE INDEX event_by_merchant ON event (merchant_id, seq);

-- An id holds its payment, so one key serves "this delivery" and "all of this payment".
CREATE TABLE delivery (
    payment_id  TEXT    NOT NULL,
    id          TEXT    NOT NULL,
    merchant_id TEXT    NOT NULL,
    state       TEXT    NOT NULL CHECK (state IN ('due', 'delivered', 'exhausted')),
    ended_at    INTEGER,
    attempts    INTEGER NOT NULL CHECK (attempts BETWEEN 0 AND 65535),
    PRIMARY KEY (payment_id, id),
    CHECK ((state = 'due') = (ended_at IS NULL))
) STRICT, WITHOUT ROWID;

-- The outbox and the delay queue. The kind's text holds the payment. Finished tasks are removed,
-- so the index is as long as the work ahead.
CREATE TABLE task (
    kind         TEXT    NOT NULL PRIMARY KEY,
    due          INTEGER NOT NULL,
    leased_until INTEGER NOT NULL,
    fence        INTEGER NOT NULL CHECK (fence >= 0)
) STRICT, WITHOUT ROWID;

CREATE INDEX task_by_due ON task (due, kind);

-- The leased alone: as long as the workers are many.
CREATE INDEX task_by_lease ON task (leased_until) WHERE leased_until > due;

-- The highest fence of a task that is gone. A task that comes back goes on from there, or a worker
-- left behind in its first life could finish its second.
CREATE TABLE fence_floor (
    id    INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    fence INTEGER NOT NULL CHECK (fence >= 0)
) STRICT;

INSERT INTO fence_floor (id, fence) VALUES (1, 0);

-- A payment's timeline, in the order of commits.
CREATE TABLE entry (
    payment_id TEXT    NOT NULL,
    seq        INTEGER NOT NULL,
    at         INTEGER NOT NULL,
    kind       TEXT    NOT NULL,
    detail     TEXT    NOT NULL,
    PRIMARY KEY (payment_id, seq)
) STRICT, WITHOUT ROWID;
