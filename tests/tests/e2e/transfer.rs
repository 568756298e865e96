//! Money paid out through program, channel and payee: once, whatever goes wrong.

mod doubt;
mod payee;
mod terms;

use paymux_sandbox::{Channel, TransferView};
use paymux_tests::config::{Setup, mode};
use paymux_tests::http::Answer;
use paymux_tests::rig::Rig;
use serde_json::{Value, json};

use super::order::{Order, account, name, wish};

/// What each merchant of these tests has to pay out.
const WEALTH: i64 = 1_000_000;

/// A merchant that may pay out, and has what to pay with.
async fn wealthy(merchant: &'static str) -> Rig {
    let alipay_mode = mode::certificates();
    let rig = Rig::start(Setup { merchant, alipay_mode, ..Setup::default() }).await;
    let gateway = format!("{}/notify/{}", rig.tap.base(), account(Channel::Alipay));
    rig.sandbox.set_alipay_app_gateway(&gateway);
    let mut whole = wish(Channel::Alipay, "wealth", "Tea");
    whole["amount"] = WEALTH.into();
    let order = Order::wished(&rig, Channel::Alipay, &whole, 201).await;
    order.pay();
    rig.shop.hears("payment.succeeded", &order.order_no).await;
    rig
}

/// To the channel's first payer; faults stand in the title.
fn wanted(rig: &Rig, channel: Channel, transfer_no: &str, amount: i64, title: &str) -> Value {
    let mut wanted = json!({
        "account": account(channel), "transfer_no": transfer_no, "amount": amount,
        "currency": "CNY", "title": title,
    });
    let first = |it: &paymux_sandbox::PayerView| it.channel == channel && it.first;
    let payer = rig.sandbox.payers().into_iter().find(first).expect("a first payer");
    match channel {
        Channel::Alipay => wanted["payee"] = json!({ "type": "user_id", "account": payer.id }),
        Channel::Wechat => {
            wanted["payee"] = json!({ "type": "openid", "account": payer.open_id });
            wanted["scene"] = json!({ "id": "1005", "reports": [
                { "type": "岗位类型", "content": "骑手" },
                { "type": "报酬说明", "content": "九月的佣金" },
            ] });
        }
    }
    wanted
}

async fn asked(rig: &Rig, key: &str, wanted: &Value) -> Answer {
    rig.api.post("/v1/transfers", key, wanted).await
}

async fn taken_on(rig: &Rig, wanted: &Value) -> Value {
    let answer = asked(rig, wanted["transfer_no"].as_str().expect("a number"), wanted).await;
    assert_eq!(answer.status, 201, "{answer:?}");
    answer.json()
}

fn number(transfer: &Value) -> &str {
    transfer["out_bill_no"].as_str().expect("its number at the channel")
}

/// The channel's own record of it.
fn record(rig: &Rig, channel: Channel, transfer: &Value) -> Option<TransferView> {
    rig.sandbox.transfer(channel, number(transfer))
}

/// The numbers a title has at the channel: one, however often it was asked for.
fn records(rig: &Rig, channel: Channel, title: &str) -> usize {
    let so = |it: &&TransferView| it.channel == channel && it.title == title;
    rig.sandbox.transfers().iter().filter(so).count()
}

async fn now(rig: &Rig, transfer: &Value) -> Value {
    let id = transfer["id"].as_str().expect("an id");
    rig.api.get(&format!("/v1/transfers/{id}")).await.json()
}

fn numbered(what: &str, channel: Channel) -> String {
    format!("{what}-{}", name(channel))
}
