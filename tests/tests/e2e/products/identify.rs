//! Who the payer is: sent to the wallet's page, back with a code, named, and sold to by that name.

use paymux_sandbox::{Channel, Parties, Product};
use paymux_tests::config::{ALIPAY, Setup, WECHAT, mode};
use paymux_tests::http::Answer;
use paymux_tests::rig::Rig;
use serde_json::{Value, json};

use super::sale::Sale;

const BACK: &str = "https://shop.example/who?page=1";

/// With what the open platform asks for: the secret of the application pages open the wallet with.
async fn rig(more: &str, secret: &str) -> Rig {
    let party = Parties::demo().wechat;
    let named = "\napp_secret = \"file:keys/app.txt\"\nmini_app_secret = \"file:keys/mini.txt\"";
    let wechat_mode = mode::v3() + &mode::wechat_products() + named + more;
    let secrets = vec![("app.txt", secret.to_owned()), ("mini.txt", party.mini_app_secret)];
    Rig::start(Setup { wechat_mode, secrets, ..Setup::default() }).await
}

async fn ask(rig: &Rig, path: &str, body: &Value) -> Answer {
    rig.api.post(&format!("/v1/payers/{path}"), "unused", body).await
}

/// As the payer's browser goes there and comes back.
async fn brings_a_code(rig: &Rig, channel: &str, account: &str) -> String {
    let wish = json!({ "channel": channel, "redirect_url": BACK, "state": "s1d4" });
    let told = ask(rig, "identify-url", &wish).await;
    assert_eq!(told.status, 200, "{told:?}");
    let told = told.json();
    assert_eq!((&told["account"], &told["channel"]), (&json!(account), &json!(channel)), "{told}");
    let landed = rig.http.get(told["url"].as_str().expect("a url")).await.expect("a page");
    let back = landed.header("location").expect("the way back");
    assert!(back.starts_with(BACK) && back.contains("&state=s1d4"), "{back}");
    let code = back.split(['?', '&']).find_map(|it| it.split_once("code=")).expect("a code");
    code.1.to_owned()
}

async fn openid(rig: &Rig, wish: &Value, account: &str) -> String {
    let named = ask(rig, "identify", wish).await;
    assert_eq!(named.status, 200, "{named:?} {}", named.json());
    let named = named.json();
    assert_eq!(named["account"], account, "{named}");
    named["openid"].as_str().expect("a name").to_owned()
}

/// A page inside the wallet: the name is good for a payment, and the code for one name.
async fn sells_to_whom_it_names(rig: &Rig, channel: Channel, account: &str) {
    let word = super::super::order::name(channel);
    let code = brings_a_code(rig, word, account).await;
    let wish = json!({ "account": account, "code": code });
    let openid = openid(rig, &wish, account).await;
    let sale = Sale::of(rig, channel, Product::Jsapi);
    let payer = Some(json!({ "openid": openid }));
    let order = sale.placed_by(payer, "named", "茉莉花茶 Jasmine").await;
    sale.payer(&order).pays().await;
    order.is_paid_once().await;
    sale.goes_back(&order).await;
    let again = ask(rig, "identify", &wish).await;
    assert_eq!((again.status, again.code().as_str()), (422, "payer-unknown"), "{again:?}");
    let logs = rig.logs();
    assert!(!logs.contains(&code), "a code is in no log");
}

async fn mini_program_code(rig: &Rig) -> String {
    let app = Parties::demo().wechat.mini_app_id;
    let login = format!("{}/login?appid={app}", rig.sandbox.weixin_url());
    let said = rig.http.get(&login).await.expect("it answers").json();
    said["code"].as_str().expect("a code").to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn payers_are_named_by_both_wallets() {
    let rig = rig("", &Parties::demo().wechat.app_secret).await;
    sells_to_whom_it_names(&rig, Channel::Alipay, ALIPAY).await;
    sells_to_whom_it_names(&rig, Channel::Wechat, WECHAT).await;
    let code = mini_program_code(&rig).await;
    let wish = json!({ "channel": "wechat", "method": "mini_program", "code": code });
    let payer = Some(json!({ "openid": openid(&rig, &wish, WECHAT).await }));
    let sale = Sale::of(&rig, Channel::Wechat, Product::MiniProgram);
    let order = sale.placed_by(payer, "named", "Jasmine tea").await;
    sale.payer(&order).pays().await;
    order.is_paid_once().await;
    sale.goes_back(&order).await;
    let refused = async |path, wish: Value| {
        let answer = ask(&rig, path, &wish).await;
        format!("{} {}", answer.status, answer.code())
    };
    let till = json!({ "account": WECHAT, "method": "barcode", "code": "130000000000000001" });
    assert_eq!(refused("identify", till).await, "422 channel-unfit", "APIv3 has no such call");
    let made_up = json!({ "channel": "alipay", "code": "nobodys" });
    assert_eq!(refused("identify", made_up).await, "422 payer-unknown");
    let nowhere = json!({ "channel": "unionpay", "code": "1" });
    assert_eq!(refused("identify", nowhere).await, "422 no-route");
}

#[tokio::test(flavor = "multi_thread")]
async fn payers_are_named_in_the_sub_merchants_application() {
    let party = Parties::demo().wechat;
    let more = mode::wechat_provider() + "\nopenid_of = \"sub\"";
    let rig = rig(&more, &party.sub_app_secret).await;
    sells_to_whom_it_names(&rig, Channel::Wechat, WECHAT).await;
    let code = brings_a_code(&rig, "wechat", WECHAT).await;
    let wish = json!({ "channel": "wechat", "code": code });
    let openid = openid(&rig, &wish, WECHAT).await;
    assert_eq!(openid, rig.sandbox.open_id(Channel::Wechat, &party.sub_app_id));
    assert_ne!(openid, rig.sandbox.open_id(Channel::Wechat, &party.app_id));
}
