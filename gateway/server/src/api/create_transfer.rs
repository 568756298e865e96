//! `POST /v1/transfers`

use axum::extract::State;
use paymux_core::Money;
use paymux_core::transfer::Kind;
use paymux_engine::flow::transfer::NewTransfer;
use paymux_engine::problem;
use paymux_engine::render::TransferView;
use paymux_store::Store;
use serde_json::json;

use super::extract::{Caller, Key, Payload};
use super::fields::Fields;
use super::query::NoQuery;
use super::{Answer, Api, reply, values};
use crate::openapi::{Operation, Tag, example};

pub(crate) async fn handle<S: Store>(
    State(api): State<Api<S>>,
    Caller(merchant): Caller,
    Key(key): Key,
    _: NoQuery,
    Payload(body): Payload,
) -> Answer {
    let new = Fields::read(&body, read)?;
    let replied = api.gateway.create_transfer(&merchant, new, key).await?;
    Ok(reply::made("/v1/transfers", replied))
}

pub(crate) fn read(body: &mut Fields) -> Option<NewTransfer> {
    let account = body.required("account", values::ACCOUNT);
    let transfer_no = body.required("transfer_no", values::TRANSFER_NO);
    let amount = body.required("amount", values::AMOUNT);
    let currency = body.required("currency", values::CURRENCY);
    let kind = body.optional("type", values::TRANSFER_TYPE).unwrap_or(Kind::Transfer);
    let payee = body.required("payee", values::PAYEE);
    let title = body.required("title", values::TITLE);
    let scene = body.optional("scene", values::SCENE);
    let amount = Money::new(amount?, currency?).ok()?;
    let (account, transfer_no) = (account?, transfer_no?);
    let (payee, title) = (payee?, title?);
    Some(NewTransfer { account, transfer_no, amount, kind, payee, title, scene })
}

pub(crate) fn describe() -> Operation {
    let text = "Pays money out of one of your accounts, under a number that never changes: it is \
                paid once, however often it is asked for. Its end is told by an event: \
                [transfers](/docs/guides/transfers).";
    let wanted = json!({
        "account": "wechat-main",
        "transfer_no": "C-2026-09-17",
        "amount": 888,
        "currency": "CNY",
        "payee": { "type": "openid", "account": "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o" },
        "title": "Commission",
        "scene": { "id": "1005", "reports": [
            { "type": "岗位类型", "content": "骑手" },
            { "type": "报酬说明", "content": "九月的佣金" },
        ] },
    });
    Operation::new(Tag::Transfers, "createTransfer", "Pay money out", text)
        .keyed()
        .takes(Fields::shape(read), wanted)
        .gives::<TransferView<'_>>(200, "It was made before.", example::transfer("succeeded"))
        .gives::<TransferView<'_>>(201, "It was taken on.", example::transfer("awaiting_payee"))
        .refuses(&[
            problem::TRANSFERS_NOT_ALLOWED,
            problem::NOT_FOUND,
            problem::TRANSFER_NO_TAKEN,
            problem::TRANSFER_LIMIT,
            problem::TRANSFER_EXCEEDS_BALANCE,
            problem::CHANNEL_UNFIT,
        ])
}
