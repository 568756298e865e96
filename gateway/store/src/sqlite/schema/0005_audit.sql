-- Who did what on the admin listener: appended, never changed. Each hash is SHA-256 over the hash
-- before it and the entry's own bytes.
CREATE TABLE audit (
    seq        INTEGER NOT NULL PRIMARY KEY,
    at         INTEGER NOT NULL,
    user       TEXT    NOT NULL,
    role       TEXT    NOT NULL,
    address    TEXT    NOT NULL,
    action     TEXT    NOT NULL,
    object     TEXT    NOT NULL,
    outcome    TEXT    NOT NULL,
    request_id TEXT    NOT NULL,
    detail     TEXT    NOT NULL,
    hash       BLOB    NOT NULL CHECK (length(hash) = 32)
) STRICT;

CREATE TRIGGER audit_is_not_changed BEFORE UPDATE ON audit
    BEGIN SELECT raise(ABORT, 'the audit log is only appended to'); END;
CREATE TRIGGER audit_is_not_removed BEFORE DELETE ON audit
    BEGIN SELECT raise(ABORT, 'the audit log is only appended to'); END;

-- By which number the channel knows a payment.
CREATE TABLE trade (
    channel_trade_no TEXT NOT NULL,
    payment_id       TEXT NOT NULL,
    PRIMARY KEY (channel_trade_no, payment_id)
) STRICT, WITHOUT ROWID;

-- By which number a merchant knows a payment, its own or that of a refund: an operator who asks
-- does not know the merchant.
CREATE INDEX payment_by_order_no ON payment (order_no);

CREATE TABLE refund_number (
    refund_no  TEXT NOT NULL,
    payment_id TEXT NOT NULL,
    PRIMARY KEY (refund_no, payment_id)
) STRICT, WITHOUT ROWID;

-- What an operator looks for when a merchant hears nothing: as long as what has failed.
CREATE INDEX delivery_failing ON delivery (merchant_id, endpoint_id, id)
    WHERE state <> 'delivered' AND (state <> 'due' OR attempts > 0);
