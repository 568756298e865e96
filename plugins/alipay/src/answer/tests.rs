use super::*;
use crate::charset::Charset;
use crate::envelope::MAX_MEMBERS;
use crate::tests::{
    AES_KEY, account, account_with, answer, attempt, call, certified, respond, sign, unhex, vectors,
};

/// `Ok` tells whether the answer was signed.
fn check(api: Api, response: &Response) -> Result<bool, ParseError> {
    Answer::about(&account(), api, attempt(), &call(), response).map(|it| it.signed)
}

fn query(body: String) -> Result<bool, ParseError> {
    check(Api::Query, &respond(body.replace("ORDER", &attempt().to_string())))
}

fn open(
    account: &Account,
    method: &str,
    text: impl Into<bytes::Bytes>,
) -> Result<Answer, ParseError> {
    Answer::open(account, method, &call(), &respond(text))
}

#[test]
fn answers_verify_as_the_vectors_say() {
    let vectors = vectors(include_str!("../../vectors/sync_response.json"));
    assert_eq!(vectors.len(), 16);
    for vector in vectors {
        let of = |name: &str| vector[name].as_str().unwrap().to_owned();
        let opened = open(&account(), &of("method"), of("text"));
        let verified = opened.is_ok_and(|it| it.signed);
        assert_eq!(verified, vector["verified"].as_bool().unwrap(), "{}", vector["id"]);
    }
    let sealed = account_with(&[("aes_key", AES_KEY)]);
    for vector in self::vectors(include_str!("../../vectors/exchange.json")) {
        let of = |name: &str| vector[name].as_str().unwrap().to_owned();
        for account in [&sealed, &certified()] {
            let opened = open(account, &of("method"), of("answer"));
            let readable = account.cipher.is_some() || vector["id"] != "e2e-05-aes";
            assert_eq!(opened.is_ok_and(|it| it.signed), readable, "{}", vector["id"]);
        }
    }
}

/// A certificate is named, and only its own key counts.
#[test]
fn certificates_are_chosen_by_their_numbers() {
    let genuine = vectors(include_str!("../../vectors/exchange.json")).pop().unwrap();
    let text = genuine["answer"].as_str().unwrap();
    let known = SERIAL;
    assert!(text.contains(known));
    let with = |serial: &str| {
        let text = text.replace(known, serial);
        open(&certified(), "alipay.trade.query", text).map(|it| it.signed)
    };
    assert_eq!(with(known), Ok(true));
    let other = "0123456789abcdef0123456789abcdef";
    assert_eq!(with(other), Err(ParseError::UnknownKey { serial: other.into() }));
    assert_eq!(with("x\\n"), Err(ParseError::Malformed("alipay_cert_sn")));
    // Where none is named, any that is trusted may have signed.
    assert_eq!(with(""), Ok(true));
    let late = Call { now: paymux_core::Timestamp(4_102_444_800_000), ..call() };
    let response = respond(text.to_owned());
    let expired = Answer::open(&certified(), "alipay.trade.query", &late, &response).err();
    assert_eq!(expired, Some(ParseError::UnknownKey { serial: known.into() }));
}

#[test]
fn encrypted_answers_verify_before_they_are_decrypted() {
    let file: serde_json::Value =
        serde_json::from_str(include_str!("../../vectors/aes.json")).unwrap();
    for vector in file["responses"].as_array().unwrap() {
        let account = account_with(&[("aes_key", vector["key_b64"].as_str().unwrap())]);
        let text = vector["text"].as_str().unwrap().to_owned();
        let opened = open(&account, vector["method"].as_str().unwrap(), text);
        match vector["plaintext"].as_str() {
            Some(plain) => assert_eq!(opened.unwrap().text, plain),
            None => assert_eq!(opened.err(), Some(ParseError::Signature)),
        }
    }
    // Who has the key can encrypt, and cannot sign.
    let account = account_with(&[("aes_key", AES_KEY)]);
    let sealed = account.cipher.as_ref().unwrap().encrypt(b"{\"code\":\"40004\"}").unwrap();
    let unsigned = open(&account, "alipay.trade.query", format!(r#"{{"{NODE}":"{sealed}"}}"#));
    assert_eq!(unsigned.err(), Some(SEALED));
}

/// The node's bytes are found among bytes of GBK, whatever stands before them.
#[test]
fn gbk_answers_are_verified_as_they_came() {
    let file: serde_json::Value =
        serde_json::from_str(include_str!("../../vectors/gbk.json")).unwrap();
    let vector = &file["answer"];
    let body = unhex(vector["body_hex"].as_str().unwrap());
    let account = account_with(&[("charset", "GBK")]);
    let answer = open(&account, "alipay.trade.query", body.clone()).unwrap();
    assert_eq!(answer.text, vector["node"].as_str().unwrap());
    let start = body.windows(9).position(|it| it == br#"{"code":""#).unwrap();
    let node = start..start + Charset::Gbk.encode(&answer.text).unwrap().len();
    for at in 0..body.len() {
        let mut bent = body.clone();
        bent[at] ^= 1;
        if let Ok(other) = open(&account, "alipay.trade.query", bent) {
            assert!(!node.contains(&at) && other.text == answer.text, "byte {at}");
        }
    }
}

const PAID: &str = r#"{"code":"10000","out_trade_no":"ORDER","trade_status":"TRADE_SUCCESS"}"#;
const UNPAID: &str = r#"{"code":"10000","out_trade_no":"ORDER","trade_status":"WAIT_BUYER_PAY"}"#;
const NODE: &str = "alipay_trade_query_response";

const SERIAL: &str = "f8b95a21ab7bfd4acd297f9552543226";

fn signed(node: &str) -> String {
    sign(&node.replace("ORDER", &attempt().to_string()))
}

#[test]
fn members_may_come_in_any_order() {
    let sign = signed(PAID);
    assert_eq!(query(format!(r#"{{"{NODE}":{PAID},"sign":"{sign}"}}"#)), Ok(true));
    assert_eq!(query(format!(r#" {{ "sign" : "{sign}" , "{NODE}" : {PAID} }} "#)), Ok(true));
    let escaped = NODE.replace('q', r"\u0071");
    assert_eq!(query(format!(r#"{{"{escaped}":{PAID},"sign":"{sign}"}}"#)), Ok(true));
    let with_certificate =
        format!(r#"{{"{NODE}":{PAID},"alipay_cert_sn":"{SERIAL}","sign":"{sign}"}}"#);
    assert_eq!(query(with_certificate), Ok(true));
}

#[test]
fn nothing_rides_along() {
    let genuine = signed(UNPAID);
    let malformed = |body: String| {
        let refused = query(body.clone());
        assert!(matches!(refused, Err(ParseError::Malformed(_))), "{body} gave {refused:?}");
    };
    // A forged node behind, before, or spelt otherwise.
    malformed(format!(r#"{{"{NODE}":{UNPAID},"sign":"{genuine}","{NODE}":{PAID}}}"#));
    malformed(format!(r#"{{"{NODE}":{PAID},"{NODE}":{UNPAID},"sign":"{genuine}"}}"#));
    let escaped = NODE.replace('a', r"\u0061");
    malformed(format!(r#"{{"{NODE}":{UNPAID},"sign":"{genuine}","{escaped}":{PAID}}}"#));
    malformed(format!(r#"{{"{NODE}":{UNPAID},"sign":"{genuine}","error_response":{PAID}}}"#));
    malformed(format!(r#"{{"{NODE}":{UNPAID},"sign":"{genuine}","sign":"x"}}"#));
    malformed(format!(r#"{{"{NODE}":{UNPAID},"sign":"{genuine}"}}{{}}"#));
    malformed(format!(r#"{{"{NODE}":{UNPAID},"sign":["{genuine}"]}}"#));
    // Another method's answer, and an encrypted one.
    malformed(format!(r#"{{"alipay_trade_close_response":{UNPAID},"sign":"{genuine}"}}"#));
    malformed(format!(r#"{{"{NODE}":"{}","sign":"{}"}}"#, "AAAA", signed("\"AAAA\"")));
    // A genuine answer to another order, or to none.
    for node in [PAID.replace("ORDER", "T1"), r#"{"code":"10000"}"#.to_owned()] {
        malformed(format!(r#"{{"{NODE}":{node},"sign":"{}"}}"#, sign(&node)));
    }
    // A field of the head twice, signed: still no way to tell which is meant.
    let twice = r#"{"code":"40004","code":"10000","out_trade_no":"ORDER"}"#;
    malformed(format!(r#"{{"{NODE}":{twice},"sign":"{}"}}"#, signed(twice)));
}

#[test]
fn an_unsigned_success_is_a_forgery() {
    for code in ["10000", "10003"] {
        let node = format!(r#"{{"code":"{code}","out_trade_no":"ORDER"}}"#);
        for body in [
            format!(r#"{{"{NODE}":{node}}}"#),
            format!(r#"{{"{NODE}":{node},"sign":""}}"#),
            format!(r#"{{"{NODE}":{node},"sign":"AAAA"}}"#),
            format!(r#"{{"{NODE}":{node},"sign":"{}"}}"#, signed(PAID)),
        ] {
            assert_eq!(query(body), Err(ParseError::Signature));
        }
    }
    let node = r#"{"code":"40002","sub_code":"isv.invalid-app-id"}"#;
    assert_eq!(query(format!(r#"{{"{NODE}":{node}}}"#)), Ok(false));
    assert_eq!(query(format!(r#"{{"{NODE}":{node},"sign":""}}"#)), Ok(false));
    assert_eq!(query(format!(r#"{{"{NODE}":{node},"sign":"AA"}}"#)), Err(ParseError::Signature));
}

/// After the fallback the words read are those that verified.
#[test]
fn escaped_slashes_are_tried_once() {
    let plain = r#"{"code":"10000","out_trade_no":"ORDER","qr_code":"https://x\n"}"#;
    let sent = plain.replace('/', r"\/");
    let body = format!(r#"{{"{NODE}":{sent},"sign":"{}"}}"#, signed(plain));
    let body = body.replace("ORDER", &attempt().to_string());
    let answer = Answer::about(&account(), Api::Query, attempt(), &call(), &respond(body)).unwrap();
    assert!(answer.text.contains("https://x"));
    // `\\/` would change its meaning by the replacement; what verified is what is read.
    let sent = r#"{"code":"10000","out_trade_no":"ORDER","qr_code":"a\\/b"}"#;
    let verified = sent.replace(r"\/", "/");
    let body = format!(r#"{{"{NODE}":{sent},"sign":"{}"}}"#, signed(&verified));
    let body = body.replace("ORDER", &attempt().to_string());
    let answer = Answer::about(&account(), Api::Query, attempt(), &call(), &respond(body)).unwrap();
    let read: serde_json::Value = answer.read().unwrap();
    assert_eq!(read["qr_code"], "a/b");
}

#[test]
fn what_is_no_answer_proves_nothing() {
    let good = answer(Api::Query, PAID);
    assert_eq!(check(Api::Query, &good), Ok(true));
    for status in [201, 204, 302, 400, 404, 500, 502, 503] {
        let mut bad = good.clone();
        *bad.status_mut() = http::StatusCode::from_u16(status).unwrap();
        assert!(check(Api::Query, &bad).is_err(), "{status}");
    }
    let mut long = good.body().to_vec();
    long.resize(MAX_ANSWER + 1, b' ');
    assert_eq!(
        check(Api::Query, &respond(long.clone())),
        Err(ParseError::Malformed("it is too long"))
    );
    long.truncate(MAX_ANSWER);
    assert_eq!(check(Api::Query, &respond(long)), Ok(true));
    let cut = good.body().slice(..good.body().len() - 1);
    assert!(check(Api::Query, &respond(cut)).is_err());
    let marked = [b"\xef\xbb\xbf", &good.body()[..]].concat();
    assert!(check(Api::Query, &respond(marked)).is_err());
    let many: String = (0..MAX_MEMBERS).map(|it| format!(r#""{it}":1,"#)).collect();
    let body = std::str::from_utf8(good.body()).unwrap().replacen('{', &format!("{{{many}"), 1);
    assert!(check(Api::Query, &respond(body)).is_err());
}

/// The old error node stands in only where the method's own is absent.
#[test]
fn error_response_is_read() {
    let node = r#"{"msg":"Invalid Arguments","code":"40002","sub_code":"isv.invalid-method"}"#;
    let body = format!(r#"{{"error_response":{node},"sign":"{}"}}"#, sign(node));
    assert_eq!(query(body), Ok(true));
}
