//! One function for each target. The list is closed: a target has a function here, a file in
//! `tests/fuzz/fuzz_targets`, and seeds.

use std::net::IpAddr;
use std::sync::LazyLock;

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Request};
use paymux::outside;
use paymux_channel::{Response, Secret};
use paymux_core::{AccountId, MerchantId, PaymentId, PlateId, Timestamp};
use paymux_engine::cashier::Cashier;
use url::{Host, Url};

use crate::{Way, alipay, bills, call, changed, operations, same_or_refused, wechat, wechat_v2};

pub type Target = fn(&[u8]);

pub const TARGETS: [(&str, Target); 16] = [
    ("alipay_answer", alipay_answer),
    ("alipay_bill", alipay_bill),
    ("alipay_notification", alipay_notification),
    ("api_body", outside::body),
    ("api_head", outside::head),
    ("api_query", api_query),
    ("cashier_link", cashier_link),
    ("config", config),
    ("door_form", outside::door),
    ("endpoint_url", endpoint_url),
    ("framing", outside::framing),
    ("wechat_answer", wechat_answer),
    ("wechat_bill", wechat_bill),
    ("wechat_notification", wechat_notification),
    ("wechat_v2_answer", wechat_v2_answer),
    ("wechat_v2_notification", wechat_v2_notification),
];

const STATUSES: [u16; 8] = [200, 202, 204, 400, 403, 404, 429, 500];

/// No answer makes `parse` panic, signed or not.
pub fn alipay_answer(bytes: &[u8]) {
    let [which, rest @ ..] = bytes else { return };
    let operations = operations(alipay::NOW);
    let operation = &operations[usize::from(*which) % operations.len()];
    let (account, call) = (&alipay::ACCOUNT, call(alipay::NOW));
    let raw = Response::new(Bytes::copy_from_slice(rest));
    let _ = account.parse(operation, &call, &raw);
    if let Ok(node) = std::str::from_utf8(rest) {
        let _ = account.parse(operation, &call, &alipay::signed_answer(operation, node));
    }
}

/// No form makes `verify` panic, and none that was changed says anything else than the genuine one.
pub fn alipay_notification(bytes: &[u8]) {
    match Way::of(bytes) {
        None => {}
        Some(Way::Raw(body)) => {
            let _ = alipay::verify(body);
            if let Ok(query) = std::str::from_utf8(body) {
                let _ = alipay::ACCOUNT.verify_return(query);
            }
        }
        Some(Way::Changed(edits)) => {
            for (genuine, read) in alipay::GENUINE.iter() {
                same_or_refused(read, alipay::verify(&changed(genuine, edits)));
            }
        }
        Some(Way::Signed(fields)) => {
            let _ = alipay::verify(alipay::signed_form(fields).as_bytes());
        }
    }
}

/// No bill makes reading it panic, packed or not, and nothing is read after a fault.
pub fn alipay_bill(bytes: &[u8]) {
    let Some((kind, rest)) = bills::kind(bytes) else { return };
    for file in [rest, &bills::packed(rest)] {
        bills::read(&**alipay::ACCOUNT, kind, "2026-01-15", file);
    }
}

/// The same of the files of WeChat Pay's, which are text or packed whole.
pub fn wechat_bill(bytes: &[u8]) {
    let Some((kind, rest)) = bills::kind(bytes) else { return };
    for account in [&wechat::ACCOUNT, &wechat_v2::ACCOUNT] {
        bills::read(&***account, kind, "2024-12-31", rest);
    }
}

/// No answer makes `parse` panic, whatever its status.
pub fn wechat_answer(bytes: &[u8]) {
    let [which, status, body @ ..] = bytes else { return };
    let operations = operations(wechat::NOW);
    let operation = &operations[usize::from(*which) % operations.len()];
    let status = STATUSES[usize::from(*status) % STATUSES.len()];
    let answer = wechat::signed_answer(status, body);
    let _ = wechat::ACCOUNT.parse(operation, &call(wechat::NOW), &answer);
}

/// No body and no header makes `verify` panic, and no body that was changed is accepted.
pub fn wechat_notification(bytes: &[u8]) {
    match Way::of(bytes) {
        None => {}
        Some(Way::Raw(body)) => {
            let _ = wechat::verify_signed(body);
            let _ = wechat::ACCOUNT.verify(&with_headers(body), wechat::NOW);
        }
        Some(Way::Changed(edits)) => {
            let (genuine, read) = &*wechat::GENUINE;
            same_or_refused(read, wechat::verify_changed(genuine, &changed(genuine, edits)));
        }
        Some(Way::Signed(plain)) => {
            let envelope = |kind: &str, of: &str| wechat::envelope(kind, of, plain);
            let _ = wechat::verify_signed(&envelope("TRANSACTION.SUCCESS", "transaction"));
            let _ = wechat::verify_signed(&envelope("REFUND.SUCCESS", "refund"));
        }
    }
}

/// Its four headers are the first lines, each as it is.
fn with_headers(bytes: &[u8]) -> Request<Bytes> {
    let mut lines = bytes.splitn(5, |it| *it == b'\n');
    let mut request = Request::new(Bytes::new());
    for name in ["timestamp", "nonce", "signature", "serial"] {
        let name = HeaderName::try_from(format!("wechatpay-{name}"));
        let value = lines.next().and_then(|it| HeaderValue::from_bytes(it).ok());
        if let (Ok(name), Some(value)) = (name, value) {
            request.headers_mut().append(name, value);
        }
    }
    *request.body_mut() = lines.next().map(Bytes::copy_from_slice).unwrap_or_default();
    request
}

/// No answer makes `parse` panic, signed or not.
pub fn wechat_v2_answer(bytes: &[u8]) {
    let [which, rest @ ..] = bytes else { return };
    let operations = operations(wechat::NOW);
    let operation = &operations[usize::from(*which) % operations.len()];
    for body in [rest, &wechat_v2::signed(rest)] {
        let answer = wechat_v2::answer(body);
        let _ = wechat_v2::ACCOUNT.parse(operation, &call(wechat::NOW), &answer);
    }
}

/// No XML makes `verify` panic, and none that was changed says anything else than the genuine one.
pub fn wechat_v2_notification(bytes: &[u8]) {
    match Way::of(bytes) {
        None => {}
        Some(Way::Raw(body)) => drop(wechat_v2::verify(body)),
        Some(Way::Changed(edits)) => {
            let (genuine, read) = &*wechat_v2::GENUINE;
            same_or_refused(read, wechat_v2::verify(&changed(genuine, edits)));
        }
        Some(Way::Signed(fields)) => drop(wechat_v2::verify(&wechat_v2::signed(fields))),
    }
}

/// No query makes a page of payments larger than it may be.
pub fn api_query(bytes: &[u8]) {
    if let Ok(text) = std::str::from_utf8(bytes) {
        outside::query(text);
    }
}

/// No configuration makes reading it panic, and it is good or says what is wrong with it.
pub fn config(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Err(problems) = outside::config(text) {
        assert!(!problems.to_string().is_empty(), "what is wrong is told");
    }
}

/// Whoever reads URLs as browsers do finds no address inside in what may be delivered to.
pub fn endpoint_url(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let Some((host, port)) = outside::endpoint(text) else { return };
    let Ok(read) = Url::parse(text) else { return };
    assert_eq!(read.port_or_known_default(), Some(port), "{text}");
    assert_eq!((read.username(), read.password()), ("", None), "{text}");
    let address = match read.host() {
        Some(Host::Ipv4(it)) => IpAddr::from(it),
        Some(Host::Ipv6(it)) => IpAddr::from(it),
        Some(Host::Domain(name)) => {
            assert!(name.eq_ignore_ascii_case(&host), "{text}: {name} is {host}");
            return;
        }
        None => panic!("{text}: it leads nowhere"),
    };
    let inside = match address.to_canonical() {
        IpAddr::V4(it) => it.is_private() || it.is_loopback() || it.is_link_local(),
        IpAddr::V6(it) => it.is_loopback() || it.is_unique_local() || it.is_unicast_link_local(),
    };
    assert!(!inside && !address.is_unspecified(), "{text} leads to {address}");
}

static CASHIER: LazyLock<Cashier> = LazyLock::new(|| {
    let keys =
        ["the key of links that fuzzing makes", "the key before that, whose links still lead"];
    Cashier::new("https://pay.example.com", &keys.map(Secret::new)).expect("it has keys")
});

/// What the cashier knows a payer's browser by.
const BROWSER: &str = "a browser";

/// Only what was given out leads somewhere, and in one spelling alone.
pub fn cashier_link(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let known = [0, 1].map(link);
    if let Some(payment) = CASHIER.payment_of(text) {
        assert!(known.contains(&(payment, text.to_owned())), "{text} was made up");
    }
    let (merchant, plate): (Option<MerchantId>, Option<PlateId>) =
        ("shop".parse().ok(), "desk".parse().ok());
    let (Some(merchant), Some(plate)) = (merchant, plate) else { return };
    let genuine = CASHIER.plate_url(&merchant, &plate);
    assert!(!CASHIER.is_plate(&merchant, &plate, text) || genuine.ends_with(text), "{text}");
    if let Ok(account) = text.parse::<AccountId>() {
        let now = Timestamp(1_768_451_696_000);
        let state = CASHIER.state(known[0].0, &account, BROWSER, now);
        assert!(CASHIER.is_state(&state, known[0].0, &account, BROWSER, now), "{text}: {state}");
    }
}

fn link(number: u128) -> (PaymentId, String) {
    let merchant = "shop".parse().expect("a name");
    let payment = PaymentId::new(Timestamp(1_768_451_696_000), &merchant, number);
    (payment, CASHIER.payment_link(payment))
}
