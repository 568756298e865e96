//! What merchants are sent: one entry for each type of event.

use std::borrow::Cow;

use paymux_core::payment::Notice;
use paymux_core::{settlement, transfer};
use paymux_engine::flow::bill::RECONCILIATION_COMPLETED;
use paymux_engine::flow::endpoint::ENDPOINT_DISABLED;
use paymux_engine::render::{
    EndpointEventView, EventView, ReconciliationEventView, SettlementEventView, TransferEventView,
};
use utoipa::openapi::content::ContentBuilder;
use utoipa::openapi::path::{
    HttpMethod, OperationBuilder, ParameterBuilder, ParameterIn, PathItem, Paths, PathsBuilder,
};
use utoipa::openapi::request_body::RequestBodyBuilder;
use utoipa::openapi::response::ResponseBuilder;
use utoipa::openapi::schema::{AllOfBuilder, ObjectBuilder, OneOfBuilder, Schema, Type};
use utoipa::openapi::{Ref, RefOr, Required};
use utoipa::{PartialSchema, ToSchema};

use super::operation::Schemas;
use super::{add, example};

/// What each event means; an event without a word here is not described, which a test forbids.
const MEANINGS: [(&str, &str); 24] = [
    ("payment.succeeded", "The payment is paid. It comes once, when it is certain."),
    ("payment.failed", "The channel refused; `failure` has its words. Nobody paid."),
    ("payment.closed", "Nobody paid, and nobody can any more."),
    (
        "payment.late_paid",
        "Money came after `payment.closed` or `payment.failed`. By the policy `late` it is \
         accepted, returned, or left to you.",
    ),
    (
        "payment.duplicate_paid",
        "Money came twice; `surplus` is the attempt that it came by. By the policy `duplicate` it \
         is returned, or left to you.",
    ),
    ("refund.succeeded", "The money is back with the payer."),
    ("refund.failed", "The channel refused the refund; nothing was given back."),
    ("refund.abnormal", "The channel could not give the money back: a person is needed."),
    (
        "split.succeeded",
        "Every share has its end, and somebody has theirs: each of the receivers says of itself.",
    ),
    ("split.closed", "It is over, and nothing of it moved; `failure` says why, or each receiver."),
    ("split.finished", "The rest of the payment is yours."),
    ("split.returned", "The receiver's share is back with you."),
    ("transfer.awaiting_payee", "The payee has to say yes: hand `package_info` to the wallet."),
    ("transfer.succeeded", "The payee has the money."),
    ("transfer.failed", "Nobody was paid; `failure` says why. It never will be."),
    ("transfer.returned", "It had arrived, and the bank sent it back."),
    (
        "transfer.abnormal",
        "A repeat was refused, and the first may yet pay: it is looked after, and a person may \
         have to.",
    ),
    ("settlement.confirmed", "It was agreed to, and its money is set aside."),
    ("settlement.paid", "You have the money, or it is on its way from bank to bank."),
    ("settlement.failed", "It was not paid; `failure` says why. Its money is still set aside."),
    ("settlement.returned", "It was paid, and the bank sent it back: it is in the next one."),
    ("settlement.cancelled", "It was given up: what it would have paid is in the next one."),
    (
        ENDPOINT_DISABLED,
        "Another endpoint of yours takes nothing any more; its events are held, and nothing is \
         lost.",
    ),
    (
        RECONCILIATION_COMPLETED,
        "A day of yours at an account was compared with the channel's own bill. It comes again, \
         with the next version, where a later comparison comes to something else.",
    ),
];

const HEADERS: [(&str, &str); 3] = [
    ("webhook-id", "The event's id, the same on every attempt: note the ids you worked on."),
    ("webhook-timestamp", "Unix seconds of this attempt; refuse what is five minutes off."),
    (
        "webhook-signature",
        "One or more `v1,BASE64` (HMAC-SHA256) or `v1a,BASE64` (Ed25519), separated by blanks, \
         over `ID.TIMESTAMP.BODY`: [verify it](/docs/guides/webhooks).",
    ),
];

/// An event of either shape, for views that hold the bytes of one.
pub(crate) struct AnyEvent;

impl PartialSchema for AnyEvent {
    fn schema() -> RefOr<Schema> {
        let views = [
            EventView::name(),
            TransferEventView::name(),
            SettlementEventView::name(),
            EndpointEventView::name(),
            ReconciliationEventView::name(),
        ];
        let views = views.into_iter().map(Ref::from_schema_name);
        views.fold(OneOfBuilder::new(), OneOfBuilder::item).into()
    }
}

impl ToSchema for AnyEvent {
    fn name() -> Cow<'static, str> {
        "Event".into()
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        let mut found = Schemas::default();
        add::<EventView<'_>>(&mut found);
        add::<TransferEventView<'_>>(&mut found);
        add::<EndpointEventView<'_>>(&mut found);
        add::<ReconciliationEventView<'_>>(&mut found);
        schemas.extend(found);
    }
}

pub(super) fn all(schemas: &mut Schemas) -> Paths {
    add::<EventView<'_>>(schemas);
    add::<TransferEventView<'_>>(schemas);
    add::<SettlementEventView<'_>>(schemas);
    add::<EndpointEventView<'_>>(schemas);
    add::<ReconciliationEventView<'_>>(schemas);
    let paths = names().fold(PathsBuilder::new(), |paths, name| paths.path(name, item(name)));
    paths.build()
}

fn names() -> impl Iterator<Item = &'static str> {
    let of_money = Notice::NAMES.into_iter().chain(transfer::Notice::NAMES);
    let rest = [ENDPOINT_DISABLED, RECONCILIATION_COMPLETED];
    of_money.chain(settlement::Notice::NAMES).chain(rest)
}

fn item(name: &'static str) -> PathItem {
    let meaning = MEANINGS.iter().find(|it| it.0 == name).map_or("", |it| it.1);
    let view = match name {
        ENDPOINT_DISABLED => EndpointEventView::name(),
        RECONCILIATION_COMPLETED => ReconciliationEventView::name(),
        it if it.starts_with("transfer.") => TransferEventView::name(),
        it if it.starts_with("settlement.") => SettlementEventView::name(),
        _ => EventView::name(),
    };
    let kind = ObjectBuilder::new().schema_type(Type::String).enum_values(Some([name]));
    let kind = ObjectBuilder::new().schema_type(Type::Object).property("type", kind);
    let schema = AllOfBuilder::new().item(Ref::from_schema_name(view)).item(kind);
    let content = ContentBuilder::new().schema(Some(schema)).example(Some(example::event(name)));
    let body = RequestBodyBuilder::new().required(Some(Required::True));
    let operation = OperationBuilder::new()
        .tag("Events")
        .operation_id(Some(name.replace('.', "_")))
        .summary(Some(name))
        .description(Some(meaning))
        .request_body(Some(body.content("application/json", content.build()).build()));
    let header = |(name, text): &(&str, &str)| {
        let schema = ObjectBuilder::new().schema_type(Type::String);
        let header = ParameterBuilder::new().name(*name).parameter_in(ParameterIn::Header);
        header.required(Required::True).description(Some(*text)).schema(Some(schema)).build()
    };
    let operation = HEADERS.iter().map(header).fold(operation, OperationBuilder::parameter);
    PathItem::new(HttpMethod::Post, answers(operation).build())
}

fn answers(operation: OperationBuilder) -> OperationBuilder {
    let told = |text: &str| ResponseBuilder::new().description(text).build();
    operation
        .response("2XX", told("Received. With `ack = \"success\"` the body must be `success`."))
        .response("410", told("The endpoint is disabled at once; its events are held."))
        .response("429", told("Tried again after `Retry-After`, and by the schedule."))
        .response("default", told("A failed attempt: tried again by the endpoint's schedule."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_event_has_its_meaning() {
        let known: Vec<_> = MEANINGS.iter().map(|it| it.0).collect();
        assert_eq!(names().collect::<Vec<_>>(), known);
    }
}
