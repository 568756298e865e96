//! Errors as merchants see them: RFC 9457, a closed set of stable types.

use paymux_core::PaymentId;

/// A kind of problem: its slug is the end of `type`, under `/problems/`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kind {
    pub slug: &'static str,
    pub status: u16,
    pub title: &'static str,
    /// Whether the same request may succeed later.
    pub retryable: bool,
}

macro_rules! kinds {
    ($($name:ident = $status:literal $slug:literal $retry:ident $title:literal;)*) => {
        $(pub const $name: &Kind = &Kind {
            slug: $slug, status: $status, title: $title, retryable: kinds!(@$retry),
        };)*
        /// Every kind there is, for the documentation and its test.
        pub const ALL: &[&Kind] = &[$($name),*];
    };
    (@retry) => { true };
    (@final) => { false };
}

kinds! {
    MALFORMED_JSON = 400 "malformed-json" final "The body is not the JSON this endpoint takes";
    INVALID_FIELD = 400 "invalid-field" final "A field has a value it cannot have";
    INVALID_QUERY = 400 "invalid-query" final "A query parameter has a value it cannot have";
    IDEMPOTENCY_KEY_MISSING = 400 "idempotency-key-missing" final "The Idempotency-Key header is required";
    IDEMPOTENCY_KEY_INVALID = 400 "idempotency-key-invalid" final "The Idempotency-Key header cannot be read";
    UNAUTHENTICATED = 401 "unauthenticated" final "The request carries no valid credentials";
    ADDRESS_NOT_ALLOWED = 403 "address-not-allowed" final "The merchant does not allow this address";
    FORBIDDEN = 403 "forbidden" final "The role does not allow this";
    RAW_CALLS_NOT_ALLOWED = 403 "raw-calls-not-allowed" final "The merchant may not call channels itself";
    FOREIGN_ORIGIN = 403 "foreign-origin" final "The form was not sent by its own page";
    SETTLEMENTS_NOT_ALLOWED = 403 "settlements-not-allowed" final "The merchant may not ask for settlements";
    TRANSFERS_NOT_ALLOWED = 403 "transfers-not-allowed" final "The merchant may not pay out";
    SPLITS_NOT_ALLOWED = 403 "splits-not-allowed" final "The merchant may not split its payments";
    APP_TOKENS_NOT_ALLOWED = 403 "app-tokens-not-allowed" final "The merchant may not have the application's token";
    NOT_FOUND = 404 "not-found" final "There is nothing here for you";
    METHOD_NOT_ALLOWED = 405 "method-not-allowed" final "The method does not fit the resource";
    REQUEST_TIMEOUT = 408 "request-timeout" retry "The request took too long to arrive";
    IDEMPOTENCY_KEY_IN_USE = 409 "idempotency-key-in-use" retry "A request with this Idempotency-Key is running";
    ORDER_NO_TAKEN = 409 "order-no-taken" final "Another payment has this order_no";
    REFUND_NO_TAKEN = 409 "refund-no-taken" final "Another refund has this refund_no";
    TRANSFER_NO_TAKEN = 409 "transfer-no-taken" final "Another transfer has this transfer_no";
    TRANSFER_ENDED = 409 "transfer-ended" final "The transfer has ended";
    TRANSFER_NOT_HELD = 409 "transfer-not-held" final "The transfer waits for nobody's approval";
    DIFFERENCE_UNFIT = 409 "difference-unfit" final "The repair does not fit the difference as it stands";
    SETTLEMENT_STATE = 409 "settlement-state" final "The settlement cannot do that in its state";
    SETTLEMENT_UNDECIDED = 409 "settlement-undecided" final "The settlement before it is still a draft";
    SECOND_PERSON_NEEDED = 409 "second-person-needed" final "Somebody else has to do this";
    ADJUSTMENT_TAKEN = 409 "adjustment-taken" final "The number has moved money already";
    SPLIT_NO_TAKEN = 409 "split-no-taken" final "Another split has this split_no";
    SPLITS_FINISHED = 409 "splits-finished" final "The rest of the payment is the merchant's own";
    RECEIVER_NO_TAKEN = 409 "receiver-no-taken" final "Another receiver has this receiver_no";
    SHARED_OUT = 409 "shared-out" final "Receivers hold the money that is to go back";
    PAYMENT_PAID = 409 "payment-paid" final "The payment is paid";
    PAYMENT_NOT_PAID = 409 "payment-not-paid" final "The payment is not paid";
    PAYMENT_ENDED = 409 "payment-ended" final "The payment has ended or is closing";
    ATTEMPT_OPEN = 409 "attempt-open" retry "An open attempt may still be paid";
    REFUND_HELD = 409 "refund-held" final "The channel holds the refund";
    DEFINED_IN_FILE = 409 "defined-in-file" final "It stands in the configuration file and is changed there";
    MANAGED_OFF = 409 "managed-off" final "No key is configured to seal what would be kept";
    VERSION_CHANGED = 412 "version-changed" final "It is not the version that the request names";
    LINK_EXPIRED = 410 "link-expired" final "The link has expired";
    BODY_TOO_LARGE = 413 "body-too-large" final "The body is larger than allowed";
    UNSUPPORTED_MEDIA_TYPE = 415 "unsupported-media-type" final "The body must be application/json";
    UNKNOWN_HOST = 421 "unknown-host" final "The listener is not known by this name";
    CASHIER_NOT_CONFIGURED = 422 "cashier-not-configured" final "The gateway has no cashier";
    IDEMPOTENCY_KEY_REUSED = 422 "idempotency-key-reused" final "The Idempotency-Key belongs to another request";
    NO_ROUTE = 422 "no-route" final "No account can take this payment";
    CHANNEL_UNFIT = 422 "channel-unfit" final "The channel cannot take this payment";
    PAYER_UNKNOWN = 422 "payer-unknown" final "The channel names no payer for this code";
    REFUND_EXCEEDS_PAID = 422 "refund-exceeds-paid" final "The refund exceeds what is left of the payment";
    PART_UNKNOWN = 422 "part-unknown" final "The refund does not name a part of the payment";
    ATTEMPT_LIMIT = 422 "attempt-limit" final "The payment has used all its attempts";
    REFUND_LIMIT = 422 "refund-limit" final "The payment has used all its refunds";
    CONFIG_REFUSED = 422 "config-refused" final "The configuration was not taken";
    TRANSFER_LIMIT = 422 "transfer-limit" final "The transfer exceeds what the day leaves";
    TRANSFER_EXCEEDS_BALANCE = 422 "transfer-exceeds-balance" final "The transfer exceeds what the merchant has";
    PERIOD_CLOSED = 422 "period-closed" final "The period is closed";
    NOTHING_TO_SETTLE = 422 "nothing-to-settle" final "There is nothing, or too little, to settle";
    SETTLEMENT_EXCEEDS_BALANCE = 422 "settlement-exceeds-balance" final "The merchant is owed less than that by now";
    NOT_SPLITTABLE = 422 "not-splittable" final "The payment was not made to be split";
    RECEIVER_UNBOUND = 422 "receiver-unbound" final "The receiver is not bound to the payment's account";
    SPLIT_EXCEEDS_PAYMENT = 422 "split-exceeds-payment" final "The split exceeds what may be shared of the payment";
    SPLIT_EXCEEDS_BALANCE = 422 "split-exceeds-balance" final "The split exceeds what the merchant has";
    SPLIT_LIMIT = 422 "split-limit" final "The payment has used all its splits";
    RETURN_EXCEEDS_SHARE = 422 "return-exceeds-share" final "The receiver does not hold so much of it";
    CURRENCY_MISMATCH = 422 "currency-mismatch" final "The currency is not the payment's";
    VERSION_REQUIRED = 428 "version-required" final "The request must name the version it changes";
    TOO_MANY_REQUESTS = 429 "too-many-requests" retry "Too many requests";
    INTERNAL = 500 "internal" retry "Something went wrong on our side";
    CHANNEL_UNAVAILABLE = 503 "channel-unavailable" retry "No channel could be reached; nothing was sent";
    STORE_UNAVAILABLE = 503 "store-unavailable" retry "The store cannot be reached; repeat with the same key";
    OVERLOADED = 503 "overloaded" retry "The gateway is at its limit";
    CHANNEL_SILENT = 504 "channel-silent" retry "The channel gave no answer";
    TIMEOUT = 504 "timeout" retry "The request took too long; repeat with the same key";
}

/// One problem of one request.
#[derive(Clone, Debug)]
pub struct Problem {
    pub kind: &'static Kind,
    /// This case, without internals.
    pub detail: String,
    pub payment: Option<PaymentId>,
    pub retry_after_secs: Option<u32>,
    pub errors: Vec<FieldError>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldError {
    /// A JSON pointer into the body, or the name of a parameter.
    pub pointer: String,
    pub reason: String,
}

impl Problem {
    pub fn new(kind: &'static Kind, detail: impl Into<String>) -> Self {
        let detail = detail.into();
        Self { kind, detail, payment: None, retry_after_secs: None, errors: vec![] }
    }

    pub fn field(pointer: &str, reason: impl Into<String>) -> Self {
        let mut problem = Self::new(INVALID_FIELD, "see errors");
        problem.errors.push(FieldError { pointer: pointer.into(), reason: reason.into() });
        problem
    }

    #[must_use]
    pub fn of_payment(mut self, payment: PaymentId) -> Self {
        self.payment = Some(payment);
        self
    }

    #[must_use]
    pub fn retry_after(mut self, seconds: u32) -> Self {
        self.retry_after_secs = Some(seconds);
        self
    }
}
