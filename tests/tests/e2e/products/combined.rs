//! Orders of several parts: paid at once, told once, and returned part by part.

use http::Request;
use http_body_util::Full;
use paymux_sandbox::{Channel, Status};
use paymux_tests::config::{ALIPAY, Setup, WECHAT, mode};
use paymux_tests::http::Answer;
use paymux_tests::rig::Rig;
use paymux_tests::wait::until;
use serde_json::{Value, json};

const SUB: &str = "wechat-sub";
const OWN: i64 = 6_00;
const THEIRS: i64 = 2_88;

/// The same merchant number twice: by itself, and for its sub-merchant.
async fn rig() -> Rig {
    let mode = [mode::v3(), mode::wechat_provider()].concat();
    let accounts = vec![ALIPAY, WECHAT, SUB];
    Rig::start(Setup { accounts, wechat: vec![(SUB, mode)], ..Setup::default() }).await
}

fn wish(order_no: &str, subject: &str) -> Value {
    json!({
        "order_no": order_no, "amount": OWN + THEIRS, "currency": "CNY", "method": "qr",
        "subject": "Tea and a pot",
        "parts": [
            { "account": WECHAT, "amount": OWN, "subject": subject },
            { "account": SUB, "amount": THEIRS, "subject": "A pot" },
        ],
    })
}

struct Sold<'a> {
    rig: &'a Rig,
    order_no: String,
    payment: Value,
}

impl<'a> Sold<'a> {
    async fn placed(rig: &'a Rig, order_no: &str, subject: &str) -> Self {
        let answer = rig.api.create(order_no, &wish(order_no, subject)).await;
        assert_eq!(answer.status, 201, "{answer:?} {}", answer.json());
        Self { rig, order_no: order_no.to_owned(), payment: answer.json() }
    }

    fn id(&self) -> &str {
        self.payment["id"].as_str().expect("an id")
    }

    fn part(&self, index: usize) -> String {
        self.payment["parts"][index]["out_trade_no"].as_str().expect("a number").to_owned()
    }

    fn at_channel(&self, index: usize) -> (Status, i64, i64) {
        let order = self.rig.sandbox.order(Channel::Wechat, &self.part(index));
        let order = order.expect("the channel knows each part");
        (order.status, order.paid_fen, order.refunded_fen)
    }

    /// Scans the one code, and pays once.
    async fn payer_pays(&self) {
        let cashier = self.payment["action"]["qr_code"].as_str().expect("a code");
        let request = Request::post(format!("{cashier}/pay")).body(Full::default());
        let paid = self.rig.http.send(request.expect("a link")).await.expect("it answers");
        assert_eq!(paid.status, 303, "{paid:?}");
        let heard = self.rig.shop.hears("payment.succeeded", &self.order_no).await;
        assert_eq!(heard.event["data"]["payment"]["parts"][1]["amount"], THEIRS);
        assert_eq!([self.at_channel(0).1, self.at_channel(1).1], [OWN, THEIRS]);
    }

    async fn refund(&self, refund_no: &str, part: Option<u8>, amount: i64) -> Answer {
        let mut wish = json!({ "refund_no": refund_no, "amount": amount, "currency": "CNY" });
        if let Some(part) = part {
            wish["part"] = part.into();
        }
        self.rig.api.refund(self.id(), refund_no, &wish).await
    }
}

async fn is_paid_and_returned(rig: &Rig) {
    let sold = Sold::placed(rig, "combined", "Tea").await;
    sold.payer_pays().await;
    let refused = async |part, amount| sold.refund("too-much", part, amount).await.code();
    assert_eq!(refused(None, 1).await, "part-unknown");
    assert_eq!(refused(Some(3), 1).await, "part-unknown");
    assert_eq!(refused(Some(2), THEIRS + 1).await, "refund-exceeds-paid");
    let asked = sold.refund("combined-back", Some(2), THEIRS).await;
    assert_eq!((asked.status, &asked.json()["part"]), (201, &json!(2)), "{asked:?}");
    let told = rig.shop.hears("refund.succeeded", "combined").await;
    assert_eq!(told.event["data"]["refund"]["out_trade_no"], sold.part(1));
    assert_eq!(refused(Some(2), 1).await, "refund-exceeds-paid");
    let parts = rig.api.payment(sold.id()).await["parts"].clone();
    let refunded = [0, 1].map(|it| parts[it]["amount_refunded"].clone());
    assert_eq!(refunded, [json!(0), json!(THEIRS)], "{parts}");
    assert_eq!([sold.at_channel(0).2, sold.at_channel(1).2], [0, THEIRS]);
}

async fn is_closed(rig: &Rig) {
    let sold = Sold::placed(rig, "combined-closed", "Tea").await;
    assert_eq!(rig.api.close(sold.id()).await.status, 200);
    rig.shop.hears("payment.closed", "combined-closed").await;
    assert_eq!([sold.at_channel(0).0, sold.at_channel(1).0], [Status::Closed; 2]);
}

async fn is_paid_unnoticed(rig: &Rig) {
    let sold = Sold::placed(rig, "combined-unnoticed", "Tea [sandbox:notify_lost]").await;
    sold.payer_pays().await;
}

async fn is_refused_before_it_is_sent(rig: &Rig) {
    let refused = async |change: &dyn Fn(&mut Value)| {
        let mut wish = wish("combined-unfit", "Tea");
        change(&mut wish);
        let answer = rig.api.create("combined-unfit", &wish).await;
        let pointer = answer.json()["errors"][0]["pointer"].as_str().unwrap_or_default().to_owned();
        (answer.status, pointer)
    };
    let check = async |change: &dyn Fn(&mut Value), expect: (u16, &str)| {
        assert_eq!(refused(change).await, (expect.0, expect.1.to_owned()));
    };
    check(&|it| it["amount"] = 1.into(), (400, "/parts")).await;
    check(&|it| drop(it["parts"].as_array_mut().map(Vec::pop)), (400, "/parts")).await;
    check(&|it| it["parts"][1]["amount"] = 0.into(), (400, "/parts/1/amount")).await;
    check(&|it| it["parts"][1]["account"] = ALIPAY.into(), (422, "/parts/1/account")).await;
    check(&|it| it["parts"][0]["account"] = "nobody".into(), (422, "/parts/0/account")).await;
    check(&|it| it["method"] = "cashier".into(), (400, "/parts")).await;
    check(&|it| it["method"] = "page".into(), (422, "/parts/0/account")).await;
    check(&|it| it["channel"] = "alipay".into(), (422, "/parts/0/account")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn wechat_v3_sells_orders_of_several_parts() {
    let rig = rig().await;
    tokio::join!(
        is_paid_and_returned(&rig),
        is_closed(&rig),
        is_paid_unnoticed(&rig),
        is_refused_before_it_is_sent(&rig),
    );
    let done = async || (rig.metrics().await.sum("paymux_tasks_open", &[]) == 0).then_some(());
    until("nothing is left to ask", done).await;
}
