//! The shapes of single values that merchants are told, for the API's description.

use paymux_core::endpoint::DisabledReason;
use paymux_core::ledger;
use paymux_core::payment::{Method, Notice};
use paymux_core::refund::{Cause, RefundState};
use paymux_core::settlement::{Notice as SettlementNotice, State as SettlementState};
use paymux_core::split::{Kind as SplitKind, LineState, ReceiverKind, Split};
use paymux_core::transfer::{Kind, Notice as TransferNotice, PayeeKind, State as TransferState};
use paymux_core::{
    AttemptId, Currency, EndpointId, EventId, OrderNo, PaymentId, RefundId, SplitId, TransferId,
    VoucherNo,
};
use utoipa::openapi::schema::{KnownFormat, Object, ObjectBuilder, SchemaFormat, Type};

use super::STATUSES;
use crate::flow::bill::RECONCILIATION_COMPLETED;
use crate::flow::endpoint::ENDPOINT_DISABLED;

fn text() -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::String)
}

fn formed(pattern: &str, example: &str) -> ObjectBuilder {
    text().pattern(Some(pattern)).examples([example])
}

fn one_of(names: impl IntoIterator<Item = &'static str>) -> ObjectBuilder {
    text().enum_values(Some(names))
}

pub(super) fn payment_id() -> Object {
    formed(PaymentId::PATTERN, "pay_01JGFJJZ00GH00000000000007").build()
}

pub(super) fn refund_id() -> Object {
    formed(RefundId::PATTERN, "ref_01JGFJJZ00GH0000000000000701").build()
}

pub(super) fn event_id() -> Object {
    formed(EventId::PATTERN, "evt_01JGFJJZ00GH000000000000070001").build()
}

pub(super) fn endpoint_id() -> Object {
    formed(EndpointId::PATTERN, "orders").build()
}

pub(super) fn order_no() -> Object {
    let text = formed(OrderNo::PATTERN, "A-1001");
    text.description(Some("Your own number, as you sent it.")).build()
}

pub(super) fn out_trade_no() -> Object {
    formed(AttemptId::PATTERN, "01JGFJJZ00GH0000000000000701").build()
}

pub(super) fn part_out_trade_no() -> Object {
    formed(AttemptId::PART_PATTERN, "01JGFJJZ00GH0000000000000701-1").build()
}

pub(super) fn refunded_out_trade_no() -> Object {
    formed(AttemptId::OUT_TRADE_NO_PATTERN, "01JGFJJZ00GH0000000000000701").build()
}

pub(super) fn out_refund_no() -> Object {
    let text = formed(RefundId::OUT_REFUND_NO_PATTERN, "01JGFJJZ00GH00000000000007R01");
    text.description(Some("What the channel knows the refund by.")).build()
}

pub(super) fn amount() -> Object {
    let number = ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(1));
    let number = number.format(Some(SchemaFormat::KnownFormat(KnownFormat::Int64)));
    let text = "In the currency's minor unit: 888 is 8.88 yuan.";
    number.description(Some(text)).examples([888]).build()
}

pub(super) fn currency() -> Object {
    one_of(Currency::ALL.map(Currency::code)).examples(["CNY"]).build()
}

pub(super) fn method() -> Object {
    let text = "How the payer is reached, by the attempt that is shown.";
    let names = Method::ALL.map(Method::name).into_iter().chain(["cashier"]);
    one_of(names).description(Some(text)).build()
}

pub(super) fn payment_status() -> Object {
    let text = "`processing`: we do not know yet. `pending`: the payer's turn. `succeeded`: paid. \
                `failed`: the channel refused. `closed`: nobody can pay it any more.";
    one_of(STATUSES).description(Some(text)).build()
}

pub(super) fn refund_status() -> Object {
    let text = "`abnormal`: the channel could not give the money back, and a person is needed.";
    one_of(RefundState::NAMES).description(Some(text)).build()
}

pub(super) fn refund_cause() -> Object {
    let text = "Who wanted it: you, or the policy for money that came twice or late.";
    one_of(Cause::ALL.map(Cause::name)).description(Some(text)).build()
}

pub(super) fn split_id() -> Object {
    formed(SplitId::PATTERN, "spl_01JGFJJZ00GH0000000000000701").build()
}

pub(super) fn out_order_no() -> Object {
    formed(SplitId::OUT_ORDER_NO_PATTERN, "01JGFJJZ00GH00000000000007S01").build()
}

pub(super) fn split_type() -> Object {
    one_of(SplitKind::NAMES).build()
}

pub(super) fn split_status() -> Object {
    let text = "`processing`: we do not know yet. `succeeded`: it is over, and somebody has their \
                share; each line says of itself. `closed`: nothing moved. `abnormal`: a repeat was \
                refused, and the first may yet work.";
    one_of(Split::STATUSES).description(Some(text)).build()
}

pub(super) fn line_status() -> Object {
    one_of(LineState::NAMES).build()
}

pub(super) fn receiver_type() -> Object {
    one_of(ReceiverKind::ALL.map(ReceiverKind::name)).build()
}

pub(super) fn transfer_id() -> Object {
    formed(TransferId::PATTERN, "trf_01JGFJJZ00GH00000000000007").build()
}

pub(super) fn out_bill_no() -> Object {
    formed(TransferId::OUT_BILL_NO_PATTERN, "01JGFJJZ00GH00000000000007T").build()
}

pub(super) fn transfer_status() -> Object {
    let text = "`held`: somebody at the gateway has to allow it. `processing`: we do not know yet. \
                `awaiting_payee`: the payee has to say yes. `returned`: it had arrived, and came \
                back. `abnormal`: a repeat was refused, and the first may yet pay.";
    one_of(TransferState::NAMES).description(Some(text)).build()
}

pub(super) fn transfer_type() -> Object {
    one_of(Kind::ALL.map(Kind::name)).build()
}

pub(super) fn payee_type() -> Object {
    one_of(PayeeKind::ALL.map(PayeeKind::name)).build()
}

pub(super) fn transfer_notice() -> Object {
    one_of(TransferNotice::NAMES).build()
}

pub(super) fn settlement_no() -> Object {
    formed(VoucherNo::PATTERN, "stl_shop_CNY_000007").build()
}

pub(super) fn settlement_status() -> Object {
    let text = "`draft`: not agreed to. `carried`: nothing is owed. `confirmed`: its money is set \
                aside. `paying`: a transfer is on its way. `failed`: not paid, and still set \
                aside. `returned`, `cancelled`: owed again, and part of the next. `discarded`: \
                drafted anew.";
    one_of(SettlementState::NAMES).description(Some(text)).build()
}

pub(super) fn settlement_notice() -> Object {
    one_of(SettlementNotice::NAMES).build()
}

pub(super) fn cause_kind() -> Object {
    one_of(ledger::Cause::KINDS).build()
}

pub(super) fn notice() -> Object {
    one_of(Notice::NAMES).build()
}

pub(super) fn endpoint_notice() -> Object {
    one_of([ENDPOINT_DISABLED]).build()
}

pub(super) fn reconciliation_notice() -> Object {
    one_of([RECONCILIATION_COMPLETED]).build()
}

pub(super) fn endpoint_status() -> Object {
    one_of(["enabled", "disabled"]).build()
}

pub(super) fn disabled_reason() -> Object {
    one_of(DisabledReason::ALL.map(DisabledReason::name)).build()
}

/// As [`super::time`] writes it.
pub(super) fn time() -> Object {
    let text = text().format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime)));
    text.examples(["2026-01-15T04:35:02.120Z"]).build()
}
