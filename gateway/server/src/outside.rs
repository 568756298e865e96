//! What reads the words of strangers, without a listener around it: fuzz targets feed it. Each
//! checks what must hold of whatever was read; that it returns at all is most of it.

use std::net::{IpAddr, Ipv4Addr};

use http::{HeaderMap, HeaderValue, Method, Uri};
use paymux_channel::Secret;

use crate::api::fields::Fields;
use crate::api::query::Query;
use crate::api::{create_payment, create_refund, create_transfer};
use crate::courier::UrlPolicy;
use crate::courier::amqp::Target;
use crate::doors::{Params, SIGNATURES, yuan};
use crate::inbound::authorization::{Shown, shown};
use crate::inbound::client::X_FORWARDED_FOR;
use crate::inbound::idempotency_key::{IDEMPOTENCY_KEY, key};
use crate::inbound::{ForwardedHeader, Proxies, canonical};
use crate::listen::Framing;
use crate::registry;
use crate::settings::{self, Problems};

/// What asks for a payment, for a refund, and for money to be paid out.
pub fn body(bytes: &[u8]) {
    if let Ok(new) = create_payment::parsed(bytes) {
        assert!(new.amount.minor() > 0, "an amount is more than nothing");
        assert!(!new.subject.chars().any(char::is_control), "a subject is one line");
    }
    if let Ok(new) = Fields::read(bytes, create_refund::read) {
        assert!(new.amount.minor() > 0, "an amount is more than nothing");
    }
    if let Ok(new) = Fields::read(bytes, create_transfer::read) {
        assert!(new.amount.minor() > 0, "an amount is more than nothing");
    }
}

/// `Authorization`, `Idempotency-Key` and `X-Forwarded-For`, one in each line.
pub fn head(bytes: &[u8]) {
    let mut headers = HeaderMap::new();
    let names = [http::header::AUTHORIZATION, IDEMPOTENCY_KEY, X_FORWARDED_FOR];
    for (index, line) in bytes.split(|it| *it == b'\n').take(8).enumerate() {
        if let Ok(value) = HeaderValue::from_bytes(line) {
            headers.append(names[index % names.len()].clone(), value);
        }
    }
    if let Shown::Signed(signed) = shown(&headers) {
        let text = canonical::request(canonical::Request {
            method: &Method::POST,
            path: "/v1/payments",
            timestamp: signed.timestamp,
            nonce: &signed.nonce,
            body: b"{}",
            idempotency_key: b"",
        });
        let lines = text.split(|it| *it == b'\n').count();
        assert_eq!(lines, 7, "six lines, each with its end, whatever is in them");
    }
    if let Ok(Some(key)) = key(&headers) {
        assert!((1..=255).contains(&key.0.len()), "a key is short");
    }
    addresses(&headers);
}

fn addresses(headers: &HeaderMap) {
    let (peer, proxy) = (IpAddr::from(Ipv4Addr::LOCALHOST), IpAddr::from([203, 0, 113, 7]));
    let trusted = vec![proxy.into()];
    let proxies = Proxies { trusted, header: ForwardedHeader::XForwardedFor };
    assert_eq!(proxies.client(peer, headers), Some(peer), "a stranger is where it is");
    let _ = proxies.client(proxy, headers);
}

/// The query of a list.
pub fn query(text: &str) {
    let Ok(uri) = format!("/v1/payments?{text}").parse::<Uri>() else { return };
    if let Ok(mut query) = Query::of(&uri) {
        assert!((1..=100).contains(&query.limit()) || query.finish().is_err(), "a page is short");
    }
}

/// A form of a shop that speaks another gateway's protocol, with a signature of its own making:
/// it is believed as it was signed, and in no other content.
pub fn door(bytes: &[u8]) {
    let Ok(params) = Params::of_form("", bytes) else { return };
    let (key, other) = (Secret::new("a key of the old gateway"), Secret::new("another key of it"));
    for (sign, verifies) in SIGNATURES {
        let signature = sign(&params, &key);
        assert!(verifies(&params, &signature, &key), "what was signed is believed");
        assert!(!verifies(&params, &signature, &other), "by one key alone");
        assert!(!verifies(&params, "", &key), "nothing is no signature");
    }
    if let Ok(amount) = yuan(&params) {
        assert!(amount.minor() > 0, "an amount is more than nothing");
        let text = params.get("money").trim_start_matches('0');
        let short = text.split('.').nth(1).is_none_or(|it| it.len() <= 2);
        assert!(short, "a third digit is never dropped");
    }
}

/// The bytes of a connection: cut anywhere, they are read as the whole is.
pub fn framing(bytes: &[u8]) {
    let Some((size, bytes)) = bytes.split_first() else { return };
    let whole = Framing::default().watch(bytes);
    let (mut framing, pieces) = (Framing::default(), bytes.chunks(usize::from(*size).max(1)));
    let pieces: usize = pieces.map(|it| framing.watch(it)).sum();
    assert_eq!(whole, pieces, "pieces are read as the whole is");
    assert!(whole <= bytes.len(), "no more is read than there is");
}

/// Where a webhook to this URL would go, if to anywhere: the host and the port.
pub fn endpoint(url: &str) -> Option<(String, u16)> {
    let strict = UrlPolicy {
        allow_private_addresses: false,
        allow_http: false,
        allow_amqp: false,
        ports: vec![443, 8443],
    };
    if let Ok(broker) = Target::parse(url) {
        let _ = strict.check_broker(&broker);
    }
    let uri = strict.check(url).ok()?;
    assert_eq!(uri.scheme_str(), Some("https"), "{url}");
    Some((uri.host()?.to_owned(), uri.port_u16().unwrap_or(443)))
}

/// A configuration, whose references lead nowhere.
///
/// # Errors
/// All that is wrong with it.
pub fn config(text: &str) -> Result<(), Problems> {
    settings::open_text(text, "fuzz.toml", &|_| None, registry::PLUGINS).map(|_| ())
}
