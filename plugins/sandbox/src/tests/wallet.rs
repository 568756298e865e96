//! The wallet as a browser without scripts sees it.

use super::rig::Rig;
use crate::{Channel, Config};

#[tokio::test]
async fn the_page_shows_the_order_and_two_buttons() {
    let rig = Rig::start().await;
    for (wallet, number, name) in [
        (rig.precreate("A1", "茶 tea").await, "A1", "支付宝 Alipay"),
        (rig.native("W00001", "茶 tea").await, "W00001", "微信支付 WeChat Pay"),
    ] {
        let page = rig.get(&wallet).await;
        assert_eq!(
            (page.status.as_u16(), &page.headers["content-type"]),
            (200, &"text/html; charset=utf-8".parse().unwrap())
        );
        let trade =
            rig.sandbox.orders(0, 10).into_iter().find(|o| o.out_trade_no == number).unwrap();
        for part in [
            name,
            "¥88.88",
            "茶 tea",
            number,
            &trade.trade_no,
            "待付款 Waiting",
            "确认付款 Pay",
            "取消 Cancel",
            &format!(r#"action="{wallet}/pay""#),
            &format!(r#"action="{wallet}/cancel""#),
        ] {
            assert!(page.text.contains(part), "{part}: {}", page.text);
        }
        assert!(!page.text.contains("<script") && !page.text.contains("{{"), "{}", page.text);
    }
}

#[tokio::test]
async fn a_subject_is_text_and_never_markup() {
    let rig = Rig::start().await;
    let subject = "<b onmouseover='x'>\"&{{raw:actions}}";
    let wallet = rig.native("W00001", subject).await;
    for path in [wallet.as_str(), "/wallet"] {
        let page = rig.get(path).await.text;
        let escaped = "&lt;b onmouseover=&#39;x&#39;&gt;&quot;&amp;{{raw:actions}}";
        assert!(page.contains(escaped) && !page.contains("<b "), "{page}");
    }
}

#[tokio::test]
async fn paying_twice_is_refused_kindly() {
    let rig = Rig::start().await;
    let wallet = rig.native("W00001", "tea").await;
    assert_eq!(rig.call("POST", &format!("{wallet}/pay"), "").await.status, 303);
    assert_eq!(rig.call("POST", &format!("{wallet}/pay"), "").await.status, 409);
    let page = rig.get(&wallet).await;
    assert!(page.text.contains("已支付 Paid") && !page.text.contains("<form"), "{}", page.text);
    assert_eq!(rig.sandbox.books()[&Channel::Wechat].paid_orders, 1);
}

#[tokio::test]
async fn cancelling_closes_the_order() {
    let rig = Rig::start().await;
    let wallet = rig.precreate("A1", "tea").await;
    assert_eq!(rig.call("POST", &format!("{wallet}/cancel"), "").await.status, 303);
    assert_eq!(rig.alipay_state("A1").await, "TRADE_CLOSED");
    let page = rig.get(&wallet).await;
    assert!(page.text.contains("已关闭 Closed") && !page.text.contains("<form"), "{}", page.text);
    assert_eq!(rig.call("POST", &format!("{wallet}/pay"), "").await.status, 409);
}

#[tokio::test]
async fn looking_never_pays_and_a_token_belongs_to_its_channel() {
    let rig = Rig::start().await;
    let wallet = rig.precreate("A1", "tea").await;
    assert_eq!(rig.get(&format!("{wallet}/pay")).await.status, 405);
    let other = wallet.replace("alipay", "wechat");
    assert_eq!(rig.get(&other).await.status, 404);
    assert_eq!(rig.call("POST", &format!("{other}/pay"), "").await.status, 404);
    assert_eq!(rig.alipay_state("A1").await, "ACQ.TRADE_NOT_EXIST");
}

#[tokio::test]
async fn the_list_names_every_order() {
    let rig = Rig::start().await;
    assert!(rig.get("/wallet").await.text.contains("还没有订单"));
    let alipay = rig.precreate("A1", "tea").await;
    let wechat = rig.native("W00001", "coffee").await;
    let page = rig.get("/wallet").await.text;
    for part in [&*alipay, &*wechat, "A1", "W00001", "tea", "coffee", "待扫码 Not scanned"] {
        assert!(page.contains(part), "{part}: {page}");
    }
}

#[tokio::test]
async fn links_can_look_real_and_still_be_paid_from_the_list() {
    let config = Config { native_links: true, ..Config::default() };
    let rig = Rig::with(config).await;
    let node = rig.alipay("alipay.trade.precreate", super::rig::precreate("A1", "tea")).await;
    let token = rig.sandbox.orders(0, 1)[0].token.clone();
    assert_eq!(node["qr_code"], format!("https://qr.alipay.com/bax{token}"));
    let body = rig.native_body("W00001", "tea");
    let (_, answer) = rig.wechat("POST", "/v3/pay/transactions/native", Some(body)).await;
    let token = rig.sandbox.orders(0, 1)[0].token.clone();
    assert_eq!(answer["code_url"], format!("weixin://wxpay/bizpayurl?pr={token}"));
    assert!(rig.get("/wallet").await.text.contains(&format!("/wallet/wechat/{token}")));
}
