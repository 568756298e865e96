-- Money that moved: out of one book, into another, for a cause that moves money once. Since both
-- are in one row, the sum over all books is zero whatever the rows say. There is one writer, so
-- `seq` is the order of commits.
CREATE TABLE journal (
    seq         INTEGER NOT NULL PRIMARY KEY,
    cause       TEXT    NOT NULL UNIQUE,
    merchant_id TEXT    NOT NULL,
    debit       TEXT    NOT NULL,
    credit      TEXT    NOT NULL,
    currency    TEXT    NOT NULL,
    amount      INTEGER NOT NULL CHECK (amount > 0),
    moved_at    INTEGER NOT NULL,
    booked_at   INTEGER NOT NULL,
    -- Where a channel's money moved: the account, and the day of its bill.
    account_id  TEXT,
    day         INTEGER NOT NULL,
    CHECK (debit <> credit)
) STRICT;

CREATE INDEX journal_by_merchant ON journal (merchant_id, seq);

CREATE INDEX journal_by_account ON journal (account_id, day, cause) WHERE account_id IS NOT NULL;

CREATE TRIGGER journal_is_not_changed BEFORE UPDATE ON journal
    BEGIN SELECT raise(ABORT, 'the journal is only appended to'); END;
CREATE TRIGGER journal_is_not_removed BEFORE DELETE ON journal
    BEGIN SELECT raise(ABORT, 'the journal is only appended to'); END;

-- What each book holds: the sum of its credits less the sum of its debits.
CREATE TABLE book (
    name     TEXT    NOT NULL,
    currency TEXT    NOT NULL,
    balance  INTEGER NOT NULL,
    PRIMARY KEY (name, currency)
) STRICT, WITHOUT ROWID;
