//! `POST`, `GET` and `DELETE /v1/receivers`: who may get shares of a merchant's payments.

use axum::extract::State;
use http::StatusCode;
use paymux_channel::Relation;
use paymux_core::OrderNo;
use paymux_core::split::Receiver;
use paymux_engine::flow::receiver::NewReceiver;
use paymux_engine::problem;
use paymux_engine::render::{self, ReceiverView};
use paymux_store::Store;
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::extract::{Caller, Id, NoPayload, Payload};
use super::fields::Fields;
use super::query::{self, NoQuery, Query};
use super::{Answer, Api, reply, values};
use crate::openapi::{Operation, Tag};

#[derive(Serialize, ToSchema)]
#[schema(as = ReceiverPage)]
struct Page<'a> {
    /// By their numbers.
    data: Vec<ReceiverView<'a>>,
    /// `null` on the last page.
    #[schema(required)]
    next_cursor: Option<String>,
}

pub(crate) async fn bind<S: Store>(
    State(api): State<Api<S>>,
    Caller(merchant): Caller,
    _: NoQuery,
    Payload(body): Payload,
) -> Answer {
    let new = Fields::read(&body, read_body)?;
    let bound = api.gateway.bind_receiver(&merchant, new).await?;
    Ok(reply::json(StatusCode::OK, &render::receiver(&bound)))
}

fn read_body(body: &mut Fields) -> Option<NewReceiver> {
    let receiver_no = body.required("receiver_no", values::NUMBER);
    let account = body.required("account", values::ACCOUNT);
    let kind = body.required("type", values::RECEIVER_TYPE);
    let receiver = body.required("receiver", values::RECEIVER);
    let name = body.optional("name", values::RECEIVER_NAME);
    let relation = body.optional("relation", values::RELATION).unwrap_or(Relation::Partner);
    let receiver = Receiver { kind: kind?, account: receiver? };
    Some(NewReceiver { receiver_no: receiver_no?, account: account?, receiver, name, relation })
}

pub(crate) async fn unbind<S: Store>(
    State(api): State<Api<S>>,
    Caller(merchant): Caller,
    Id(receiver_no): Id<OrderNo>,
    _: NoQuery,
    _: NoPayload,
) -> Answer {
    let unbound = api.gateway.unbind_receiver(&merchant, &receiver_no).await?;
    Ok(reply::json(StatusCode::OK, &render::receiver(&unbound)))
}

pub(crate) async fn read<S: Store>(
    State(api): State<Api<S>>,
    Caller(merchant): Caller,
    Id(receiver_no): Id<OrderNo>,
    _: NoQuery,
) -> Answer {
    let known = api.gateway.own_receiver(&merchant, &receiver_no).await?;
    Ok(reply::json(StatusCode::OK, &render::receiver(&known)))
}

pub(crate) async fn list<S: Store>(
    State(api): State<Api<S>>,
    Caller(merchant): Caller,
    mut query: Query,
) -> Answer {
    let number = |it: &str| it.parse::<OrderNo>().map_err(|_| "is not well-formed".to_owned());
    let cursor = query.optional("cursor", number);
    let limit = query.limit();
    query.finish()?;
    let found = api.gateway.store.receivers(&merchant.id, cursor.as_ref(), limit + 1).await;
    let mut found = found.map_err(reply::unreadable)?;
    // One row more than asked tells whether there is another page.
    let more = found.len() > limit;
    found.truncate(limit);
    let next_cursor = found.last().filter(|_| more).map(|it| it.receiver_no.to_string());
    let data = found.iter().map(render::receiver).collect();
    Ok(reply::json(StatusCode::OK, &Page { data, next_cursor }))
}

fn example(bound: bool) -> Value {
    json!({
        "receiver_no": "lin",
        "account": "wechat-main",
        "type": "merchant",
        "receiver": "1900000110",
        "relation": "supplier",
        "bound": bound,
        "changed_at": "2026-01-15T04:00:00.000Z",
    })
}

pub(crate) fn describe_bind() -> Operation {
    let text = "From now on it may get shares of the account's payments. A repeat is harmless. \
                The name is sent to the channel, which compares it, and is kept nowhere here.";
    let wanted = json!({
        "receiver_no": "lin",
        "account": "wechat-main",
        "type": "merchant",
        "receiver": "1900000110",
        "name": "Lin Tea Ltd",
        "relation": "supplier",
    });
    Operation::new(Tag::Splits, "bindReceiver", "Bind a receiver", text)
        .takes(Fields::shape(read_body), wanted)
        .gives::<ReceiverView<'_>>(200, "It is bound.", example(true))
        .refuses(&[
            problem::SPLITS_NOT_ALLOWED,
            problem::NOT_FOUND,
            problem::RECEIVER_NO_TAKEN,
            problem::CHANNEL_UNFIT,
            problem::CHANNEL_UNAVAILABLE,
            problem::CHANNEL_SILENT,
        ])
}

pub(crate) fn describe_unbind() -> Operation {
    let text = "From now on it gets nothing more; what is under way goes on. A repeat is harmless.";
    Operation::new(Tag::Splits, "unbindReceiver", "Unbind a receiver", text)
        .under("receiver_no", OrderNo::PATTERN, "lin")
        .takes_nothing()
        .gives::<ReceiverView<'_>>(200, "It is bound no longer.", example(false))
        .refuses(&[
            problem::SPLITS_NOT_ALLOWED,
            problem::CHANNEL_UNFIT,
            problem::CHANNEL_UNAVAILABLE,
            problem::CHANNEL_SILENT,
        ])
}

pub(crate) fn describe_read() -> Operation {
    Operation::new(Tag::Splits, "readReceiver", "Read a receiver", "As it is known now.")
        .under("receiver_no", OrderNo::PATTERN, "lin")
        .gives::<ReceiverView<'_>>(200, "The receiver.", example(true))
}

pub(crate) fn describe_list() -> Operation {
    let listed = json!({ "data": [example(true)], "next_cursor": null });
    Operation::new(Tag::Splits, "listReceivers", "List receivers", "By their numbers.")
        .asks("cursor", "`next_cursor` of the page before.", values::pattern(OrderNo::PATTERN))
        .asks("limit", "How many a page has.", query::limit_shape())
        .gives::<Page<'_>>(200, "A page of receivers.", listed)
}
