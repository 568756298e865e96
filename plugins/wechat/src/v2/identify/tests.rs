use paymux_channel::{Channel as _, Operation, Secret};

use super::*;
use crate::tests::{call, unknown};
use crate::v2::tests::{account, account_with, failure, fields, limit, partner, response, said};

const CODE: &str = "130061098828009406";

fn by_code(code: &str) -> Operation {
    Operation::Identify(Identify::AuthCode(Secret::new(code)))
}

fn parsed(account: &Account, answer: String) -> Result<Outcome, ParseError> {
    account.parse(&by_code(CODE), &call(), &response(answer))
}

/// Its documents know no `sign_type`, so that both sides sign by MD5, whatever the account says.
#[test]
fn by_the_code_shown_at_a_till() {
    let (account, md5) = (account(), account_with(&[("sign_type", "MD5")]));
    let request = crate::tests::sent(account.build(&by_code(CODE), &call()));
    assert_eq!(request.uri().path(), "/tools/authcodetoopenid");
    let fields = fields(&request);
    assert!(md5.signed(&fields), "its signature holds");
    let names: Vec<_> = fields.pairs().map(|it| it.0).collect();
    assert_eq!(names, ["appid", "auth_code", "mch_id", "nonce_str", "sign"]);
    assert_eq!(fields.text("auth_code"), Some(CODE));
    assert_eq!(limit(&account, &by_code("1")), Some("payer.auth_code"));
    let named = said(&md5, &[("openid", "oUpF8")]);
    assert_eq!(parsed(&account, named), Ok(Outcome::Payer("oUpF8".into())));
    let named = said(&account, &[("openid", "oUpF8")]);
    assert_eq!(parsed(&account, named), Err(ParseError::Signature), "not as it was asked");
    assert_eq!(parsed(&account, said(&md5, &[])), Err(ParseError::Malformed("openid")));
    let refused = |code| parsed(&account, failure(&md5, code)).unwrap();
    assert!(matches!(refused("AUTHCODEEXPIRE"), Outcome::Refused(_)));
    assert_eq!(refused("SYSTEMERROR"), unknown("SYSTEMERROR"));
}

#[test]
fn by_the_name_of_the_application_that_pays() {
    let account = Account { sign_type: UNNAMED, ..partner() };
    let said = said(&account, &[("openid", "of-the-provider"), ("sub_openid", "of-the-sub")]);
    assert_eq!(parsed(&account, said), Ok(Outcome::Payer("of-the-sub".into())));
}

/// The open platform is another house: neither key nor certificate is known there.
#[test]
fn by_the_open_platform_as_over_apiv3() {
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
