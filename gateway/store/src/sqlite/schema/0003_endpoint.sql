-- What is known of a merchant's endpoint, beyond its configuration: since when nothing reaches it,
-- and whether it is disabled. An endpoint without a row is enabled and well.
CREATE TABLE endpoint (
    merchant_id     TEXT    NOT NULL,
    id              TEXT    NOT NULL,
    failing_since   INTEGER,
    disabled_at     INTEGER,
    disabled_reason TEXT
        CHECK (disabled_reason IN ('gone', 'failing', 'merchant', 'operator')),
    version         INTEGER NOT NULL CHECK (version > 0),
    PRIMARY KEY (merchant_id, id),
    CHECK ((disabled_at IS NULL) = (disabled_reason IS NULL))
) STRICT, WITHOUT ROWID;

-- Deliveries learn to be held, and are found by their endpoint while they are. A constraint cannot
-- be altered, so the table is made anew; an id ends with its endpoint, behind 35 characters.
CREATE TABLE delivery_new (
    payment_id  TEXT    NOT NULL,
    id          TEXT    NOT NULL,
    merchant_id TEXT    NOT NULL,
    endpoint_id TEXT    NOT NULL,
    state       TEXT    NOT NULL CHECK (state IN ('due', 'delivered', 'exhausted', 'held')),
    ended_at    INTEGER,
    attempts    INTEGER NOT NULL CHECK (attempts BETWEEN 0 AND 65535),
    paid_at     INTEGER,
    PRIMARY KEY (payment_id, id),
    CHECK ((state = 'due') = (ended_at IS NULL))
) STRICT, WITHOUT ROWID;

INSERT INTO delivery_new (payment_id, id, merchant_id, endpoint_id, state, ended_at, attempts)
    SELECT payment_id, id, merchant_id, substr(id, 36), state, ended_at, attempts FROM delivery;

DROP TABLE delivery;
ALTER TABLE delivery_new RENAME TO delivery;

CREATE INDEX delivery_held ON delivery (merchant_id, endpoint_id, id) WHERE state = 'held';

-- Money that its merchant has not heard of: those alone, so it is short.
CREATE INDEX delivery_untold ON delivery (state, paid_at)
    WHERE paid_at IS NOT NULL AND state <> 'delivered';
