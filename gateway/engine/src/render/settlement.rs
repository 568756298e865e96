//! A settlement as merchants see it.

use paymux_core::ledger::{Exit, Posting};
use paymux_core::settlement::{Item, Notice, Settlement, State};
use paymux_core::{EventId, Timestamp};
use paymux_store::Stored;
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::{bytes, shape, time};

/// What you are owed for a period, and how it is paid.
#[derive(Serialize, ToSchema)]
#[schema(as = Settlement)]
pub struct SettlementView<'a> {
    #[schema(schema_with = shape::settlement_no)]
    id: &'a str,
    #[schema(schema_with = shape::settlement_status)]
    status: &'static str,
    /// What it pays, in the currency's minor unit; zero where nothing is owed.
    #[schema(minimum = 0, example = 987_600)]
    amount: i64,
    #[schema(schema_with = shape::currency)]
    currency: &'static str,
    /// What was booked before then is in it, or in one before it.
    #[schema(schema_with = shape::time)]
    cutoff: String,
    statement: StatementView<'a>,
    /// The account that paid it; left out where it was paid by bank, or is not paid.
    #[schema(nullable = false, required = false, example = "alipay-main")]
    #[serde(skip_serializing_if = "Option::is_none")]
    account: Option<&'a str>,
    /// The last transfer that was begun to pay it.
    #[schema(schema_with = shape::transfer_id, required = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    transfer: Option<String>,
    /// By which whoever paid it knows the payment.
    #[schema(nullable = false, required = false, example = "2026011520040011")]
    #[serde(skip_serializing_if = "Option::is_none")]
    reference: Option<&'a str>,
    /// Why it was not paid, or came back.
    #[schema(nullable = false, required = false, example = "The payee's account is closed")]
    #[serde(skip_serializing_if = "Option::is_none")]
    failure: Option<&'a str>,
    #[schema(schema_with = shape::time)]
    created_at: String,
    #[schema(schema_with = shape::time, required = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    paid_at: Option<String>,
}

/// What it is made of.
#[derive(Serialize, ToSchema)]
#[schema(as = SettlementStatement)]
struct StatementView<'a> {
    /// A debt that the settlement before it left: zero, or less.
    #[schema(example = 0)]
    carried: i64,
    items: Vec<ItemView<'a>>,
    /// All of it together; less than zero is carried into the next one.
    #[schema(example = 987_600)]
    net: i64,
}

/// All that was booked for one kind of cause.
#[derive(Serialize, ToSchema)]
#[schema(as = SettlementItem)]
struct ItemView<'a> {
    #[schema(schema_with = shape::cause_kind)]
    kind: &'a str,
    count: u64,
    /// What it added to what you are owed.
    credited: i64,
    /// What it took from it.
    debited: i64,
}

/// One movement of what you are owed.
#[derive(Serialize, ToSchema)]
#[schema(as = SettlementEntry)]
pub struct EntryView {
    /// Its place among yours; ask on after the last one's.
    pub cursor: u64,
    #[schema(schema_with = shape::cause_kind)]
    pub kind: &'static str,
    /// The channel's number of the order, the refund, the transfer or the correction.
    #[schema(example = "01JGFJJZ00GH0000000000000701")]
    pub of: String,
    /// Of the payment, where it is one's.
    #[schema(schema_with = shape::payment_id, required = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payment: Option<String>,
    /// What it added to what you are owed, or where it is less than zero, took from it.
    #[schema(example = 888)]
    pub amount: i64,
    #[schema(schema_with = shape::time)]
    pub moved_at: String,
    #[schema(schema_with = shape::time)]
    pub booked_at: String,
}

/// An event about a settlement.
#[derive(Serialize, ToSchema)]
#[schema(as = SettlementEvent)]
pub struct SettlementEventView<'a> {
    #[schema(schema_with = shape::event_id)]
    id: String,
    #[schema(schema_with = shape::settlement_notice)]
    #[serde(rename = "type")]
    kind: &'static str,
    #[schema(schema_with = shape::time)]
    timestamp: String,
    /// Counts the settlement's events, from 1.
    version: u16,
    data: SettlementData<'a>,
}

#[derive(Serialize, ToSchema)]
struct SettlementData<'a> {
    settlement: SettlementView<'a>,
}

pub fn settlement(it: &Settlement) -> SettlementView<'_> {
    let (account, reference, paid_at) = match &it.state {
        State::Paid { exit: Exit::Channel(account), at, reference } => {
            (Some(account.as_str()), reference.as_deref(), Some(time(*at)))
        }
        State::Paid { exit: Exit::Outside, at, reference } => {
            (None, reference.as_deref(), Some(time(*at)))
        }
        State::Draft
        | State::Carried
        | State::Confirmed
        | State::Paying
        | State::Failed { .. }
        | State::Returned { .. }
        | State::Cancelled
        | State::Discarded => (None, None, None),
    };
    SettlementView {
        id: it.number.as_str(),
        status: it.state.name(),
        amount: it.amount().minor(),
        currency: it.currency.code(),
        cutoff: time(it.cutoff),
        statement: StatementView {
            carried: it.statement.carried,
            items: it.statement.items.iter().map(item).collect(),
            net: it.statement.net(),
        },
        account,
        transfer: it.transfer.map(|it| it.to_string()),
        reference,
        failure: failure(&it.state),
        created_at: time(it.created_at),
        paid_at,
    }
}

fn item(it: &Item) -> ItemView<'_> {
    let Item { kind, count, credited, debited } = it;
    ItemView { kind, count: *count, credited: *credited, debited: *debited }
}

fn failure(state: &State) -> Option<&str> {
    match state {
        State::Failed { reason } | State::Returned { reason } => Some(reason),
        State::Draft
        | State::Carried
        | State::Confirmed
        | State::Paying
        | State::Paid { .. }
        | State::Cancelled
        | State::Discarded => None,
    }
}

/// A posting that moved what a merchant is owed, by so much.
pub fn settlement_entry(it: &Stored<Posting>, amount: i64) -> EntryView {
    let row = &it.row;
    EntryView {
        cursor: it.cursor,
        kind: row.cause().kind(),
        of: row.cause().of(),
        payment: row.cause().payment().map(|it| it.to_string()),
        amount,
        moved_at: time(row.moved_at()),
        booked_at: time(row.booked_at()),
    }
}

/// The head of [`settlement_line`]s.
pub const SETTLEMENT_HEAD: &str = "cursor,kind,of,payment,amount,currency,moved_at,booked_at\r\n";

/// The same as a line of comma-separated values: none of them has a comma or a quote.
pub fn settlement_line(it: &Stored<Posting>, amount: i64) -> String {
    let entry = settlement_entry(it, amount);
    let currency = it.row.amount().currency().code();
    let EntryView { cursor, kind, of, payment, amount, moved_at, booked_at } = entry;
    let payment = payment.unwrap_or_default();
    format!("{cursor},{kind},{of},{payment},{amount},{currency},{moved_at},{booked_at}\r\n")
}

/// The exact bytes of an event; every delivery of it sends these.
pub fn settlement_event(it: &Settlement, notice: Notice, at: Timestamp) -> Vec<u8> {
    let id = EventId { payment: it.root(), number: it.events };
    bytes(&SettlementEventView {
        id: id.to_string(),
        kind: notice.name(),
        timestamp: time(at),
        version: it.events,
        data: SettlementData { settlement: settlement(it) },
    })
}

/// One step of it in the timeline.
pub fn settlement_detail(it: &Settlement) -> Value {
    json!({
        "settlement": it.number.as_str(),
        "amount": it.amount().minor(),
        "confirmed_by": it.confirmed_by,
        "transfer": it.transfer.map(|it| it.to_string()),
        "failure": failure(&it.state),
    })
}
