//! The payer's side of an order: scans, is sent, is handed over, and pays in the wallet.

use bytes::Bytes;
use http::Request;
use http_body_util::Full;
use paymux_sandbox::{Channel, Parties, Product};
use paymux_tests::http::Answer;
use paymux_tests::rig::Rig;
use serde_json::Value;

use super::super::order::Order;

pub(crate) struct Payer<'a> {
    pub(crate) order: &'a Order<'a>,
    pub(crate) product: Product,
}

impl Payer<'_> {
    /// Opens the wallet, and pays there; who was sent comes back to the merchant's page.
    pub(crate) async fn pays(&self) {
        let cashier = self.opens().await;
        let paid = post(self.order.rig, &format!("{cashier}/pay"), "").await;
        assert_eq!(paid.status, 303, "{}: {paid:?}", self.order.order_no);
        if matches!(self.product, Product::Page | Product::H5) {
            self.comes_back(paid.header("location").expect("the way back")).await;
        }
    }

    async fn comes_back(&self, back: &str) {
        let rig = self.order.rig;
        let own = back.replace(&format!("http://{}", rig.tap.address), &rig.api.base);
        let landed = rig.http.get(&own).await.expect("the gateway answers");
        let place = landed.header("location").unwrap_or_default();
        assert!(place.starts_with("https://shop.example/back?"), "{back}: {landed:?}");
    }

    /// The page on which the payer decides.
    pub(crate) async fn opens(&self) -> String {
        let action = &self.order.answer.json()["action"];
        let cashier = match (self.product, self.order.channel) {
            (Product::Qr, _) => text(action, "qr_code"),
            (Product::Page | Product::H5, _) => self.is_sent(action).await,
            (Product::App, Channel::Alipay) => self.hands_over(&action["parameters"]).await,
            (Product::Jsapi | Product::MiniProgram, Channel::Alipay) => {
                let at_channel = self.order.at_channel().expect("the trade exists at once");
                assert_eq!(action["parameters"]["tradeNO"], at_channel.trade_no, "{action}");
                self.wallet()
            }
            (Product::App | Product::Jsapi | Product::MiniProgram, Channel::Wechat) => {
                self.invokes(&action["parameters"]).await
            }
            (Product::Barcode, _) => self.wallet(),
        };
        let shown = self.order.rig.http.get(&cashier).await.expect("the wallet answers");
        assert_eq!(shown.status, 200, "{cashier}: {shown:?}");
        let sold = self.order.at_channel().expect("the trade exists once it is opened").product;
        assert_eq!(sold, self.at_channel(), "{}", self.order.order_no);
        cashier
    }

    /// Both channels sell to pages inside the wallet and to mini programs by one name.
    fn at_channel(&self) -> Product {
        match (self.product, self.order.channel) {
            (Product::Jsapi, Channel::Alipay) => Product::MiniProgram,
            (Product::MiniProgram, Channel::Wechat) => Product::Jsapi,
            (own, _) => own,
        }
    }

    /// A browser follows a link, or sends a form; WeChat Pay wants to know from which site.
    async fn is_sent(&self, action: &Value) -> String {
        let rig = self.order.rig;
        let url = text(action, "url");
        let request = match action["type"].as_str() {
            Some("form") => {
                let request = Request::post(&url);
                request.header("content-type", "application/x-www-form-urlencoded")
            }
            _ => Request::get(&url),
        };
        let site = format!("http://{}/cart", rig.tap.address);
        let body = Full::from(form(&action["fields"]));
        let request = request.header("referer", site).body(body).expect("a link");
        let sent = rig.http.send(request).await.expect("the channel answers");
        assert_eq!(sent.status, 303, "{action}: {sent:?}");
        sent.header("location").expect("the wallet").to_owned()
    }

    /// Alipay's library inside the merchant's app.
    async fn hands_over(&self, parameters: &Value) -> String {
        let rig = self.order.rig;
        let sdk = rig.sandbox.alipay_url().replace("/gateway.do", "/sdk?act=wait");
        let said = post(rig, &sdk, &text(parameters, "order_string")).await;
        assert_eq!(said.json()["resultStatus"], "8000", "{said:?}");
        self.wallet()
    }

    /// WeChat takes the package, and nothing else.
    async fn invokes(&self, package: &Value) -> String {
        let rig = self.order.rig;
        let place = format!("http://{}/wallet/wechat/invoke", rig.sandbox.address());
        let said = post(rig, &place, &package.to_string()).await;
        assert_eq!(said.status, 200, "{package}: {said:?} {}", said.json());
        text(&said.json(), "cashier")
    }

    fn wallet(&self) -> String {
        let order = self.order.at_channel().expect("the trade exists");
        let rig = self.order.rig;
        let channel = super::super::order::name(order.channel);
        format!("http://{}/wallet/{channel}/{}", rig.sandbox.address(), order.token)
    }
}

/// Who the payer is to the merchant's mini program, as the merchant's server finds out.
pub(crate) async fn logs_in(rig: &Rig) -> String {
    let party = Parties::demo().wechat;
    let (base, app, secret) = (rig.sandbox.weixin_url(), party.mini_app_id, party.mini_app_secret);
    let said = rig.http.get(&format!("{base}/login?appid={app}")).await.expect("it answers");
    let code = text(&said.json(), "code");
    let query = format!("appid={app}&secret={secret}&js_code={code}&grant_type=authorization_code");
    let said = rig.http.get(&format!("{base}/sns/jscode2session?{query}")).await;
    text(&said.expect("it answers").json(), "openid")
}

async fn post(rig: &Rig, url: &str, body: &str) -> Answer {
    let request = Request::post(url).body(Full::from(body.to_owned()));
    rig.http.send(request.expect("a well-formed request")).await.expect("the sandbox answers")
}

fn text(value: &Value, name: &str) -> String {
    let text = value[name].as_str();
    text.unwrap_or_else(|| panic!("{name} is missing: {value}")).to_owned()
}

/// As a browser sends the fields of a form.
fn form(fields: &Value) -> Bytes {
    let fields = fields.as_object().into_iter().flatten();
    let pair = |(name, value): (&String, &Value)| {
        format!("{name}={}", percent(value.as_str().unwrap_or_default()))
    };
    fields.map(pair).collect::<Vec<_>>().join("&").into()
}

fn percent(text: &str) -> String {
    text.bytes().map(|it| format!("%{it:02X}")).collect()
}
