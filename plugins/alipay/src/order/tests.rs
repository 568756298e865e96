use paymux_channel::{Channel as _, Operation};
use paymux_core::Timestamp;
use paymux_core::payment::Method;

use super::*;
use crate::tests::{NOW, account, account_with, biz, call, pay, unfit, yuan};

fn changed(change: impl FnOnce(&mut Pay)) -> Operation {
    let mut pay = pay(Method::Qr);
    change(&mut pay);
    Operation::Pay(pay)
}

#[test]
fn what_alipay_cannot_take_is_unfit() {
    let check = |change: &dyn Fn(&mut Pay), expected: Option<&str>| {
        for method in Method::ALL {
            let order = changed(|it| {
                *it = pay(method);
                change(it);
            });
            assert_eq!(unfit(&order, &call()), expected, "{order:?}");
        }
    };
    let subject = |text: &str, expected| check(&|it| it.subject = text.into(), expected);
    subject(&"品".repeat(256), None);
    subject(&"品".repeat(257), Some("subject"));
    for bad in ["", " \u{3000}", "a/b", "a=b", "a&b", "a\nb", "a\0b", "a\u{7f}b", "a\u{85}b"] {
        subject(bad, Some("subject"));
    }
    subject("a<b>'\"\\ %+#?", None);
    let amount = |money: Money, expected| check(&|it| it.amount = money, expected);
    amount(yuan("0.01"), None);
    amount(yuan("100000000.00"), None);
    amount(yuan("0"), Some("amount"));
    amount(yuan("100000000.01"), Some("amount"));
    amount(Money::new(1, Currency::Hkd).unwrap(), Some("amount"));
    assert_eq!(
        unfit(&changed(|it| it.payer.client_ip = Some("x".into())), &call()),
        Some("payer.client_ip")
    );
    assert_eq!(
        unfit(&changed(|it| it.payer.client_ip = Some("2001:db8::1".into())), &call()),
        None
    );
}

#[test]
fn alipay_never_waits_longer_than_we_do() {
    let step = account().build(&changed(|it| it.expires_at.0 += 999), &call()).unwrap();
    assert_eq!(biz(&step)["time_expire"], "2026-01-15 13:04:56");
}

/// Alipay would keep a shorter order of an app open for five minutes, and so longer than we do.
#[test]
fn an_order_lives_a_minute_or_five_at_least() {
    let check = |method, ms: i64, fits: bool| {
        let order = changed(|it| {
            *it = pay(method);
            it.expires_at = Timestamp(NOW.0 + ms);
        });
        let expected = if fits { None } else { Some("expires_in") };
        assert_eq!(unfit(&order, &call()), expected, "{method:?} {ms}");
    };
    for method in Method::ALL {
        let shortest = match method {
            Method::H5 | Method::App => 300_000,
            Method::Qr | Method::Page | Method::Jsapi | Method::MiniProgram | Method::Barcode => {
                60_000
            }
        };
        check(method, shortest, true);
        check(method, shortest - 1, false);
        check(method, 0, false);
        check(method, -60_000, false);
        // A code to scan is dead sooner than its order.
        let longest = if method == Method::Qr { 7_200_000 } else { 15 * 86_400_000 };
        check(method, longest, true);
        check(method, longest + 1, false);
    }
}

/// What an account says of every order, and of those it places itself.
#[test]
fn an_accounts_terms_are_in_its_orders() {
    let account = account_with(&[
        ("store_id", "NJ_001"),
        ("terminal_id", "T-1"),
        ("operator_id", "yx_001"),
        ("disable_pay_channels", "pcredit,creditCard"),
        ("sys_service_provider_id", "2088000000000099"),
    ]);
    for method in [Method::Qr, Method::Jsapi, Method::Barcode] {
        let step = account.build(&changed(|it| *it = pay(method)), &call()).unwrap();
        let biz = biz(&step);
        assert_eq!(biz["store_id"], "NJ_001");
        assert_eq!(biz["terminal_id"], "T-1");
        assert_eq!(biz["operator_id"], "yx_001");
        assert_eq!(biz["disable_pay_channels"], "pcredit,creditCard");
        assert_eq!(biz["extend_params"]["sys_service_provider_id"], "2088000000000099");
    }
    let page = pay(Method::Page);
    let page = account.order(&page, "P", A_MINUTE, &call()).unwrap();
    let page = serde_json::to_value(page).unwrap();
    assert_eq!(page["store_id"], "NJ_001");
    assert_eq!(page.get("terminal_id"), None);
}

#[test]
fn a_gbk_account_refuses_what_gbk_has_not() {
    let account = account_with(&[("charset", "GBK")]);
    let built = |subject: &str| {
        let order = changed(|it| it.subject = subject.into());
        account.build(&order, &call()).map(|_| ()).map_err(|it| it.to_string())
    };
    assert_eq!(built("龙井茶"), Ok(()));
    for subject in ["茶\u{1f375}", "5\u{20ac}", "\u{e000}\u{10ffff}"] {
        let told = "the channel wants `subject` to be characters of GBK alone".to_owned();
        assert_eq!(built(subject), Err(told), "{subject}");
    }
}
