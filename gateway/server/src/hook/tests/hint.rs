//! A refund's notification over APIv2 of WeChat Pay: sealed, signed by nobody, and a reason to ask.

use std::sync::Arc;
use std::time::Duration;

use aws_lc_rs::cipher::{AES_256, PaddedBlockEncryptingKey, UnboundCipherKey};
use axum::body::Body;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::Request;
use paymux_channel::{Plugin as _, Settings};
use paymux_core::payment::Payment;
use paymux_core::refund::RefundState;
use paymux_core::{RefundId, RefundNo, Timestamp};
use paymux_store::TaskKind;
use paymux_wechat::Wechat;

use crate::api::tests::rig::{NOW, Reply, Rig};
use crate::outbound::tests::tls::Authority;

const KEY: &str = "0123456789abcdef0123456789abcdef";
/// The MD5 of that key, as text.
const SEALING_KEY: &str = "8516ac99dc60603295de7bdb6a153530";

/// The account's channel from now on, whose payments these are.
fn speak_v2(rig: &Rig) {
    let shown = Authority::new().show("alice");
    let settings: Settings = [
        ("api", "v2"),
        ("app_id", "wx1"),
        ("mch_id", "1900000109"),
        ("api_v2_key", KEY),
        ("certificate", &shown.certificate),
        ("certificate_key", &shown.key),
        ("server_ip", "203.0.113.7"),
    ]
    .into_iter()
    .collect();
    let channel = Wechat.open(&settings, &[]).unwrap();
    let snapshot = rig.gateway.snapshot.load();
    snapshot.accounts[&"ali".parse().unwrap()].learn(channel, Arc::default());
}

fn sealed(out_trade_no: &str, out_refund_no: &str, status: &str) -> String {
    let mut told = format!(
        "<root><out_trade_no>{out_trade_no}</out_trade_no>\
         <out_refund_no>{out_refund_no}</out_refund_no><refund_id>50{out_refund_no}</refund_id>\
         <refund_status>{status}</refund_status><refund_fee>100</refund_fee></root>"
    )
    .into_bytes();
    let key = UnboundCipherKey::new(&AES_256, SEALING_KEY.as_bytes()).unwrap();
    PaddedBlockEncryptingKey::ecb_pkcs7(key).unwrap().encrypt(&mut told).unwrap();
    format!(
        "<xml><return_code>SUCCESS</return_code><appid>wx1</appid><mch_id>1900000109</mch_id>\
         <req_info>{}</req_info></xml>",
        STANDARD.encode(told)
    )
}

/// A paid payment with a refund of which nothing is known.
async fn refunded(rig: &Rig, order_no: &str) -> (String, RefundId) {
    let path = format!("/v1/payments/{}/refunds", rig.paid(order_no).await);
    let body = format!(r#"{{"refund_no":"{order_no}","amount":100,"currency":"CNY"}}"#);
    assert_eq!(rig.post(&path, &format!("r-{order_no}"), body).await.outcome(), "201");
    let of = |it: &Payment| it.order.order_no.as_str() == order_no;
    let payment = rig.store.tables().payments.into_values().find(of).unwrap();
    (payment.attempts[0].id.to_string(), payment.refunds[0].id)
}

fn due(rig: &Rig, refund: RefundId) -> Timestamp {
    rig.store.tables().tasks[&TaskKind::Refund(refund)].due
}

async fn tell(rig: &Rig, body: String) -> Reply {
    rig.send(Request::post("/notify/ali").body(Body::from(body)).unwrap()).await
}

#[tokio::test]
async fn a_hint_moves_no_money_and_wakes_the_question() {
    let rig = Rig::new();
    let (order, refund) = refunded(&rig, "A-1").await;
    let (_, other) = refunded(&rig, "A-2").await;
    speak_v2(&rig);
    let before = rig.store.tables();
    assert!(due(&rig, refund) > NOW && due(&rig, other) > NOW);
    // Neither a refund of another payment nor one that is not ours.
    for number in [RefundNo::from(other).out_refund_no(), "R1".into()] {
        let reply = tell(&rig, sealed(&order, &number, "SUCCESS")).await;
        assert_eq!(reply.outcome(), "200");
    }
    assert!(due(&rig, refund) > NOW && due(&rig, other) > NOW);
    for status in ["SUCCESS", "CHANGE", "REFUNDCLOSE"] {
        rig.pass(Duration::from_millis(1));
        let reply =
            tell(&rig, sealed(&order, &RefundNo::from(refund).out_refund_no(), status)).await;
        assert!(reply.body.starts_with(b"<xml><return_code><![CDATA[SUCCESS]]>"), "{status}");
        assert!(due(&rig, refund) <= Timestamp(NOW.0 + 3), "{status}");
    }
    assert!(due(&rig, other) > NOW);
    let after = rig.store.tables();
    assert_eq!(after.payments, before.payments, "nothing was believed");
    assert_eq!(after.events.len(), before.events.len(), "and nobody was told");
    let payment = &after.payments[&refund.payment];
    assert_eq!(payment.refunds[0].state, RefundState::InDoubt);
}

/// Whoever has one message can send it for ever.
#[tokio::test]
async fn a_repeat_wakes_nothing() {
    let rig = Rig::new();
    let (order, refund) = refunded(&rig, "A-1").await;
    speak_v2(&rig);
    let message = sealed(&order, &RefundNo::from(refund).out_refund_no(), "SUCCESS");
    assert_eq!(tell(&rig, message.clone()).await.outcome(), "200");
    let woken = rig.store.tables();
    rig.pass(Duration::from_secs(1));
    assert_eq!(tell(&rig, message).await.outcome(), "200");
    let after = rig.store.tables();
    assert_eq!((after.tasks, after.evidence.len()), (woken.tasks, woken.evidence.len()));
}

#[tokio::test]
async fn another_key_seals_nothing() {
    let rig = Rig::new();
    let (order, refund) = refunded(&rig, "A-1").await;
    speak_v2(&rig);
    let message = sealed(&order, &RefundNo::from(refund).out_refund_no(), "SUCCESS");
    let (head, tail) = message.split_once("<req_info>").unwrap();
    let forged = format!("{head}<req_info>AAAA{tail}");
    let reply = tell(&rig, forged).await;
    assert_eq!(reply.status.as_u16(), 401);
    assert!(due(&rig, refund) > NOW);
}
