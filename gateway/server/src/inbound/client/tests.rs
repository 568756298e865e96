//! Who is believed about where a request comes from.

use http::HeaderValue;

use super::*;

const OURS: [&str; 3] = ["10.0.0.0/8", "2001:db8:ffff::/48", "127.0.0.1/32"];

fn of(header: ForwardedHeader, peer: &str, lines: &[(&str, &str)]) -> String {
    let trusted = OURS.iter().map(|it| it.parse().unwrap()).collect();
    let proxies = Proxies { trusted, header };
    let mut headers = HeaderMap::new();
    for (name, value) in lines {
        let name = HeaderName::from_bytes(name.as_bytes()).unwrap();
        headers.append(name, HeaderValue::from_bytes(value.as_bytes()).unwrap());
    }
    let peer = peer.parse::<IpAddr>().unwrap().to_canonical();
    proxies.client(peer, &headers).map_or_else(|| "unknown".into(), |it| it.to_string())
}

/// `X-Forwarded-For`, in as many headers as there are values.
fn check(peer: &str, values: &[&str], expect: &str) {
    let lines: Vec<_> = values.iter().map(|it| ("x-forwarded-for", *it)).collect();
    assert_eq!(of(ForwardedHeader::XForwardedFor, peer, &lines), expect, "{peer} {values:?}");
}

#[test]
fn a_stranger_is_where_its_connection_comes_from() {
    check("203.0.113.9", &[], "203.0.113.9");
    check("203.0.113.9", &["198.51.100.1"], "203.0.113.9");
    check("203.0.113.9", &["10.0.0.1", "127.0.0.1"], "203.0.113.9");
    check("::ffff:203.0.113.9", &["198.51.100.1"], "203.0.113.9");
    check("2001:db8::9", &["198.51.100.1"], "2001:db8::9");
}

#[test]
fn a_proxy_is_believed_and_what_its_caller_wrote_is_not() {
    check("10.0.0.1", &["203.0.113.9"], "203.0.113.9");
    check("10.0.0.1", &["198.51.100.1, 203.0.113.9"], "203.0.113.9");
    check("10.0.0.1", &["198.51.100.1", "203.0.113.9"], "203.0.113.9");
    check("10.0.0.1", &["198.51.100.1,203.0.113.9, 10.0.0.2,10.0.0.3"], "203.0.113.9");
    check("10.0.0.1", &["10.0.0.7, 203.0.113.9"], "203.0.113.9");
    check("10.0.0.1", &["garbage, 203.0.113.9"], "203.0.113.9");
    check("::ffff:10.0.0.1", &["::ffff:203.0.113.9"], "203.0.113.9");
    check("2001:db8:ffff::1", &["2001:db8::9"], "2001:db8::9");
    check("10.0.0.1", &["[2001:db8::9]:443"], "2001:db8::9");
    check("10.0.0.1", &["[2001:db8::9]"], "2001:db8::9");
    check("10.0.0.1", &["203.0.113.9:443"], "203.0.113.9");
    check("10.0.0.1", &["10.0.0.9"], "10.0.0.9");
}

#[test]
fn what_a_proxy_does_not_say_is_unknown() {
    check("10.0.0.1", &[], "unknown");
    check("10.0.0.1", &[""], "unknown");
    check("10.0.0.1", &["203.0.113.9,"], "unknown");
    check("10.0.0.1", &["203.0.113.9, unknown"], "unknown");
    check("10.0.0.1", &["203.0.113.9, garbage, 10.0.0.2"], "unknown");
    check("10.0.0.1", &["203.0.113.009"], "unknown");
    check("10.0.0.1", &["203.0.113.9 198.51.100.1"], "unknown");
    check("10.0.0.1", &["203.0.113.9\u{e9}"], "unknown");
    let many = vec!["198.51.100.1"; 32].join(",");
    check("10.0.0.1", &[&many], "198.51.100.1");
    check("10.0.0.1", &[&many, "203.0.113.9"], "unknown");
    check("10.0.0.1", &[&"1".repeat(4085), "203.0.113.9"], "203.0.113.9");
    check("10.0.0.1", &[&"1".repeat(4086), "203.0.113.9"], "unknown");
}

#[test]
fn one_header_counts() {
    let both = [("forwarded", "for=198.51.100.1"), ("x-forwarded-for", "203.0.113.9")];
    assert_eq!(of(ForwardedHeader::XForwardedFor, "10.0.0.1", &both), "203.0.113.9");
    assert_eq!(of(ForwardedHeader::Forwarded, "10.0.0.1", &both), "198.51.100.1");
    let check = |value: &str, expect: &str| {
        let found = of(ForwardedHeader::Forwarded, "10.0.0.1", &[("forwarded", value)]);
        assert_eq!(found, expect, "{value}");
    };
    check("for=203.0.113.9;proto=https;by=10.0.0.1", "203.0.113.9");
    check("For=198.51.100.1, FOR=\"203.0.113.9\"", "203.0.113.9");
    check("for=\"[2001:db8::9]:4711\"", "2001:db8::9");
    check("for=203.0.113.9, for=10.0.0.2", "203.0.113.9");
    check("for=203.0.113.9, proto=https", "unknown");
    check("for=203.0.113.9, for=_hidden", "unknown");
    check("for=unknown", "unknown");
    check("for=203.0.113.9;for=10.0.0.2", "unknown");
    check("203.0.113.9", "unknown");
}
