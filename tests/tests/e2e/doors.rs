//! Shops that were written for another gateway: what they send, and what they are told, by the
//! protocol alone. Nothing here is the gateway's own code.

mod ear;
mod epay;
mod jeepay;

use http::Request;
use http_body_util::Full;
use paymux_tests::config::Setup;
use paymux_tests::http::Answer;
use paymux_tests::rig::Rig;

/// The doors' own secrets, as a shop brings them along from the gateway it leaves.
pub(crate) const EPAY_KEY: &str = "TESTKEY89unJUB8HZ54Hj7x4nUj56HN4nUzUJ8i";
pub(crate) const JEEPAY_KEY: &str =
    "TESTSECRETqbHJcYtCAXxSWvUEuW2RbEaAXP5DNq0dD0mrDPVPRjVOUPZmCLBvYrXr";

pub(crate) fn setup() -> Setup {
    let base = super::cashier::setup::setup();
    let mut secrets = base.secrets;
    secrets.push(("epay-secret.txt", EPAY_KEY.to_owned()));
    secrets.push(("jeepay-secret.txt", JEEPAY_KEY.to_owned()));
    let more = r#"
[merchants.tests.epay]
pid = "1001"
secret = "file:keys/epay-secret.txt"
schedule = ["0s", "200ms", "200ms", "200ms", "200ms"]

[merchants.tests.jeepay]
mch_no = "M1621873433953"
app_id = "60cc09bce4b0f1c0b83761c9"
secret = "file:keys/jeepay-secret.txt"
schedule = ["0s", "200ms", "200ms", "200ms", "200ms"]
"#;
    Setup { secrets, more: base.more + more, ..base }
}

/// Percent-encoded, as every HTTP library does.
pub(crate) fn form(params: &[(String, String)]) -> String {
    let plain = |it: u8| it.is_ascii_alphanumeric() || b"-._".contains(&it);
    let encode = |text: &str| {
        let byte =
            |it: u8| if plain(it) { char::from(it).to_string() } else { format!("%{it:02X}") };
        text.bytes().map(byte).collect::<String>()
    };
    let pairs = params.iter().map(|(name, value)| format!("{}={}", encode(name), encode(value)));
    pairs.collect::<Vec<_>>().join("&")
}

pub(crate) fn unform(text: &str) -> Vec<(String, String)> {
    let decode = |text: &str| {
        let (mut bytes, mut rest) = (vec![], text.bytes());
        while let Some(byte) = rest.next() {
            bytes.push(match byte {
                b'+' => b' ',
                b'%' => {
                    let digits = [rest.next(), rest.next()].map(|it| char::from(it.expect("two")));
                    u8::from_str_radix(&String::from_iter(digits), 16).expect("hex")
                }
                other => other,
            });
        }
        String::from_utf8(bytes).expect("UTF-8")
    };
    let pairs = text.split('&').filter(|it| !it.is_empty());
    let pair = |it: &str| {
        let (name, value) = it.split_once('=').unwrap_or((it, ""));
        (decode(name), decode(value))
    };
    pairs.map(pair).collect()
}

pub(crate) fn owned(params: &[(&str, &str)]) -> Vec<(String, String)> {
    params.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

pub(crate) async fn post(rig: &Rig, path: &str, kind: &str, body: String) -> Answer {
    let request = Request::post(format!("{}{path}", rig.api.base)).header("content-type", kind);
    let request = request.body(Full::from(body)).expect("a request");
    rig.http.send(request).await.expect("the gateway answers")
}

pub(crate) async fn post_form(rig: &Rig, path: &str, params: &[(String, String)]) -> Answer {
    post(rig, path, "application/x-www-form-urlencoded", form(params)).await
}

pub(crate) async fn get(rig: &Rig, path: &str, params: &[(String, String)]) -> Answer {
    let url = format!("{}{path}?{}", rig.api.base, form(params));
    rig.http.get(&url).await.expect("the gateway answers")
}
