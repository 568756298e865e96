//! Every statement; what writes a change stands in the schema, as functions.

pub(super) const COMMIT: &str = "SELECT paymux_commit_1($1, $2)";

/// Tasks that another hand-out is looking at are left to it.
pub(super) const LEASE: &str = "WITH waiting AS (
    SELECT bucket, kind FROM task WHERE due <= $1 AND leased_until <= $1
    AND ($4::bigint IS NULL OR abs(extract(epoch FROM statement_timestamp()) * 1000 - $1) <= $4)
    ORDER BY due, kind LIMIT $2 FOR UPDATE SKIP LOCKED)
    UPDATE task SET fence = nextval('task_fence'), leased_until = $3 FROM waiting
    WHERE task.bucket = waiting.bucket AND task.kind = waiting.kind
    RETURNING task.kind, task.fence, task.due";

pub(super) const CLOCK: &str = "SELECT (extract(epoch FROM statement_timestamp()) * 1000)::bigint";

/// `min(max(due, leased_until))`, by two indexes: the free and the leased.
pub(super) const NEXT_DUE: &str = "SELECT least(
    (SELECT due FROM task WHERE leased_until <= due ORDER BY due LIMIT 1),
    (SELECT leased_until FROM task WHERE leased_until > due ORDER BY leased_until LIMIT 1))";
/// The queue, and what is not over elsewhere, by indexes of just that.
pub(super) const BACKLOG: &str = "SELECT * FROM
    (SELECT count(*) AS tasks,
        count(*) FILTER (WHERE due <= $1 AND leased_until <= $1) AS tasks_due,
        min(due) FILTER (WHERE due <= $1 AND leased_until <= $1) AS oldest_due
        FROM task) AS queue,
    (SELECT count(*) FILTER (WHERE state = 'due') AS due,
        min(paid_at) FILTER (WHERE state = 'due') AS due_since,
        count(*) FILTER (WHERE state = 'held') AS held,
        min(paid_at) FILTER (WHERE state = 'held') AS held_since,
        count(*) FILTER (WHERE state = 'exhausted') AS exhausted,
        min(paid_at) FILTER (WHERE state = 'exhausted') AS exhausted_since
        FROM delivery WHERE paid_at IS NOT NULL AND state <> 'delivered') AS untold,
    (SELECT count(*) AS doubts, min(doubt_since) AS doubts_since
        FROM payment WHERE doubt_since IS NOT NULL) AS doubt";
pub(super) const SIZE: &str = "SELECT pg_database_size(current_database())";

pub(super) const READ_PAYMENT: &str = "SELECT record FROM payment WHERE bucket = $1 AND id = $2";
pub(super) const LIST_PAYMENTS: &str = "SELECT record FROM payment
    WHERE bucket = $1 AND merchant_id = $2 ORDER BY id DESC LIMIT $3";
pub(super) const LIST_PAYMENTS_BEFORE: &str = "SELECT record FROM payment
    WHERE bucket = $1 AND merchant_id = $2 AND id < $4 ORDER BY id DESC LIMIT $3";
pub(super) const READ_TRANSFER: &str = "SELECT record FROM transfer WHERE bucket = $1 AND id = $2";
pub(super) const LIST_TRANSFERS: &str = "SELECT record FROM transfer WHERE bucket = $1
    AND merchant_id = $2 AND ($3::text IS NULL OR id < $3) ORDER BY id DESC LIMIT $4";
pub(super) const HELD_TRANSFERS: &str =
    "SELECT record FROM transfer WHERE status = 'held' ORDER BY id LIMIT $1";
pub(super) const READ_HOLDER: &str = "SELECT holder FROM once WHERE bucket = $1 AND key = $2";
pub(super) const READ_IDEMPOTENT: &str = "SELECT fingerprint, holder, until, status, body
    FROM idempotency WHERE bucket = $1 AND merchant_id = $2 AND key = $3";
pub(super) const READ_DISPOSITION: &str =
    "SELECT disposition FROM notification WHERE account_id = $1 AND id = $2";
pub(super) const READ_EVENT: &str =
    "SELECT id, merchant_id, kind, payload, created_at FROM event WHERE bucket = $1 AND id = $2";
pub(super) const LIST_EVENTS: &str = "SELECT seq, id, event.merchant_id, kind, payload, created_at
    FROM feed JOIN event ON event.bucket = feed.bucket AND event.id = feed.event_id
    WHERE feed.bucket = $1 AND feed.merchant_id = $2 AND seq > $3 ORDER BY seq LIMIT $4";
pub(super) const READ_DELIVERY: &str = "SELECT id, merchant_id, state, ended_at, attempts,
    paid_at FROM delivery WHERE bucket = $1 AND payment_id = $2 AND id = $3";
pub(super) const LIST_DELIVERIES: &str = "SELECT id, merchant_id, state, ended_at, attempts,
    paid_at FROM delivery WHERE bucket = $1 AND payment_id = $2 ORDER BY id";
pub(super) const LIST_HELD: &str = "SELECT id, merchant_id, state, ended_at, attempts,
    paid_at FROM delivery WHERE bucket = $1 AND merchant_id = $2 AND endpoint_id = $3 AND state = 'held'
    ORDER BY id LIMIT $4";
pub(super) const LIST_FAILING: &str = "SELECT id, merchant_id, state, ended_at, attempts,
    paid_at FROM delivery WHERE bucket = $1 AND merchant_id = $2 AND endpoint_id = $3 AND id < $4
    AND state <> 'delivered' AND (state <> 'due' OR attempts > 0) ORDER BY id DESC LIMIT $5";
pub(super) const LIST_TRADES: &str =
    "SELECT payment_id FROM trade WHERE channel_trade_no = $1 ORDER BY payment_id LIMIT $2";
pub(super) const LIST_NUMBERED: &str = "SELECT id AS payment_id FROM payment WHERE order_no = $1
    UNION SELECT payment_id FROM refund_number WHERE refund_no = $1 ORDER BY 1 DESC LIMIT $2";
pub(super) const LIST_ACTS_BEFORE: &str = r#"SELECT seq, at, "user", role, address, action, object,
    outcome, request_id, detail, hash FROM audit WHERE seq < $1 ORDER BY seq DESC LIMIT $2"#;
pub(super) const LIST_ACTS_AFTER: &str = r#"SELECT seq, at, "user", role, address, action, object,
    outcome, request_id, detail, hash FROM audit WHERE seq > $1 ORDER BY seq LIMIT $2"#;
/// A task's kind holds the payment's digits; a slash is followed by a nought.
pub(super) const UNFINISHED: &str = "SELECT
    (SELECT count(*) FROM payment WHERE bucket = $1 AND merchant_id = $2 AND id IN (
        SELECT 'pay_' || substr(kind, 9, 26) FROM task
            WHERE bucket = $1 AND kind >= 'resolve/' AND kind < 'resolve0'
        UNION SELECT 'pay_' || substr(kind, 12, 26) FROM task
            WHERE bucket = $1 AND kind >= 'refund/' AND kind < 'refund0')) AS payments,
    (SELECT count(*) FROM delivery WHERE bucket = $1 AND merchant_id = $2 AND state = 'held')
    + (SELECT count(*) FROM task JOIN delivery ON delivery.bucket = task.bucket
            AND id = substr(kind, 9) AND payment_id = 'pay_' || substr(kind, 13, 26)
        WHERE task.bucket = $1 AND kind >= 'deliver/' AND kind < 'deliver0'
            AND merchant_id = $2 AND state = 'due') AS deliveries,
    (SELECT count(*) FROM transfer WHERE bucket = $1 AND merchant_id = $2
        AND status IN ('held', 'processing', 'awaiting_payee', 'abnormal')) AS transfers";
pub(super) const READ_ENDPOINT: &str = "SELECT merchant_id, id, failing_since, disabled_at,
    disabled_reason, version FROM endpoint WHERE bucket = $1 AND merchant_id = $2 AND id = $3";
pub(super) const READ_TAKEN: &str = "SELECT coalesce(sum(count), 0)::bigint AS count,
    coalesce(sum(amount), 0)::bigint AS amount
    FROM taken WHERE account_id = $1 AND day = $2 AND currency = $3";
pub(super) const READ_BALANCES: &str = "SELECT name, currency, sum(balance)::bigint AS balance
    FROM book WHERE name = ANY ($1) GROUP BY name, currency ORDER BY name, currency";
pub(super) const READ_POSTING: &str = "SELECT 0::bigint AS seq, cause, merchant_id, debit, credit,
    currency, amount, moved_at, booked_at FROM posting WHERE cause = $1";
pub(super) const LIST_JOURNAL: &str = "SELECT seq, cause, posting.merchant_id, debit, credit,
    currency, amount, moved_at, posting.booked_at FROM journal JOIN posting USING (cause)
    WHERE journal.bucket = $1 AND journal.merchant_id = $2 AND seq > $3 ORDER BY seq LIMIT $4";
pub(super) const LIST_MOVED: &str = "SELECT 0::bigint AS seq, cause, merchant_id, debit, credit,
    currency, amount, moved_at, booked_at FROM posting
    WHERE account_id = $1 AND day = $2 AND cause > $3 ORDER BY cause LIMIT $4";
pub(super) const STRETCH: &str = "WITH stretch AS (
        SELECT seq, cause FROM journal WHERE bucket = $1 AND merchant_id = $2 AND seq > $3
        AND seq < coalesce((SELECT min(seq) FROM journal WHERE bucket = $1 AND merchant_id = $2
            AND seq > $3 AND booked_at >= $4), 9223372036854775807))
    SELECT NULL AS kind, coalesce(max(seq), $3) AS count, 0::bigint AS credited,
        0::bigint AS debited FROM stretch
    UNION ALL (SELECT split_part(cause, '/', 1) COLLATE \"C\" AS kind, count(*),
        sum(CASE credit WHEN $6 THEN amount ELSE 0 END)::bigint,
        sum(CASE debit WHEN $6 THEN amount ELSE 0 END)::bigint
        FROM stretch JOIN posting USING (cause)
        WHERE currency = $5 AND $6 IN (debit, credit) GROUP BY 1 ORDER BY 1)";
pub(super) const IMBALANCES: &str = "SELECT name, currency, sum(kept)::bigint AS kept,
    sum(derived)::bigint AS derived FROM (
        SELECT name, currency, balance AS kept, 0 AS derived FROM book
        UNION ALL SELECT debit, currency, 0, -amount FROM posting
        UNION ALL SELECT credit, currency, 0, amount FROM posting) AS leg
    GROUP BY name, currency HAVING sum(kept) <> sum(derived) ORDER BY name, currency LIMIT $1";
pub(super) const LIST_ENTRIES: &str = "SELECT at, kind, detail FROM entry
    WHERE bucket = $1 AND payment_id = $2 ORDER BY seq";
pub(super) const READ_MANAGED: &str =
    "SELECT kind, id, version, sealed, changed_at, changed_by FROM managed ORDER BY kind, id";
pub(super) const MANAGED_GENERATION: &str =
    "SELECT coalesce(max(version), 0) AS generation FROM managed";
pub(super) const READ_BILL: &str = "SELECT * FROM bill
    WHERE account_id = $1 AND day = $2 AND kind = $3";
pub(super) const LIST_BILLS: &str = "SELECT * FROM bill
    WHERE ($1::text IS NULL OR account_id = $1) AND ($2::integer IS NULL OR day < $2)
    ORDER BY day DESC, account_id, kind LIMIT $3";
