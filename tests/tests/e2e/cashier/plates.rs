//! Codes on the wall: the payer types the amount, and one form makes one payment.

use paymux_sandbox::Channel;
use paymux_tests::rig::Rig;
use serde_json::Value;

use super::browser::{ALIPAY, Browser, Jar, between, html};
use super::setup;

fn token(page: &str) -> String {
    between(page, "name=\"token\" value=\"", "\"").unwrap_or_else(|| panic!("{page}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_on_the_wall_makes_one_payment_for_each_form() {
    let rig = Rig::start(setup()).await;
    let plates = rig.api.get("/v1/plates").await.json();
    let plates = plates["data"].as_array().expect("a list");
    let ids: Vec<_> = plates.iter().map(|it| it["id"].clone()).collect();
    assert_eq!(ids, ["front-desk", "garden"]);
    let url = plates[0]["url"].as_str().expect("a link").to_owned();
    let plate = rig.api.get("/v1/plates/front-desk").await.json();
    assert_eq!(plate["url"], *url);
    assert!(plate["svg"].as_str().is_some_and(|it| it.starts_with("<svg")), "{plate}");
    assert_eq!(rig.api.get("/v1/plates/nobodys").await.status, 404);

    let payer = Browser { rig: &rig, agent: ALIPAY, language: "zh", jar: Jar::default() };
    let form = payer.get(&url).await;
    let page = html(&form);
    assert_eq!(form.status, 200, "{page}");
    assert!(page.contains("Front &#60;desk&#62;") && page.contains("¥1.00 – ¥500.00"), "{page}");
    let token = token(&page);
    for wrong in ["0.99", "500.01", "", "abc", "%3Cscript%3Ealert(1)%3C/script%3E"] {
        let refused = payer.post(&url, &format!("token={token}&amount={wrong}")).await;
        let page = html(&refused);
        assert_eq!(refused.status, 422, "{wrong}: {page}");
        assert!(page.contains("金额不正确") && !page.contains("<script>alert"), "{page}");
    }
    assert!(rig.api.payments().await.is_empty());

    let sent = format!("token={token}&amount=12.5");
    let (first, second) = tokio::join!(payer.post(&url, &sent), payer.post(&url, &sent));
    // At the same instant one of them may be told to wait; its repeat finds the same payment.
    let repeat = payer.post(&url, &sent).await;
    let place = repeat.header("location").expect("the payment's page").to_owned();
    for it in [&first, &second] {
        let same = it.header("location") == Some(&place);
        assert!(same || it.status == 409, "{} {}", it.status, html(it));
    }
    let all = rig.api.payments().await;
    assert_eq!(all.len(), 1, "{all:?}");
    let payment = &all[0];
    let is = |name: &str, expect: Value| assert_eq!(payment[name], expect, "{payment}");
    is("amount", 1250.into());
    is("plate", "front-desk".into());
    is("subject", "Front <desk>".into());
    is("method", "cashier".into());
    let number = payment["order_no"].as_str().expect("a number").to_owned();
    assert!(number.starts_with("front-desk-"), "{number}");
    // Another amount is another payment, and so is another form.
    let other = payer.post(&url, &format!("token={token}&amount=13")).await;
    assert_ne!(other.header("location"), Some(&*place));

    let page = format!("{}{place}", rig.api.base);
    payer.in_wallet(&page, "alipay").await;
    let open = rig.sandbox.orders(0, 10);
    assert_eq!(open.len(), 1);
    rig.sandbox.pay(Channel::Alipay, &open[0].out_trade_no).expect("the payer confirms");
    let told = rig.shop.hears("payment.succeeded", &number).await;
    assert_eq!(told.event["data"]["payment"]["plate"], "front-desk");

    let tampered = format!("{}0", &url[..url.len() - 1]);
    let tampered = if tampered == url { format!("{}1", &url[..url.len() - 1]) } else { tampered };
    let crossed = url.replace("front-desk", "garden");
    for link in [tampered, crossed, format!("{}/q/front-desk", rig.api.base)] {
        assert_eq!(payer.get(&link).await.status, 404, "{link}");
        assert_eq!(payer.post(&link, &sent).await.status, 404, "{link}");
    }
    let foreign = [("origin", "https://evil.example")];
    assert_eq!(payer.post_from(&url, &sent, &foreign).await.status, 403);
    let made_up = payer.post(&url, "token=x&amount=12.5").await;
    assert_eq!(made_up.status, 400, "{}", html(&made_up));
    assert_eq!(rig.api.payments().await.len(), 2);
}
