-- The first schema. It differs from SQLite's in what many writers need: cursors that follow the
-- order of commits, fences from a sequence, and the batch as one function.
--
-- `bucket` is the hash of the merchant that every id carries, so it is known wherever a merchant
-- or a payment is; it comes first in every key, and any of these tables can be sharded by it.
-- Text is compared by bytes, whatever the database's language.

-- `record` is the payment; the columns beside it are what is searched, listed and constrained.
CREATE TABLE payment (
    bucket      smallint NOT NULL,
    id          text COLLATE "C" NOT NULL,
    merchant_id text COLLATE "C" NOT NULL,
    order_no    text COLLATE "C" NOT NULL,
    status      text COLLATE "C" NOT NULL,
    amount      bigint NOT NULL CHECK (amount > 0),
    currency    text COLLATE "C" NOT NULL,
    paid        bigint NOT NULL CHECK (paid >= 0),
    reserved    bigint NOT NULL CHECK (reserved >= 0),
    refunded    bigint NOT NULL CHECK (refunded >= 0),
    version     bigint NOT NULL CHECK (version > 0),
    created_at  bigint NOT NULL,
    expires_at  bigint NOT NULL,
    doubt_since bigint,
    record      text NOT NULL,
    PRIMARY KEY (bucket, id),
    -- Subtracted, not added: the difference of two positive numbers cannot overflow.
    CONSTRAINT payment_returns_no_more_than_it_got CHECK (refunded <= paid - reserved)
);

-- A merchant's payments, newest first: ids sort by time.
CREATE INDEX payment_by_merchant ON payment (bucket, merchant_id, id);

-- Those alone of whose attempts nobody knows what became, so it is short.
CREATE INDEX payment_in_doubt ON payment (doubt_since) WHERE doubt_since IS NOT NULL;

-- Facts that may be written once, ever. The key's text begins with its kind and its merchant.
CREATE TABLE once (
    bucket smallint NOT NULL,
    key    text COLLATE "C" NOT NULL,
    holder text NOT NULL,
    PRIMARY KEY (bucket, key)
);

CREATE TABLE idempotency (
    bucket      smallint NOT NULL,
    merchant_id text COLLATE "C" NOT NULL,
    key         text COLLATE "C" NOT NULL,
    fingerprint bytea NOT NULL CHECK (length(fingerprint) = 32),
    holder      text NOT NULL,
    until       bigint NOT NULL,
    created_at  bigint NOT NULL,
    -- The answer: both or neither.
    status      integer,
    body        bytea,
    PRIMARY KEY (bucket, merchant_id, key),
    CHECK ((status IS NULL) = (body IS NULL))
);

-- An orphan knows no payment and so no merchant: the account comes first here.
CREATE TABLE notification (
    account_id  text COLLATE "C" NOT NULL,
    id          text COLLATE "C" NOT NULL,
    kind        text NOT NULL,
    payment_id  text COLLATE "C",
    disposition text NOT NULL CHECK (disposition IN ('applied', 'quarantined', 'orphan')),
    headers     text NOT NULL,
    body        bytea NOT NULL,
    received_at bigint NOT NULL,
    PRIMARY KEY (account_id, id)
);

CREATE TABLE event (
    bucket      smallint NOT NULL,
    id          text COLLATE "C" NOT NULL,
    merchant_id text COLLATE "C" NOT NULL,
    kind        text NOT NULL,
    payload     bytea NOT NULL,
    created_at  bigint NOT NULL,
    PRIMARY KEY (bucket, id)
);

-- The last cursor given to a merchant. Its row is locked from the cursor's birth to the end of the
-- transaction, so the next cursor is given only when this one can be seen.
CREATE TABLE cursor (
    bucket      smallint NOT NULL,
    merchant_id text COLLATE "C" NOT NULL,
    last        bigint NOT NULL CHECK (last > 0),
    PRIMARY KEY (bucket, merchant_id)
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);

-- A merchant's events in the order of their commits.
CREATE TABLE feed (
    bucket      smallint NOT NULL,
    merchant_id text COLLATE "C" NOT NULL,
    seq         bigint NOT NULL,
    event_id    text COLLATE "C" NOT NULL,
    PRIMARY KEY (bucket, merchant_id, seq)
);

CREATE TABLE delivery (
    bucket      smallint NOT NULL,
    payment_id  text COLLATE "C" NOT NULL,
    id          text COLLATE "C" NOT NULL,
    merchant_id text COLLATE "C" NOT NULL,
    -- An id ends with its endpoint, behind 35 characters.
    endpoint_id text COLLATE "C" NOT NULL GENERATED ALWAYS AS (substr(id, 36)) STORED,
    state       text NOT NULL CHECK (state IN ('due', 'delivered', 'exhausted', 'held')),
    ended_at    bigint,
    attempts    integer NOT NULL CHECK (attempts BETWEEN 0 AND 65535),
    paid_at     bigint,
    PRIMARY KEY (bucket, payment_id, id),
    CHECK ((state = 'due') = (ended_at IS NULL))
);

CREATE INDEX delivery_held ON delivery (bucket, merchant_id, endpoint_id, id)
    WHERE state = 'held';

-- Money that its merchant has not heard of: those alone, so it is short.
CREATE INDEX delivery_untold ON delivery (state, paid_at)
    WHERE paid_at IS NOT NULL AND state <> 'delivered';
-- What an operator looks for when a merchant hears nothing: as long as what has failed.
CREATE INDEX delivery_failing ON delivery (bucket, merchant_id, endpoint_id, id)
    WHERE state <> 'delivered' AND (state <> 'due' OR attempts > 0);

-- What is known of a merchant's endpoint, beyond its configuration: since when nothing reaches it,
-- and whether it is disabled. An endpoint without a row is enabled and well.
CREATE TABLE endpoint (
    bucket          smallint NOT NULL,
    merchant_id     text COLLATE "C" NOT NULL,
    id              text COLLATE "C" NOT NULL,
    failing_since   bigint,
    disabled_at     bigint,
    disabled_reason text
        CHECK (disabled_reason IN ('gone', 'failing', 'merchant', 'operator')),
    version         bigint NOT NULL CHECK (version > 0),
    PRIMARY KEY (bucket, merchant_id, id),
    CHECK ((disabled_at IS NULL) = (disabled_reason IS NULL))
);

-- Bills of accounts, day by day: what became of each. Their files are kept beside the program.
CREATE TABLE bill (
    account_id text COLLATE "C" NOT NULL,
    kind       text COLLATE "C" NOT NULL CHECK (kind IN ('trade', 'funds')),
    day        integer NOT NULL,
    state      text NOT NULL
        CHECK (state IN ('wanted', 'fetched', 'comparing', 'comparing_none', 'none', 'refused',
            'reconciled')),
    line       bigint NOT NULL,
    what       text NOT NULL,
    lines      bigint NOT NULL,
    changed_at bigint NOT NULL,
    version    bigint NOT NULL CHECK (version > 0),
    PRIMARY KEY (account_id, day, kind)
);

-- What bills and books differ in: one row for each number of an account. What decides anything
-- stands in the record.
CREATE TABLE difference (
    account_id text COLLATE "C" NOT NULL,
    key        text COLLATE "C" NOT NULL,
    -- The first of the two.
    day        integer NOT NULL,
    bill_day   integer,
    books_day  integer,
    kind       text COLLATE "C" NOT NULL,
    state      text NOT NULL CHECK
        (state IN ('waiting', 'open', 'proposed', 'resolved', 'accepted', 'written_off')),
    version    bigint NOT NULL CHECK (version > 0),
    record     text NOT NULL,
    PRIMARY KEY (account_id, key)
);

CREATE INDEX difference_by_bill ON difference (account_id, bill_day, key);
CREATE INDEX difference_by_books ON difference (account_id, books_day, key);
CREATE INDEX difference_by_day ON difference ((-day), account_id, key);
-- As long as what waits for somebody.
CREATE INDEX difference_open ON difference (state, account_id, day)
    WHERE state IN ('waiting', 'open', 'proposed');

-- By which number the channel knows a payment; whoever asks does not know the merchant.
CREATE TABLE trade (
    channel_trade_no text COLLATE "C" NOT NULL,
    payment_id       text COLLATE "C" NOT NULL,
    PRIMARY KEY (channel_trade_no, payment_id)
);

-- By which number a merchant knows a payment, its own or that of a refund: an operator who asks
-- does not know the merchant.
CREATE INDEX payment_by_order_no ON payment (order_no);

CREATE TABLE refund_number (
    refund_no  text COLLATE "C" NOT NULL,
    payment_id text COLLATE "C" NOT NULL,
    PRIMARY KEY (refund_no, payment_id)
);

-- Who did what on the admin listener: appended, never changed. Each hash is SHA-256 over the hash
-- before it and the entry's own bytes; its writers wait for each other.
CREATE TABLE audit (
    seq        bigint NOT NULL PRIMARY KEY,
    at         bigint NOT NULL,
    "user"     text NOT NULL,
    role       text NOT NULL,
    address    text NOT NULL,
    action     text NOT NULL,
    object     text NOT NULL,
    outcome    text NOT NULL,
    request_id text NOT NULL,
    detail     text NOT NULL,
    hash       bytea NOT NULL CHECK (length(hash) = 32)
);

CREATE FUNCTION paymux_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is only appended to', TG_TABLE_NAME;
END $$;

CREATE TRIGGER audit_is_not_changed BEFORE UPDATE OR DELETE OR TRUNCATE ON audit
    EXECUTE FUNCTION paymux_append_only();

-- Money that moved: out of one book, into another, for a cause that moves money once. Since both
-- are in one row, the sum over all books is zero whatever the rows say.
CREATE TABLE posting (
    cause       text COLLATE "C" NOT NULL PRIMARY KEY,
    bucket      smallint NOT NULL,
    merchant_id text COLLATE "C" NOT NULL,
    debit       text COLLATE "C" NOT NULL,
    credit      text COLLATE "C" NOT NULL,
    currency    text COLLATE "C" NOT NULL,
    amount      bigint NOT NULL CHECK (amount > 0),
    moved_at    bigint NOT NULL,
    booked_at   bigint NOT NULL,
    -- Where a channel's money moved: the account, and the day of its bill.
    account_id  text COLLATE "C",
    day         integer NOT NULL,
    CHECK (debit <> credit)
);

CREATE INDEX posting_by_account ON posting (account_id, day, cause) WHERE account_id IS NOT NULL;

CREATE TRIGGER posting_is_not_changed BEFORE UPDATE OR DELETE OR TRUNCATE ON posting
    EXECUTE FUNCTION paymux_append_only();

-- The last place given in a merchant's journal: what `cursor` is to events.
CREATE TABLE journal_cursor (
    bucket      smallint NOT NULL,
    merchant_id text COLLATE "C" NOT NULL,
    last        bigint NOT NULL CHECK (last > 0),
    PRIMARY KEY (bucket, merchant_id)
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);

-- A merchant's postings in the order of their commits.
CREATE TABLE journal (
    bucket      smallint NOT NULL,
    merchant_id text COLLATE "C" NOT NULL,
    seq         bigint NOT NULL,
    cause       text COLLATE "C" NOT NULL,
    booked_at   bigint NOT NULL,
    PRIMARY KEY (bucket, merchant_id, seq)
);

CREATE TRIGGER journal_is_not_changed BEFORE UPDATE OR DELETE OR TRUNCATE ON journal
    EXECUTE FUNCTION paymux_append_only();

-- What each book holds: the sum of its credits less the sum of its debits. A connection adds to a
-- row of its own share, as it does for `taken`.
CREATE TABLE book (
    name        text COLLATE "C" NOT NULL,
    currency    text COLLATE "C" NOT NULL,
    share       smallint NOT NULL,
    balance     bigint NOT NULL,
    PRIMARY KEY (name, currency, share)
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);

-- What accounts have taken, by day: the sum of what payments took and gave back. A connection adds
-- to a row of its own share, so that no row is crowded; a share alone may be negative.
CREATE TABLE taken (
    account_id text COLLATE "C" NOT NULL,
    day        integer NOT NULL,
    currency   text COLLATE "C" NOT NULL,
    share      smallint NOT NULL,
    count      bigint NOT NULL,
    amount     bigint NOT NULL,
    PRIMARY KEY (account_id, day, currency, share)
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);

-- Money paid out. What decides anything stands in the record.
CREATE TABLE transfer (
    bucket      smallint NOT NULL,
    id          text COLLATE "C" NOT NULL,
    merchant_id text COLLATE "C" NOT NULL,
    account_id  text COLLATE "C" NOT NULL,
    transfer_no text COLLATE "C" NOT NULL,
    status      text NOT NULL,
    amount      bigint NOT NULL CHECK (amount > 0),
    currency    text NOT NULL,
    version     bigint NOT NULL CHECK (version > 0),
    created_at  bigint NOT NULL,
    record      text NOT NULL,
    PRIMARY KEY (bucket, id)
);

CREATE INDEX transfer_by_merchant ON transfer (bucket, merchant_id, id);
-- As long as what waits for somebody.
CREATE INDEX transfer_held ON transfer (id) WHERE status = 'held';

-- What merchants are owed for a stretch of their journal. What decides anything stands in the
-- record; a merchant has one of each place in each currency.
CREATE TABLE settlement (
    number      text COLLATE "C" PRIMARY KEY,
    id          text COLLATE "C" NOT NULL UNIQUE,
    merchant_id text COLLATE "C" NOT NULL,
    currency    text NOT NULL,
    place       bigint NOT NULL CHECK (place > 0),
    status      text NOT NULL,
    amount      bigint NOT NULL CHECK (amount >= 0),
    version     bigint NOT NULL CHECK (version > 0),
    created_at  bigint NOT NULL,
    record      text NOT NULL,
    UNIQUE (merchant_id, currency, place)
);

CREATE INDEX settlement_by_merchant ON settlement (merchant_id, id);
-- As long as what somebody still has to do.
CREATE INDEX settlement_open ON settlement (merchant_id, id)
    WHERE status IN ('confirmed', 'draft', 'failed', 'paying');

-- Who may get shares of a merchant's payments.
CREATE TABLE receiver (
    bucket      smallint NOT NULL,
    merchant_id text COLLATE "C" NOT NULL,
    receiver_no text COLLATE "C" NOT NULL,
    account_id  text COLLATE "C" NOT NULL,
    kind        text NOT NULL,
    identity    text NOT NULL,
    relation    text NOT NULL,
    bound       boolean NOT NULL,
    changed_at  bigint NOT NULL,
    PRIMARY KEY (bucket, merchant_id, receiver_no)
);

-- What merchants and accounts have paid out, by day.
CREATE TABLE spent (
    spender  text COLLATE "C" NOT NULL,
    day      integer NOT NULL,
    currency text COLLATE "C" NOT NULL,
    amount   bigint NOT NULL,
    PRIMARY KEY (spender, day, currency)
);

-- The outbox and the delay queue. Finished tasks are removed, so the index is as long as the work
-- ahead; dead rows in it are what a busy queue dies of, so it is vacuumed by number, not by share.
CREATE TABLE task (
    bucket       smallint NOT NULL,
    kind         text COLLATE "C" NOT NULL,
    due          bigint NOT NULL,
    leased_until bigint NOT NULL,
    fence        bigint NOT NULL,
    PRIMARY KEY (bucket, kind)
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 1000,
        autovacuum_vacuum_cost_delay = 0);

CREATE INDEX task_by_due ON task (due, kind);

-- The leased alone: as long as the workers are many.
CREATE INDEX task_by_lease ON task (leased_until) WHERE leased_until > due;

-- Every fence of every task, once: a task that comes back goes on above its first life.
CREATE SEQUENCE task_fence AS bigint;

-- A payment's timeline: its writers wait for each other, so `seq` is the order of commits.
CREATE TABLE entry (
    bucket     smallint NOT NULL,
    payment_id text COLLATE "C" NOT NULL,
    seq        bigint GENERATED ALWAYS AS IDENTITY,
    at         bigint NOT NULL,
    kind       text NOT NULL,
    detail     text NOT NULL,
    PRIMARY KEY (bucket, payment_id, seq)
);

-- Items of the configuration that are kept here and not in a file, sealed. They are few, and every
-- node reads all of them, so they belong to no bucket. A removed one keeps its row, so that the
-- highest version, the generation of them all, never falls.
CREATE TABLE managed (
    kind       text COLLATE "C" NOT NULL CHECK (kind IN ('accounts', 'merchants')),
    id         text COLLATE "C" NOT NULL,
    version    bigint NOT NULL UNIQUE CHECK (version > 0),
    sealed     bytea,
    changed_at bigint NOT NULL,
    changed_by text NOT NULL,
    PRIMARY KEY (kind, id)
);

-- What postings that are written and not added to their books yet add to one of them.
CREATE FUNCTION paymux_adds_1(posted jsonb, book text, currency text) RETURNS bigint
LANGUAGE sql AS $$
    SELECT coalesce(sum(CASE it->>'credit' WHEN book THEN 1 ELSE -1 END * (it->>'amount')::bigint),
        0)::bigint
    FROM jsonb_array_elements(posted) AS list(it)
    WHERE book IN (it->>'credit', it->>'debit') AND it->>'currency' = paymux_adds_1.currency
$$;

-- A settlement over its version.
CREATE FUNCTION paymux_settlement_1(part jsonb) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    stored bigint;
BEGIN
    SELECT version INTO stored FROM settlement WHERE settlement.number = part->>'number';
    IF coalesce(stored, 0) <> (part->>'expected')::bigint THEN
        RAISE SQLSTATE 'PMX00' USING MESSAGE = 'stale';
    END IF;
    IF part->>'refused' IS NOT NULL THEN
        RAISE SQLSTATE 'PMX00' USING MESSAGE = 'constraint ' || (part->>'refused');
    END IF;
    INSERT INTO settlement (number, id, merchant_id, currency, place, status, amount, version,
        created_at, record)
        SELECT new.* FROM jsonb_to_record(part) AS new(number text, id text, merchant_id text,
            currency text, place bigint, status text, amount bigint, version bigint,
            created_at bigint, record text)
        ON CONFLICT (number) DO UPDATE SET status = excluded.status, version = excluded.version,
        record = excluded.record;
END $$;

-- A transfer over its version, and what it spends within the day's limits.
CREATE FUNCTION paymux_transfer_1(part jsonb) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    stored bigint;
    sum_of bigint;
    it jsonb;
BEGIN
    SELECT version INTO stored FROM transfer
        WHERE transfer.bucket = (part->>'bucket')::smallint AND transfer.id = part->>'id';
    IF coalesce(stored, 0) <> (part->>'expected')::bigint THEN
        RAISE SQLSTATE 'PMX00' USING MESSAGE = 'stale';
    END IF;
    IF part->>'refused' IS NOT NULL THEN
        RAISE SQLSTATE 'PMX00' USING MESSAGE = 'constraint ' || (part->>'refused');
    END IF;
    INSERT INTO transfer (bucket, id, merchant_id, account_id, transfer_no, status, amount,
        currency, version, created_at, record)
        SELECT new.* FROM jsonb_to_record(part) AS new(bucket smallint, id text, merchant_id text,
            account_id text, transfer_no text, status text, amount bigint, currency text,
            version bigint, created_at bigint, record text)
        ON CONFLICT (bucket, id) DO UPDATE SET status = excluded.status,
        version = excluded.version, record = excluded.record;
    FOR it IN SELECT jsonb_array_elements(part->'spending') LOOP
        INSERT INTO spent AS row (spender, day, currency, amount)
            VALUES (it->>'spender', (it->>'day')::integer, it->>'currency',
                (it->>'amount')::bigint)
            ON CONFLICT (spender, day, currency) DO UPDATE
            SET amount = row.amount + excluded.amount
            RETURNING amount INTO sum_of;
        IF (it->>'amount')::bigint > 0 AND sum_of > (it->>'most')::bigint THEN
            RAISE SQLSTATE 'PMX00' USING MESSAGE = 'exceeded ' || (it->>'spender');
        END IF;
    END LOOP;
END $$;

-- A difference over its version.
CREATE FUNCTION paymux_difference_1(part jsonb) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    stored bigint;
BEGIN
    SELECT version INTO stored FROM difference AS it
        WHERE it.account_id = part->>'account_id' AND it.key = part->>'key';
    IF coalesce(stored, 0) <> (part->>'expected')::bigint THEN
        RAISE SQLSTATE 'PMX00' USING MESSAGE = 'stale';
    END IF;
    INSERT INTO difference (account_id, key, day, bill_day, books_day, kind, state, version, record)
        SELECT new.* FROM jsonb_to_record(part) AS new(account_id text, key text, day integer,
            bill_day integer, books_day integer, kind text, state text, version bigint, record text)
        ON CONFLICT (account_id, key) DO UPDATE SET day = excluded.day,
        bill_day = excluded.bill_day, books_day = excluded.books_day, kind = excluded.kind,
        state = excluded.state, version = excluded.version, record = excluded.record;
END $$;

-- Writes one change, or raises PMX00 with the contract's complaint: the first in its order.
-- `posted` is what the changes before it in its batch have moved.
CREATE FUNCTION paymux_write_1(change jsonb, posted jsonb) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    part jsonb;
    place int := 0;
    stored bigint;
BEGIN
    part := change->'finish';
    IF part IS NOT NULL THEN
        PERFORM FROM task WHERE task.bucket = (part->>'bucket')::smallint
            AND task.kind = part->>'kind' AND task.fence = (part->>'fence')::bigint FOR UPDATE;
        IF NOT FOUND THEN RAISE SQLSTATE 'PMX00' USING MESSAGE = 'fenced'; END IF;
    END IF;

    part := change->'payment';
    IF part IS NOT NULL THEN
        SELECT version INTO stored FROM payment
            WHERE payment.bucket = (part->>'bucket')::smallint AND payment.id = part->>'id';
        IF coalesce(stored, 0) <> (part->>'expected')::bigint THEN
            RAISE SQLSTATE 'PMX00' USING MESSAGE = 'stale';
        END IF;
    END IF;

    part := change->'transfer';
    IF part IS NOT NULL THEN PERFORM paymux_transfer_1(part); END IF;

    part := change->'settlement';
    IF part IS NOT NULL THEN PERFORM paymux_settlement_1(part); END IF;

    part := change->'receiver';
    IF part IS NOT NULL THEN
        INSERT INTO receiver SELECT new.* FROM jsonb_to_record(part) AS new(bucket smallint,
            merchant_id text, receiver_no text, account_id text, kind text, identity text,
            relation text, bound boolean, changed_at bigint)
            ON CONFLICT (bucket, merchant_id, receiver_no) DO UPDATE SET
            account_id = excluded.account_id, kind = excluded.kind,
            identity = excluded.identity, relation = excluded.relation,
            bound = excluded.bound, changed_at = excluded.changed_at;
    END IF;

    -- Compared, and written where it is a new version.
    part := change->'endpoint';
    IF part IS NOT NULL THEN
        SELECT version INTO stored FROM endpoint AS it
            WHERE it.bucket = (part->>'bucket')::smallint
            AND it.merchant_id = part->>'merchant_id' AND it.id = part->>'id';
        IF coalesce(stored, 0) <> (part->>'expected')::bigint THEN
            RAISE SQLSTATE 'PMX00' USING MESSAGE = 'stale';
        END IF;
        IF (part->>'version')::bigint <> (part->>'expected')::bigint THEN
            INSERT INTO endpoint (bucket, merchant_id, id, failing_since, disabled_at,
                disabled_reason, version)
                SELECT new.* FROM jsonb_to_record(part) AS new(bucket smallint, merchant_id text,
                    id text, failing_since bigint, disabled_at bigint, disabled_reason text,
                    version bigint)
                ON CONFLICT (bucket, merchant_id, id) DO UPDATE SET
                failing_since = excluded.failing_since, disabled_at = excluded.disabled_at,
                disabled_reason = excluded.disabled_reason, version = excluded.version;
        END IF;
    END IF;

    -- Over the version that was read.
    part := change->'bill';
    IF part IS NOT NULL THEN
        SELECT version INTO stored FROM bill AS it WHERE it.account_id = part->>'account_id'
            AND it.day = (part->>'day')::integer AND it.kind = part->>'kind';
        IF coalesce(stored, 0) <> (part->>'expected')::bigint THEN
            RAISE SQLSTATE 'PMX00' USING MESSAGE = 'stale';
        END IF;
        INSERT INTO bill (account_id, kind, day, state, line, what, lines, changed_at, version)
            SELECT new.* FROM jsonb_to_record(part) AS new(account_id text, kind text,
                day integer, state text, line bigint, what text, lines bigint,
                changed_at bigint, version bigint)
            ON CONFLICT (account_id, day, kind) DO UPDATE SET state = excluded.state,
            line = excluded.line, what = excluded.what, lines = excluded.lines,
            changed_at = excluded.changed_at, version = excluded.version;
    END IF;

    FOR part IN SELECT jsonb_array_elements(change->'differences') LOOP
        PERFORM paymux_difference_1(part);
    END LOOP;

    -- Over the generation before it, and no other.
    part := change->'managed';
    IF part IS NOT NULL THEN
        IF (SELECT coalesce(max(version), 0) + 1 FROM managed) <> (part->>'version')::bigint THEN
            RAISE SQLSTATE 'PMX00' USING MESSAGE = 'stale';
        END IF;
        INSERT INTO managed (kind, id, version, sealed, changed_at, changed_by)
            SELECT kind, id, version, decode(sealed, 'hex'), changed_at, changed_by
            FROM jsonb_to_record(part) AS new(kind text, id text, version bigint, sealed text,
                changed_at bigint, changed_by text)
            ON CONFLICT (kind, id) DO UPDATE SET version = excluded.version,
            sealed = excluded.sealed, changed_at = excluded.changed_at,
            changed_by = excluded.changed_by;
    END IF;

    FOR part IN SELECT jsonb_array_elements(change->'once') LOOP
        INSERT INTO once (bucket, key, holder)
            VALUES ((part->>'bucket')::smallint, part->>'key', part->>'holder')
            ON CONFLICT DO NOTHING;
        IF NOT FOUND THEN RAISE SQLSTATE 'PMX00' USING MESSAGE = 'once ' || place; END IF;
        place := place + 1;
    END LOOP;

    part := change->'begin';
    IF part IS NOT NULL THEN
        INSERT INTO idempotency
            (bucket, merchant_id, key, fingerprint, holder, until, created_at)
            SELECT new.bucket, merchant_id, key, decode(fingerprint, 'hex'), holder, until,
                created_at
            FROM jsonb_to_record(part) AS new(bucket smallint, merchant_id text, key text,
                fingerprint text, holder text, until bigint, created_at bigint)
            ON CONFLICT DO NOTHING;
        IF NOT FOUND THEN RAISE SQLSTATE 'PMX00' USING MESSAGE = 'begun'; END IF;
    END IF;

    -- The first answer stands.
    part := change->'answer';
    IF part IS NOT NULL THEN
        UPDATE idempotency AS it
            SET status = (part->>'status')::integer, body = decode(part->>'body', 'hex')
            WHERE it.bucket = (part->>'bucket')::smallint
            AND it.merchant_id = part->>'merchant_id' AND it.key = part->>'key'
            AND it.status IS NULL;
        IF NOT FOUND THEN RAISE SQLSTATE 'PMX00' USING MESSAGE = 'answered'; END IF;
    END IF;

    -- What was answered needs no taking over.
    part := change->'release';
    IF part IS NOT NULL THEN
        UPDATE idempotency AS it SET until = 0 WHERE it.bucket = (part->>'bucket')::smallint
            AND it.merchant_id = part->>'merchant_id' AND it.key = part->>'key'
            AND it.status IS NULL;
    END IF;

    -- An orphan found its payment, or is an orphan again; anything else stands.
    part := change->'notification';
    IF part IS NOT NULL THEN
        INSERT INTO notification AS it (account_id, id, kind, payment_id, disposition, headers,
            body, received_at)
            SELECT account_id, id, kind, payment_id, disposition, headers, decode(body, 'hex'),
                received_at
            FROM jsonb_to_record(part) AS new(account_id text, id text, kind text,
                payment_id text, disposition text, headers text, body text, received_at bigint)
            ON CONFLICT (account_id, id) DO UPDATE SET kind = excluded.kind,
            payment_id = excluded.payment_id, disposition = excluded.disposition,
            headers = excluded.headers, body = excluded.body, received_at = excluded.received_at
            WHERE it.disposition = 'orphan';
        IF NOT FOUND THEN RAISE SQLSTATE 'PMX00' USING MESSAGE = 'notification'; END IF;
    END IF;

    FOR part IN SELECT jsonb_array_elements(change->'events') LOOP
        INSERT INTO event (bucket, id, merchant_id, kind, payload, created_at)
            SELECT bucket, id, merchant_id, kind, decode(payload, 'hex'), created_at
            FROM jsonb_to_record(part) AS new(bucket smallint, id text, merchant_id text,
                kind text, payload text, created_at bigint)
            ON CONFLICT DO NOTHING;
        IF NOT FOUND THEN RAISE SQLSTATE 'PMX00' USING MESSAGE = 'event'; END IF;
    END LOOP;

    -- A guarded book is locked for this batch alone, so what is seen of it here is still so when
    -- the batch adds to it.
    FOR part IN SELECT jsonb_array_elements(change->'journal') LOOP
        INSERT INTO posting (cause, bucket, merchant_id, debit, credit, currency, amount, moved_at,
            booked_at, account_id, day)
            SELECT new.* FROM jsonb_to_record(part) AS new(cause text, bucket smallint,
                merchant_id text, debit text, credit text, currency text, amount bigint,
                moved_at bigint, booked_at bigint, account_id text, day integer)
            ON CONFLICT DO NOTHING;
        IF NOT FOUND THEN
            RAISE SQLSTATE 'PMX00' USING MESSAGE = 'posted ' || (part->>'cause');
        END IF;
        IF (part->>'guarded')::boolean THEN
            SELECT coalesce(sum(balance), 0) INTO stored FROM book
                WHERE book.name = part->>'debit' AND book.currency = part->>'currency';
            IF stored + paymux_adds_1(posted, part->>'debit', part->>'currency')
                < (part->>'amount')::bigint THEN
                RAISE SQLSTATE 'PMX00' USING MESSAGE = 'short ' || (part->>'debit');
            END IF;
        END IF;
        posted := posted || part;
    END LOOP;

    part := change->'payment';
    IF part IS NOT NULL THEN
        IF part ? 'refused' THEN
            RAISE SQLSTATE 'PMX00' USING MESSAGE = 'constraint ' || (part->>'refused');
        END IF;
        INSERT INTO payment AS it (bucket, id, merchant_id, order_no, status, amount, currency,
            paid, reserved, refunded, version, created_at, expires_at, doubt_since, record)
            SELECT new.* FROM jsonb_to_record(part) AS new(bucket smallint, id text,
                merchant_id text, order_no text, status text, amount bigint, currency text,
                paid bigint, reserved bigint, refunded bigint, version bigint, created_at bigint,
                expires_at bigint, doubt_since bigint, record text)
            ON CONFLICT (bucket, id) DO UPDATE SET merchant_id = excluded.merchant_id,
            order_no = excluded.order_no, status = excluded.status, amount = excluded.amount,
            currency = excluded.currency, paid = excluded.paid, reserved = excluded.reserved,
            refunded = excluded.refunded, version = excluded.version,
            created_at = excluded.created_at, expires_at = excluded.expires_at,
            doubt_since = excluded.doubt_since, record = excluded.record
            WHERE it.version = (part->>'expected')::bigint;
        IF NOT FOUND THEN RAISE SQLSTATE 'PMX00' USING MESSAGE = 'stale'; END IF;
        INSERT INTO trade (channel_trade_no, payment_id)
            SELECT number, part->>'id' FROM jsonb_array_elements_text(part->'trade_nos') AS number
            ON CONFLICT DO NOTHING;
        INSERT INTO refund_number (refund_no, payment_id)
            SELECT number, part->>'id' FROM jsonb_array_elements_text(part->'refund_nos') AS number
            ON CONFLICT DO NOTHING;
    END IF;

    FOR part IN SELECT jsonb_array_elements(change->'deliveries') LOOP
        INSERT INTO delivery (bucket, payment_id, id, merchant_id, state, ended_at, attempts,
            paid_at)
            SELECT new.* FROM jsonb_to_record(part) AS new(bucket smallint, payment_id text,
                id text, merchant_id text, state text, ended_at bigint, attempts integer,
                paid_at bigint)
            ON CONFLICT (bucket, payment_id, id) DO UPDATE SET merchant_id = excluded.merchant_id,
            state = excluded.state, ended_at = excluded.ended_at, attempts = excluded.attempts,
            paid_at = excluded.paid_at;
    END LOOP;

    part := change->'finish';
    IF part IS NOT NULL AND part ? 'again' THEN
        UPDATE task SET due = (part->>'again')::bigint, leased_until = (part->>'free')::bigint
            WHERE task.bucket = (part->>'bucket')::smallint AND task.kind = part->>'kind'
            AND task.fence = (part->>'fence')::bigint;
    ELSIF part IS NOT NULL THEN
        DELETE FROM task WHERE task.bucket = (part->>'bucket')::smallint
            AND task.kind = part->>'kind' AND task.fence = (part->>'fence')::bigint;
    END IF;

    -- Whoever holds a task that is woken holds it no more.
    FOR part IN SELECT jsonb_array_elements(change->'tasks') LOOP
        INSERT INTO task (bucket, kind, due, leased_until, fence)
            VALUES ((part->>'bucket')::smallint, part->>'kind', (part->>'due')::bigint,
                (part->>'free')::bigint, nextval('task_fence'))
            ON CONFLICT (bucket, kind) DO UPDATE SET due = excluded.due,
            leased_until = excluded.leased_until, fence = nextval('task_fence');
    END LOOP;

    FOR part IN SELECT jsonb_array_elements(change->'entries') LOOP
        INSERT INTO entry (bucket, payment_id, at, kind, detail)
            SELECT new.* FROM jsonb_to_record(part) AS new(bucket smallint, payment_id text,
                at bigint, kind text, detail text);
    END LOOP;

    -- Its bytes are what the hash is made of, behind the hash of the entry before.
    part := change->'act';
    IF part IS NOT NULL THEN
        INSERT INTO audit (seq, at, "user", role, address, action, object, outcome, request_id,
            detail, hash)
            SELECT coalesce(last.seq, 0) + 1, new.at, new."user", new.role, new.address,
                new.action, new.object, new.outcome, new.request_id, new.detail,
                sha256(coalesce(last.hash, decode(repeat('00', 32), 'hex'))
                    || decode(new.canonical, 'hex'))
            FROM jsonb_to_record(part) AS new(at bigint, "user" text, role text, address text,
                action text, object text, outcome text, request_id text, detail text,
                canonical text)
            LEFT JOIN (SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1) AS last ON true;
    END IF;
END $$;

-- Gives the events of a batch their cursors: last of all, so that a merchant's row is locked for
-- hardly longer than the commit takes; in one order, so that two batches never wait for each other.
CREATE FUNCTION paymux_tell_1(events jsonb) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    told record;
    end_of bigint;
BEGIN
    FOR told IN
        SELECT (it->>'bucket')::smallint AS bucket,
            (it->>'merchant_id') COLLATE "C" AS merchant_id,
            array_agg(it->>'id' ORDER BY place) AS ids
        FROM jsonb_array_elements(events) WITH ORDINALITY AS list(it, place)
        GROUP BY 1, 2 ORDER BY 1, 2
    LOOP
        INSERT INTO cursor AS it (bucket, merchant_id, last)
            VALUES (told.bucket, told.merchant_id, cardinality(told.ids))
            ON CONFLICT (bucket, merchant_id) DO UPDATE SET last = it.last + excluded.last
            RETURNING last INTO end_of;
        INSERT INTO feed (bucket, merchant_id, seq, event_id)
            SELECT told.bucket, told.merchant_id, end_of - cardinality(told.ids) + place, id
            FROM unnest(told.ids) WITH ORDINALITY AS list(id, place);
    END LOOP;
END $$;

-- Adds what the changes of a batch took: in one order, so that two batches never wait for each
-- other.
CREATE FUNCTION paymux_take_1(takings jsonb) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO taken AS it (account_id, day, currency, share, count, amount)
        SELECT account_id COLLATE "C", day, currency COLLATE "C", pg_backend_pid() % 16,
            sum(new.count), sum(new.amount)
        FROM jsonb_to_recordset(takings) AS new(account_id text, day integer, currency text,
            count bigint, amount bigint)
        GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
        ON CONFLICT (account_id, day, currency, share) DO UPDATE SET
        count = it.count + excluded.count, amount = it.amount + excluded.amount;
END $$;

-- Adds what the changes of a batch moved to its books, and gives each posting its place: last of
-- all but the events, for the same reason, and in one order.
CREATE FUNCTION paymux_post_1(posted jsonb) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    told record;
    end_of bigint;
BEGIN
    IF posted = '[]' THEN RETURN; END IF;
    INSERT INTO book AS it (name, currency, share, balance)
        SELECT leg.name COLLATE "C", leg.currency COLLATE "C", pg_backend_pid() % 16,
            sum(leg.amount)
        FROM (SELECT debit AS name, currency, -amount AS amount FROM jsonb_to_recordset(posted)
                AS new(debit text, currency text, amount bigint)
            UNION ALL SELECT credit, currency, amount FROM jsonb_to_recordset(posted)
                AS new(credit text, currency text, amount bigint)) AS leg
        GROUP BY 1, 2 ORDER BY 1, 2
        ON CONFLICT (name, currency, share) DO UPDATE SET balance = it.balance + excluded.balance;
    FOR told IN
        SELECT (it->>'bucket')::smallint AS bucket,
            (it->>'merchant_id') COLLATE "C" AS merchant_id,
            array_agg(it->>'cause' ORDER BY place) AS causes,
            array_agg((it->>'booked_at')::bigint ORDER BY place) AS moments
        FROM jsonb_array_elements(posted) WITH ORDINALITY AS list(it, place)
        GROUP BY 1, 2 ORDER BY 1, 2
    LOOP
        INSERT INTO journal_cursor AS it (bucket, merchant_id, last)
            VALUES (told.bucket, told.merchant_id, cardinality(told.causes))
            ON CONFLICT (bucket, merchant_id) DO UPDATE SET last = it.last + excluded.last
            RETURNING last INTO end_of;
        INSERT INTO journal (bucket, merchant_id, seq, cause, booked_at)
            SELECT told.bucket, told.merchant_id, end_of - cardinality(told.causes) + place,
                cause, moment
            FROM unnest(told.causes, told.moments) WITH ORDINALITY AS list(cause, moment, place);
    END LOOP;
END $$;

-- Writes a batch: each change in a savepoint of its own, and says for each what became of it: ''
-- when it was written, else a complaint. What the database itself cannot do fails the batch.
--
-- All that changes of any batch could meet at is locked first, in one order, so no batch waits for
-- another that waits for it. 1347245400 is "PMUX": locks of other programs are other locks.
CREATE FUNCTION paymux_commit_1(locks text[], changes text[]) RETURNS text[] LANGUAGE plpgsql AS $$
DECLARE
    outcomes text[] := '{}';
    outcome text;
    told jsonb := '[]';
    took jsonb := '[]';
    posted jsonb := '[]';
    change jsonb;
    text_of text;
BEGIN
    PERFORM pg_advisory_xact_lock(1347245400, key)
        FROM (SELECT DISTINCT hashtext(it) AS key FROM unnest(locks) AS it ORDER BY 1) AS keys;
    FOREACH text_of IN ARRAY changes LOOP
        BEGIN
            change := text_of::jsonb;
            PERFORM paymux_write_1(change, posted);
            outcome := '';
            told := told || coalesce(change->'events', '[]');
            took := took || coalesce(change->'takings', '[]');
            posted := posted || coalesce(change->'journal', '[]');
        EXCEPTION
            WHEN SQLSTATE 'PMX00' THEN outcome := SQLERRM;
            -- A value, or a rule of the schema: the change's own fault.
            WHEN data_exception OR integrity_constraint_violation OR program_limit_exceeded THEN
                GET STACKED DIAGNOSTICS outcome = CONSTRAINT_NAME;
                outcome := 'constraint ' || SQLSTATE || ' ' || outcome;
        END;
        outcomes := outcomes || outcome;
    END LOOP;
    PERFORM paymux_take_1(took);
    PERFORM paymux_post_1(posted);
    PERFORM paymux_tell_1(told);
    RETURN outcomes;
END $$;
