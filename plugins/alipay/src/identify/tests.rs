use paymux_channel::{Channel as _, Operation};

use super::*;
use crate::tests::{account, account_with, answer, call, parameters, respond, vectors};

fn operation(code: &str) -> Operation {
    Operation::Identify(Identify::OAuth(Secret::new(code)))
}

const CODE: &str = "4b203fe6c11548bcabd8da5bb087a83b";

/// The parameters of the SDK's vector, business at the top.
#[test]
fn the_code_is_exchanged() {
    for it in [Identify::OAuth(Secret::new(CODE)), Identify::MiniProgram(Secret::new(CODE))] {
        let step = account().build(&Operation::Identify(it), &call()).unwrap();
        let Step::Send(request) = step else { panic!() };
        let body = parameters(std::str::from_utf8(request.body()).unwrap());
        let text = |it: &str| it.to_owned();
        let expected =
            [("grant_type", "authorization_code"), ("code", CODE)].map(|(a, b)| (text(a), text(b)));
        assert_eq!(body, expected);
        let all = vectors(include_str!("../../vectors/request_sign.json"));
        let vector = all.iter().find(|it| it["id"] == "req-07-oauth").unwrap();
        let mut sent = parameters(request.uri().query().unwrap());
        sent.extend(body);
        for (name, value) in vector["params"].as_object().unwrap() {
            // We do not send the one optional parameter that has one value.
            let ours = sent.iter().find(|it| it.0 == *name).map(|it| it.1.as_str());
            assert_eq!(ours, value.as_str().filter(|_| name != "format"), "{name}");
        }
    }
    for code in ["", "a b", "a&b", &"a".repeat(129)] {
        assert_eq!(crate::tests::unfit(&operation(code), &call()), Some("code"), "{code}");
    }
}

#[test]
fn the_page_that_brings_the_code() {
    let url = account().identify_url("https://pay.example.com/identify?a=1&b=2", "s 1").unwrap();
    let expected = "https://openauth.alipay.com/oauth2/publicAppAuthorize.htm?\
        app_id=2021000000000001&scope=auth_base&\
        redirect_uri=https%3A%2F%2Fpay.example.com%2Fidentify%3Fa%3D1%26b%3D2&state=s+1";
    assert_eq!(url, expected);
    let sandbox = "https://openauth-sandbox.dl.alipaydev.com/oauth2/publicAppAuthorize.htm";
    let url = account_with(&[("authorize_url", sandbox)]).identify_url("https://x", "s");
    assert!(url.unwrap().starts_with(&format!("{sandbox}?app_id=")));
}

#[test]
fn the_vectors() {
    let all = vectors(include_str!("../../vectors/sync_response.json"));
    let parsed = |id: &str| {
        let vector = all.iter().find(|it| it["id"] == id).unwrap();
        let text = vector["text"].as_str().unwrap().to_owned();
        account().parse(&operation(CODE), &call(), &respond(text)).unwrap()
    };
    assert_eq!(parsed("resp-06-oauth-ok"), Outcome::Payer("2088102150477652".into()));
    let Outcome::Refused(refusal) = parsed("resp-05-error-response") else { panic!() };
    assert_eq!(refusal.code, "isv.code-invalid");
}

#[test]
fn a_name_of_the_application_comes_before_a_number() {
    let parsed =
        |node: &str| account().parse(&operation(CODE), &call(), &answer(Api::OauthToken, node));
    let both = r#"{"user_id":"2088102150477652","open_id":"074a1Cc","access_token":"a"}"#;
    assert_eq!(parsed(both), Ok(Outcome::Payer("074a1Cc".into())));
    for node in ["{}", r#"{"user_id":""}"#] {
        assert_eq!(parsed(node), Err(ParseError::Malformed("it names nobody")));
    }
    let failed = r#"{"code":"20000","sub_code":"isp.unknow-error"}"#;
    assert_eq!(parsed(failed), Ok(Outcome::Unknown { code: "isp.unknow-error".into() }));
    // A success without a signature is a forgery, though it has no code.
    let forged = r#"{"alipay_system_oauth_token_response":{"user_id":"2088102150477652"}}"#;
    let parsed = account().parse(&operation(CODE), &call(), &respond(forged));
    assert_eq!(parsed, Err(ParseError::Signature));
}
