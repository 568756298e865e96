-- Who may get shares of a merchant's payments.
CREATE TABLE receiver (
    merchant_id TEXT    NOT NULL,
    receiver_no TEXT    NOT NULL,
    account_id  TEXT    NOT NULL,
    kind        TEXT    NOT NULL,
    identity    TEXT    NOT NULL,
    relation    TEXT    NOT NULL,
    bound       INTEGER NOT NULL CHECK (bound IN (0, 1)),
    changed_at  INTEGER NOT NULL,
    PRIMARY KEY (merchant_id, receiver_no)
) STRICT, WITHOUT ROWID;
