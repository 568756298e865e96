-- What accounts have taken, by day: the sum of what payments took and gave back. There is one
-- writer, so one row for each day of an account is not crowded.
CREATE TABLE taken (
    account_id TEXT    NOT NULL,
    day        INTEGER NOT NULL,
    currency   TEXT    NOT NULL,
    count      INTEGER NOT NULL,
    amount     INTEGER NOT NULL,
    PRIMARY KEY (account_id, day, currency)
) STRICT, WITHOUT ROWID;
