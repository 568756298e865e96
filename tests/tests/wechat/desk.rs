//! One account of the plugin, before a sandbox of its own.

use std::ops::{Deref, DerefMut};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::Request;
use http_body_util::Full;
use paymux_channel::{Identify, Operation, Outcome, Secret, Settings};
use paymux_core::payment::{Action, Method};
use paymux_sandbox::{Config, Credentials, Sandbox, WechatCredentials};
use paymux_tests::counterpart::Counterpart;
use paymux_tests::http::Http;
use paymux_wechat::Wechat;
use serde_json::json;

use super::invoked;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Kind {
    V3,
    V3Provider,
    V2,
    V2Provider,
}

impl Kind {
    fn is_v2(self) -> bool {
        matches!(self, Self::V2 | Self::V2Provider)
    }
}

pub(crate) struct Desk {
    account: Counterpart,
    own: WechatCredentials,
    http: Http,
}

impl Deref for Desk {
    type Target = Counterpart;

    fn deref(&self) -> &Counterpart {
        &self.account
    }
}

impl DerefMut for Desk {
    fn deref_mut(&mut self) -> &mut Counterpart {
        &mut self.account
    }
}

impl Desk {
    pub(crate) async fn open(kind: Kind) -> Self {
        let sandbox = Sandbox::start(Config::default()).await.expect("the sandbox starts");
        let own = Credentials::demo().wechat;
        let settings = settings(&sandbox, &own, kind);
        let account = Counterpart::open(&format!("{kind:?}"), sandbox, &Wechat, &settings).await;
        Self { account, own, http: Http::default() }
    }

    /// The wallet takes the package; a code and a page are addresses.
    pub(crate) async fn opens(&self, method: Method, action: &Action) {
        match action {
            Action::QrCode(text) => assert!(text.starts_with("http"), "{method:?}"),
            Action::Redirect(url) => {
                let request = Request::get(url).header("referer", "https://pay.example.com/");
                let request = request.body(Full::default()).expect("an address");
                let opened = self.http.send(request).await.expect("the sandbox answers");
                assert_eq!(opened.status, 303, "{}: {opened:?}", self.mode);
            }
            Action::Invoke(_) => {
                let url = format!("http://{}/wallet/wechat/invoke", self.sandbox.address());
                let body = invoked(action).to_string();
                let request = Request::post(url).body(Full::from(body)).expect("an address");
                let opened = self.http.send(request).await.expect("the sandbox answers");
                assert_eq!(opened.status, 200, "{} {method:?}: {}", self.mode, opened.json());
            }
            Action::Form { .. } | Action::Confirm => panic!("{method:?}: {action:?}"),
        }
    }

    pub(crate) async fn arm(&self, fault: &str, operation: &str) {
        let url = format!("http://{}/control/faults", self.sandbox.address());
        let rule = json!({ "fault": fault, "operation": operation }).to_string();
        let request = Request::post(url).body(Full::from(rule)).expect("an address");
        let armed = self.http.send(request).await.expect("the sandbox answers");
        assert_eq!(armed.status, 200, "{fault}: {}", armed.json());
    }

    /// Where a browser is sent.
    pub(crate) async fn redirected(&self, url: &str) -> String {
        let url = url.split('#').next().unwrap_or_default();
        let answer = self.http.get(url).await.expect("the sandbox answers");
        answer.header("location").expect("it sends the browser back").to_owned()
    }

    pub(crate) async fn identify(&self, code: &str) -> Outcome {
        self.ask(&Operation::Identify(Identify::OAuth(Secret::new(code)))).await
    }

    /// How the application that opens the wallet knows the sandbox's first payer.
    pub(crate) fn open_id(&self, method: Method) -> String {
        let app =
            if method == Method::MiniProgram { &self.own.mini_app_id } else { &self.own.app_id };
        self.sandbox.open_id(paymux_sandbox::Channel::Wechat, app)
    }
}

fn settings(sandbox: &Sandbox, own: &WechatCredentials, kind: Kind) -> Settings {
    let (weixin, archive) = (sandbox.weixin_url(), STANDARD.encode(&own.certificate_p12));
    let mut pairs = vec![
        ("app_id", own.app_id.as_str()),
        ("mini_app_id", &own.mini_app_id),
        ("open_app_id", &own.open_app_id),
        ("mch_id", &own.mch_id),
        ("app_secret", &own.app_secret),
        ("mini_app_secret", &own.mini_app_secret),
        ("open_base", &weixin),
        ("authorize_base", &weixin),
        ("h5_type", "Wap"),
        ("h5_app_name", "Jasmine"),
        ("h5_app_url", "https://pay.example.com"),
    ];
    let base = if kind.is_v2() { sandbox.wechat_tls_url() } else { sandbox.wechat_url() };
    pairs.push(("base", &base));
    if kind.is_v2() {
        pairs.extend([
            ("api", "v2"),
            ("api_v2_key", own.api_v2_key.as_str()),
            ("server_ip", "203.0.113.1"),
        ]);
        // Both forms in which a merchant has it; the file's password is its number.
        if kind == Kind::V2 {
            pairs.push(("certificate_p12", &archive));
        } else {
            pairs.push(("certificate", &own.certificate_pem));
            pairs.push(("certificate_key", &own.private_key_pem));
        }
    } else {
        pairs.extend([
            ("merchant_serial", own.merchant_serial.as_str()),
            ("private_key", &own.private_key_pem),
            ("api_v3_key", &own.api_v3_key),
            ("public_key_id", &own.public_key_id),
            ("public_key", &own.public_key_pem),
            ("codepay", "true"),
            ("store_out_id", "shop1"),
        ]);
    }
    if matches!(kind, Kind::V3Provider | Kind::V2Provider) {
        pairs.push(("sub_mch_id", &own.sub_mch_id));
    }
    pairs.into_iter().collect()
}
