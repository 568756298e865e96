//! Each product once, with all it asks for: what it is built to, and the vectors of its packages.

use paymux_core::payment::Action;

use super::*;

/// Everything that is about an order of an account that offers everything.
pub(crate) fn all_operations() -> Vec<Operation> {
    let pays = OFFERED.map(|it| Operation::Pay(pay_by(it)));
    let rest = [
        Operation::Query { attempt: attempt() },
        Operation::Close { attempt: attempt() },
        Operation::Reverse { attempt: attempt() },
        Operation::Refund(refund()),
        Operation::QueryRefund(refund()),
    ];
    pays.into_iter().chain(rest).collect()
}

const PREPAY_ID: &str = "wx201410272009395522657a690389285100";

fn package(account: &Account, method: Method) -> std::collections::BTreeMap<String, String> {
    let nonce = 0x593B_EC0C_930B_F1AF_EB40_B4A0_8C8F_B242_u128.to_be_bytes();
    let call = Call { nonce, ..call() };
    let operation = Operation::Pay(pay_by(method));
    let answer = answer(&json!({ "prepay_id": PREPAY_ID }).to_string());
    match account.parse(&operation, &call, &answer) {
        Ok(Outcome::Accepted(Action::Invoke(package))) => package,
        other => panic!("{other:?}"),
    }
}

/// By the clients' own names, to the same bytes.
#[test]
fn packages_are_made_as_the_sdks_make_them() {
    let cases = cases(include_str!("../../vectors/client_packages.json"));
    let expected = |name: &str| {
        let case = cases.iter().find(|it| it["name"] == name).unwrap();
        serde_json::from_value::<std::collections::BTreeMap<String, String>>(
            case["package"].clone(),
        )
    };
    let mut account = full();
    // The vectors' one application opens them all.
    account.open_app_id = Some(account.app_id.clone());
    account.mini_app_id = Some(account.app_id.clone());
    assert_eq!(package(&account, Method::Jsapi), expected("v3_jsapi").unwrap());
    assert_eq!(package(&account, Method::MiniProgram), expected("v3_jsapi").unwrap());
    assert_eq!(package(&account, Method::App), expected("v3_app").unwrap());
}

#[test]
fn packages_name_the_application_of_the_order() {
    for (account, apps) in [
        (full(), ["wx0123456789abcdef", MINI, OPEN]),
        (partner(), ["wxd678efh567hg6787", MINI, OPEN]),
    ] {
        assert_eq!(package(&account, Method::Jsapi)["appId"], apps[0]);
        assert_eq!(package(&account, Method::MiniProgram)["appId"], apps[1]);
        assert_eq!(package(&account, Method::App)["appid"], apps[2]);
        // Whoever signs is the partner.
        assert_eq!(package(&account, Method::App)["partnerid"], account.mch_id);
    }
}

#[test]
fn a_prepay_id_is_a_word() {
    for method in [Method::Jsapi, Method::MiniProgram, Method::App] {
        let operation = Operation::Pay(pay_by(method));
        for body in [
            json!({ "prepay_id": "" }),
            json!({ "prepay_id": "a\nb" }),
            json!({ "prepay_id": "x".repeat(65) }),
            json!({ "code_url": "weixin://" }),
            json!({}),
        ] {
            let parsed = full().parse(&operation, &call(), &answer(&body.to_string()));
            assert!(matches!(parsed, Err(ParseError::Malformed(_))), "{body}");
        }
    }
}

/// What the merchant must bring, product by product, and what it is told.
#[test]
fn each_product_says_what_it_cannot_take() {
    let limits = |pay: Pay| limit_by(&full(), &Operation::Pay(pay), &call());
    let without = |method, field: &str| {
        let mut pay = pay_by(method);
        match field {
            "openid" => pay.payer.openid = None,
            "auth_code" => pay.payer.auth_code = None,
            "client_ip" => pay.payer.client_ip = None,
            other => panic!("{other}"),
        }
        pay
    };
    for method in OFFERED {
        assert_eq!(limits(pay_by(method)), None, "{method:?}");
        let jsapi = matches!(method, Method::Jsapi | Method::MiniProgram);
        let missing = jsapi.then_some("payer.openid");
        assert_eq!(limits(without(method, "openid")), missing, "{method:?}");
        let missing = (method == Method::Barcode).then_some("payer.auth_code");
        assert_eq!(limits(without(method, "auth_code")), missing, "{method:?}");
        let missing = (method == Method::H5).then_some("payer.client_ip");
        assert_eq!(limits(without(method, "client_ip")), missing, "{method:?}");
        let subject = Pay { subject: "验".repeat(128), ..pay_by(method) };
        assert_eq!(limits(subject), Some("subject"), "{method:?}");
        let amount = Pay { amount: fen(0), ..pay_by(method) };
        assert_eq!(limits(amount), Some("amount"), "{method:?}");
    }
}

/// Service providers' requests name both merchants everywhere, and go to their own paths.
#[test]
fn a_partners_requests() {
    for operation in all_operations() {
        let request = sent_by(&partner(), &operation);
        let (uri, body) = (request.uri().to_string(), request.body());
        let body = std::str::from_utf8(body).unwrap();
        let refund = matches!(operation, Operation::Refund(_) | Operation::QueryRefund(_));
        assert_eq!(uri.contains("/v3/pay/partner/transactions"), !refund, "{uri}");
        assert!(format!("{uri} {body}").contains("1900000109"), "{uri} {body}");
        assert!(!body.contains("\"mchid\""), "{uri} {body}");
        let authorization = request.headers()["authorization"].to_str().unwrap();
        assert!(authorization.contains("mchid=\"1900007291\""), "the provider signs");
    }
}

#[test]
fn a_partners_questions() {
    let target = |operation: Operation| {
        sent_by(&partner(), &operation).uri().path_and_query().unwrap().to_string()
    };
    let order = attempt();
    assert_eq!(
        target(Operation::Query { attempt: order }),
        format!(
            "/v3/pay/partner/transactions/out-trade-no/{order}\
             ?sp_mchid=1900007291&sub_mchid=1900000109"
        )
    );
    let number = refund().refund.out_refund_no();
    assert_eq!(
        target(Operation::QueryRefund(refund())),
        format!("/v3/refund/domestic/refunds/{number}?sub_mchid=1900000109")
    );
    let closing = sent_by(&partner(), &Operation::Close { attempt: order });
    let both = json!({ "sp_mchid": "1900007291", "sub_mchid": "1900000109" });
    assert_eq!(body_of(&closing), both);
    let refunding = sent_by(&partner(), &Operation::Refund(refund()));
    assert_eq!(body_of(&refunding)["sub_mchid"], "1900000109");
}

/// A sub-merchant's order answered for another sub-merchant is nobody's answer.
#[test]
fn a_partners_answers() {
    let ours = json!({
        "sp_appid": "wx8888888888888888", "sp_mchid": "1900007291",
        "sub_appid": "wxd678efh567hg6787", "sub_mchid": "1900000109",
        "out_trade_no": attempt().to_string(), "transaction_id": "42", "trade_state": "SUCCESS",
        "success_time": "2025-01-01T07:59:57+08:00",
        "amount": { "total": 8888, "currency": "CNY" },
    });
    let operation = Operation::Query { attempt: attempt() };
    let parse = |body: &Value| partner().parse(&operation, &call(), &answer(&body.to_string()));
    assert!(matches!(parse(&ours), Ok(Outcome::Paid(_))));
    for field in ["sp_mchid", "sub_mchid", "sp_appid", "sub_appid"] {
        let mut other = ours.clone();
        other[field] = json!("1900000110");
        assert_eq!(parse(&other), Err(ParseError::Malformed("it answers for another account")));
    }
}

#[test]
fn who_the_account_is() {
    assert_eq!(full().identity(), "mch_id 1900000109, app_id wx0123456789abcdef");
    let partner = partner().identity();
    let expected = "mch_id 1900007291, app_id wx8888888888888888, sub_mch_id 1900000109";
    assert_eq!(partner, expected);
}
