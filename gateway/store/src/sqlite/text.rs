//! Every statement.

pub(super) const FENCE: &str = "SELECT fence FROM task WHERE kind = ?1";
pub(super) const VERSION: &str = "SELECT version FROM payment WHERE id = ?1";

pub(super) const ONCE: &str =
    "INSERT INTO once (key, holder) VALUES (?1, ?2) ON CONFLICT (key) DO NOTHING";

pub(super) const BEGIN: &str = "INSERT INTO idempotency
    (merchant_id, key, fingerprint, holder, until, created_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
    ON CONFLICT (merchant_id, key) DO NOTHING";

/// The first answer stands.
pub(super) const ANSWER: &str = "UPDATE idempotency SET status = ?3, body = ?4
    WHERE merchant_id = ?1 AND key = ?2 AND status IS NULL";

/// What was answered needs no taking over.
pub(super) const RELEASE: &str = "UPDATE idempotency SET until = 0
    WHERE merchant_id = ?1 AND key = ?2 AND status IS NULL";

/// An orphan found its payment, or is an orphan again; anything else stands.
pub(super) const NOTIFICATION: &str = "INSERT INTO notification
    (account_id, id, kind, payment_id, disposition, headers, body, received_at)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
    ON CONFLICT (account_id, id) DO UPDATE SET kind = excluded.kind,
    payment_id = excluded.payment_id, disposition = excluded.disposition,
    headers = excluded.headers, body = excluded.body, received_at = excluded.received_at
    WHERE notification.disposition = 'orphan'";

pub(super) const EVENT: &str = "INSERT INTO event (id, merchant_id, kind, payload, created_at)
    VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (id) DO NOTHING";

pub(super) const NEW_PAYMENT: &str = "INSERT INTO payment
    (id, status, paid, reserved, refunded, version, doubt_since, record,
    merchant_id, order_no, amount, currency, created_at, expires_at)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)";

/// What was ordered stays as it is: an index is written for each column that is named here, also
/// where its value is the same.
pub(super) const PAYMENT: &str = "UPDATE payment SET status = ?2, paid = ?3, reserved = ?4,
    refunded = ?5, version = ?6, doubt_since = ?7, record = ?8 WHERE id = ?1";

pub(super) const DELIVERY: &str = "INSERT INTO delivery
    (payment_id, id, merchant_id, endpoint_id, state, ended_at, attempts, paid_at)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
    ON CONFLICT (payment_id, id) DO UPDATE SET state = excluded.state,
    ended_at = excluded.ended_at, attempts = excluded.attempts, paid_at = excluded.paid_at";

pub(super) const ENDPOINT_VERSION: &str =
    "SELECT version FROM endpoint WHERE merchant_id = ?1 AND id = ?2";
pub(super) const ENDPOINT: &str = "INSERT INTO endpoint
    (merchant_id, id, failing_since, disabled_at, disabled_reason, version)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6)
    ON CONFLICT (merchant_id, id) DO UPDATE SET failing_since = excluded.failing_since,
    disabled_at = excluded.disabled_at, disabled_reason = excluded.disabled_reason,
    version = excluded.version";

pub(super) const BILL_VERSION: &str =
    "SELECT version FROM bill WHERE account_id = ?1 AND day = ?2 AND kind = ?3";
pub(super) const BILL: &str = "INSERT INTO bill
    (account_id, day, kind, state, line, what, lines, changed_at, version)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
    ON CONFLICT (account_id, day, kind) DO UPDATE SET state = excluded.state,
    line = excluded.line, what = excluded.what, lines = excluded.lines,
    changed_at = excluded.changed_at, version = excluded.version";
pub(super) const READ_BILL: &str = "SELECT * FROM bill
    WHERE account_id = ?1 AND day = ?2 AND kind = ?3";
pub(super) const LIST_BILLS: &str = "SELECT * FROM bill
    WHERE (?1 IS NULL OR account_id = ?1) AND (?2 IS NULL OR day < ?2)
    ORDER BY day DESC, account_id, kind LIMIT ?3";

pub(super) const MANAGED_GENERATION: &str = "SELECT coalesce(max(version), 0) FROM managed";
pub(super) const READ_MANAGED: &str =
    "SELECT kind, id, version, sealed, changed_at, changed_by FROM managed ORDER BY kind, id";
pub(super) const MANAGED: &str = "INSERT INTO managed
    (kind, id, version, sealed, changed_at, changed_by) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
    ON CONFLICT (kind, id) DO UPDATE SET version = excluded.version, sealed = excluded.sealed,
    changed_at = excluded.changed_at, changed_by = excluded.changed_by";

/// Whoever holds a task that is woken holds it no more.
pub(super) const PUT: &str = "INSERT INTO task (kind, due, leased_until, fence)
    VALUES (?1, ?2, ?3, (SELECT fence + 1 FROM fence_floor WHERE id = 1))
    ON CONFLICT (kind) DO UPDATE SET due = excluded.due, leased_until = excluded.leased_until,
    fence = task.fence + 1";

pub(super) const AGAIN: &str = "UPDATE task SET due = ?2, leased_until = ?3 WHERE kind = ?1";
pub(super) const DONE: &str = "DELETE FROM task WHERE kind = ?1";
pub(super) const FLOOR: &str = "UPDATE fence_floor SET fence = ?1 WHERE id = 1 AND fence < ?1";

pub(super) const ENTRY: &str = "INSERT INTO entry (payment_id, seq, at, kind, detail) VALUES
    (?1, (SELECT coalesce(max(seq), 0) + 1 FROM entry WHERE payment_id = ?1), ?2, ?3, ?4)";

/// The last entry of the audit log.
pub(super) const LAST_ACT: &str = "SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1";
pub(super) const ACT: &str = "INSERT INTO audit
    (seq, at, user, role, address, action, object, outcome, request_id, detail, hash)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)";
pub(super) const TRADE: &str = "INSERT INTO trade (channel_trade_no, payment_id) VALUES (?1, ?2)
    ON CONFLICT DO NOTHING";

pub(super) const REFUND_NUMBER: &str =
    "INSERT INTO refund_number (refund_no, payment_id) VALUES (?1, ?2) ON CONFLICT DO NOTHING";

pub(super) const TAKE: &str = "INSERT INTO taken (account_id, day, currency, count, amount)
    VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (account_id, day, currency) DO UPDATE SET
    count = count + excluded.count, amount = amount + excluded.amount";

pub(super) const POST: &str = "INSERT INTO journal (cause, merchant_id, debit, credit, currency,
    amount, moved_at, booked_at, account_id, day) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
    ON CONFLICT (cause) DO NOTHING";
pub(super) const ADD: &str = "INSERT INTO book (name, currency, balance) VALUES (?1, ?2, ?3)
    ON CONFLICT (name, currency) DO UPDATE SET balance = balance + excluded.balance
    RETURNING balance";

pub(super) const WAITING: &str = "SELECT kind FROM task WHERE due <= ?1 AND leased_until <= ?1
    ORDER BY due, kind LIMIT ?2";
pub(super) const HAND_OUT: &str = "UPDATE task SET fence = fence + 1, leased_until = ?2
    WHERE kind = ?1 RETURNING fence, due";

/// `min(max(due, leased_until))`, by two indexes: the free and the leased.
pub(super) const NEXT_DUE: &str = "SELECT min(at) FROM (
    SELECT * FROM (SELECT due AS at FROM task WHERE leased_until <= due ORDER BY due LIMIT 1)
    UNION ALL SELECT min(leased_until) AS at FROM task WHERE leased_until > due)";
/// The queue, and what is not over elsewhere, by indexes of just that.
pub(super) const BACKLOG: &str = "SELECT * FROM
    (SELECT count(*) AS tasks,
        count(*) FILTER (WHERE due <= ?1 AND leased_until <= ?1) AS tasks_due,
        min(due) FILTER (WHERE due <= ?1 AND leased_until <= ?1) AS oldest_due
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
pub(super) const SIZE: &str =
    "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()";

pub(super) const READ_PAYMENT: &str = "SELECT record FROM payment WHERE id = ?1";
pub(super) const LIST_PAYMENTS: &str = "SELECT record FROM payment
    WHERE merchant_id = ?1 ORDER BY id DESC LIMIT ?2";
pub(super) const LIST_PAYMENTS_BEFORE: &str = "SELECT record FROM payment
    WHERE merchant_id = ?1 AND id < ?3 ORDER BY id DESC LIMIT ?2";
pub(super) const READ_HOLDER: &str = "SELECT holder FROM once WHERE key = ?1";
pub(super) const READ_IDEMPOTENT: &str = "SELECT fingerprint, holder, until, status, body
    FROM idempotency WHERE merchant_id = ?1 AND key = ?2";
pub(super) const READ_DISPOSITION: &str =
    "SELECT disposition FROM notification WHERE account_id = ?1 AND id = ?2";
pub(super) const READ_EVENT: &str =
    "SELECT seq, id, merchant_id, kind, payload, created_at FROM event WHERE id = ?1";
pub(super) const LIST_EVENTS: &str = "SELECT seq, id, merchant_id, kind, payload, created_at
    FROM event WHERE merchant_id = ?1 AND seq > ?2 ORDER BY seq LIMIT ?3";
pub(super) const READ_DELIVERY: &str = "SELECT id, merchant_id, state, ended_at, attempts,
    paid_at FROM delivery WHERE payment_id = ?1 AND id = ?2";
pub(super) const LIST_DELIVERIES: &str = "SELECT id, merchant_id, state, ended_at, attempts,
    paid_at FROM delivery WHERE payment_id = ?1 ORDER BY id";
pub(super) const READ_TAKEN: &str =
    "SELECT count, amount FROM taken WHERE account_id = ?1 AND day = ?2 AND currency = ?3";
pub(super) const READ_BALANCE: &str =
    "SELECT name, currency, balance FROM book WHERE name = ?1 ORDER BY currency";
pub(super) const READ_POSTING: &str = "SELECT seq, cause, merchant_id, debit, credit, currency,
    amount, moved_at, booked_at FROM journal WHERE cause = ?1";
pub(super) const LIST_JOURNAL: &str = "SELECT seq, cause, merchant_id, debit, credit, currency,
    amount, moved_at, booked_at FROM journal WHERE merchant_id = ?1 AND seq > ?2
    ORDER BY seq LIMIT ?3";
pub(super) const LIST_MOVED: &str = "SELECT seq, cause, merchant_id, debit, credit, currency,
    amount, moved_at, booked_at FROM journal WHERE account_id = ?1 AND day = ?2 AND cause > ?3
    ORDER BY cause LIMIT ?4";
pub(super) const STRETCH_END: &str = "SELECT coalesce(max(seq), ?2) AS until FROM journal
    WHERE merchant_id = ?1 AND seq > ?2 AND seq < coalesce((SELECT min(seq) FROM journal
        WHERE merchant_id = ?1 AND seq > ?2 AND booked_at >= ?3), 9223372036854775807)";
pub(super) const STRETCH: &str = "SELECT substr(cause, 1, instr(cause, '/') - 1) AS kind,
    count(*) AS count, sum(iif(credit = ?3, amount, 0)) AS credited,
    sum(iif(debit = ?3, amount, 0)) AS debited FROM journal
    WHERE merchant_id = ?1 AND currency = ?2 AND ?3 IN (debit, credit) AND seq > ?4 AND seq <= ?5
    GROUP BY kind ORDER BY kind";
pub(super) const IMBALANCES: &str = "SELECT name, currency, sum(kept) AS kept,
    sum(derived) AS derived FROM (
        SELECT name, currency, balance AS kept, 0 AS derived FROM book
        UNION ALL SELECT debit, currency, 0, -amount FROM journal
        UNION ALL SELECT credit, currency, 0, amount FROM journal)
    GROUP BY name, currency HAVING sum(kept) <> sum(derived) ORDER BY name, currency LIMIT ?1";
pub(super) const LIST_HELD: &str = "SELECT id, merchant_id, state, ended_at, attempts,
    paid_at FROM delivery WHERE merchant_id = ?1 AND endpoint_id = ?2 AND state = 'held'
    ORDER BY id LIMIT ?3";
pub(super) const LIST_FAILING: &str = "SELECT id, merchant_id, state, ended_at, attempts,
    paid_at FROM delivery WHERE merchant_id = ?1 AND endpoint_id = ?2 AND id < ?3
    AND state <> 'delivered' AND (state <> 'due' OR attempts > 0) ORDER BY id DESC LIMIT ?4";
pub(super) const LIST_TRADES: &str =
    "SELECT payment_id FROM trade WHERE channel_trade_no = ?1 ORDER BY payment_id LIMIT ?2";
pub(super) const LIST_NUMBERED: &str = "SELECT id AS payment_id FROM payment WHERE order_no = ?1
    UNION SELECT payment_id FROM refund_number WHERE refund_no = ?1 ORDER BY 1 DESC LIMIT ?2";
pub(super) const LIST_ACTS_BEFORE: &str = "SELECT seq, at, user, role, address, action, object,
    outcome, request_id, detail, hash FROM audit WHERE seq < ?1 ORDER BY seq DESC LIMIT ?2";
pub(super) const LIST_ACTS_AFTER: &str = "SELECT seq, at, user, role, address, action, object,
    outcome, request_id, detail, hash FROM audit WHERE seq > ?1 ORDER BY seq LIMIT ?2";
/// A task's kind holds the payment's digits; a slash is followed by a nought.
pub(super) const UNFINISHED: &str = "SELECT
    (SELECT count(*) FROM payment WHERE merchant_id = ?1 AND id IN (
        SELECT 'pay_' || substr(kind, 9, 26) FROM task
            WHERE kind >= 'resolve/' AND kind < 'resolve0'
        UNION SELECT 'pay_' || substr(kind, 12, 26) FROM task
            WHERE kind >= 'refund/' AND kind < 'refund0')) AS payments,
    (SELECT count(*) FROM delivery WHERE merchant_id = ?1 AND state = 'held')
    + (SELECT count(*) FROM task JOIN delivery ON id = substr(kind, 9)
            AND payment_id = 'pay_' || substr(kind, 13, 26)
        WHERE kind >= 'deliver/' AND kind < 'deliver0'
            AND merchant_id = ?1 AND state = 'due') AS deliveries,
    (SELECT count(*) FROM transfer WHERE merchant_id = ?1
        AND status IN ('held', 'processing', 'awaiting_payee', 'abnormal')) AS transfers";
pub(super) const READ_ENDPOINT: &str = "SELECT merchant_id, id, failing_since, disabled_at,
    disabled_reason, version FROM endpoint WHERE merchant_id = ?1 AND id = ?2";
pub(super) const LIST_ENTRIES: &str =
    "SELECT at, kind, detail FROM entry WHERE payment_id = ?1 ORDER BY seq";
