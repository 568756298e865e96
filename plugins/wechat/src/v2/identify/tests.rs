use paymux_channel::{Operation, Secret};

use super::*;
use crate::tests::{call, unknown};
use crate::v2::tests::{account, account_with, asked, limit, pairs, parse, parse_failure, partner};
use crate::v2::tests::{response, said};

const CODE: &str = "130061098828009406";

fn by_code(code: &str) -> Operation {
    Operation::Identify(Identify::AuthCode(Secret::new(code)))
}

#[test]
fn by_the_code_shown_at_a_till() {
    let expect =
        pairs(&[("appid", "wx0123456789abcdef"), ("mch_id", "1900000109"), ("auth_code", CODE)]);
    assert_eq!(asked(&account(), &by_code(CODE), "/tools/authcodetoopenid"), expect);
    assert_eq!(limit(&account(), &by_code("1")), Some("payer.auth_code"));
    assert_eq!(parse(&by_code(CODE), &[("openid", "oUpF8")]), Ok(Outcome::Payer("oUpF8".into())));
    assert_eq!(parse(&by_code(CODE), &[]), Err(ParseError::Malformed("openid")));
    assert!(matches!(parse_failure(&by_code(CODE), "AUTHCODEEXPIRE"), Outcome::Refused(_)));
    assert_eq!(parse_failure(&by_code(CODE), "SYSTEMERROR"), unknown("SYSTEMERROR"));
}

#[test]
fn by_the_name_of_the_application_that_pays() {
    use paymux_channel::Channel as _;
    let account = partner();
    let said = said(&account, &[("openid", "of-the-provider"), ("sub_openid", "of-the-sub")]);
    let parsed = account.parse(&by_code(CODE), &call(), &response(said));
    assert_eq!(parsed, Ok(Outcome::Payer("of-the-sub".into())));
}

/// The open platform is another house: neither key nor certificate is known there.
#[test]
fn by_the_open_platform_as_over_apiv3() {
    use paymux_channel::Channel as _;
    let oauth = Operation::Identify(Identify::OAuth(Secret::new("code1")));
    assert_eq!(limit(&account(), &oauth), Some("unsupported"));
    let account = account_with(&[("app_secret", "0123456789abcdef0123456789abcdef")]);
    let request = crate::tests::sent(account.build(&oauth, &call()));
    assert_eq!(request.uri().path(), "/sns/oauth2/access_token");
    assert!(account.identify_url("https://pay.example.com/x", "s").is_some());
    let answer = response(r#"{"openid":"oUpF8","access_token":"x"}"#);
    assert_eq!(account.parse(&oauth, &call(), &answer), Ok(Outcome::Payer("oUpF8".into())));
    let token = crate::tests::sent(account.build(&Operation::AppToken, &call()));
    assert_eq!(token.uri().path(), "/cgi-bin/stable_token");
}
