use super::*;

#[test]
fn words_are_exact() {
    for (word, state) in [
        ("SUCCESS", TradeState::Success),
        ("REFUND", TradeState::Refund),
        ("NOTPAY", TradeState::NotPay),
        ("CLOSED", TradeState::Closed),
        ("REVOKED", TradeState::Revoked),
        ("USERPAYING", TradeState::UserPaying),
        ("PAYERROR", TradeState::PayError),
        ("ACCEPT", TradeState::Accept),
        ("success", TradeState::Unrecognised("success".into())),
        ("", TradeState::Unrecognised(String::new())),
    ] {
        assert_eq!(TradeState::from(word), state);
    }
    for (word, status) in [
        ("PROCESSING", RefundStatus::Processing),
        ("SUCCESS", RefundStatus::Success),
        ("CLOSED", RefundStatus::Closed),
        ("ABNORMAL", RefundStatus::Abnormal),
        ("CHANGE", RefundStatus::Unrecognised("CHANGE".into())),
    ] {
        assert_eq!(RefundStatus::from(word), status);
    }
}

#[test]
fn events_need_both_names() {
    assert_eq!(Event::of("TRANSACTION.SUCCESS", "transaction"), Event::Paid);
    assert_eq!(Event::of("REFUND.SUCCESS", "refund"), Event::Refund(RefundStatus::Success));
    assert_eq!(Event::of("REFUND.CLOSED", "refund"), Event::Refund(RefundStatus::Closed));
    assert_eq!(Event::of("REFUND.ABNORMAL", "refund"), Event::Refund(RefundStatus::Abnormal));
    assert_eq!(Event::of("MCHTRANSFER.BILL.FINISHED", "mch_payment"), Event::Transfer);
    for (event_type, original_type) in [
        ("TRANSACTION.SUCCESS", "profitsharing"),
        ("TRANSACTION.SUCCESS", "refund"),
        ("TRANSACTION.SUCCESS", ""),
        ("REFUND.SUCCESS", "transaction"),
        ("REFUND.PROCESSING", "refund"),
        ("transaction.success", "transaction"),
        ("MCHTRANSFER.BILL.FINISHED", "transaction"),
    ] {
        assert_eq!(Event::of(event_type, original_type), Event::Unrecognised);
    }
}

fn amount(text: &str) -> Option<Amount> {
    serde_json::from_str(text).ok()
}

#[test]
fn amounts_are_whole_fen() {
    let total = |text: &str| amount(text).and_then(|it| it.total()).map(|it| it.to_string());
    assert_eq!(total(r#"{"total":8888,"currency":"CNY"}"#).as_deref(), Some("88.88 CNY"));
    assert_eq!(total(r#"{"total":8888,"currency":"HKD"}"#).as_deref(), Some("88.88 HKD"));
    assert_eq!(total(r#"{"total":8888}"#).as_deref(), Some("88.88 CNY"), "a domestic order");
    for text in [
        r#"{"total":8888,"currency":"cny"}"#,
        r#"{"total":8888,"currency":"XXX"}"#,
        r#"{"total":-1,"currency":"CNY"}"#,
        r#"{"total":88.0,"currency":"CNY"}"#,
        r#"{"total":1e2,"currency":"CNY"}"#,
        r#"{"total":"8888","currency":"CNY"}"#,
        r#"{"total":9223372036854775808,"currency":"CNY"}"#,
        r#"{"total":1,"total":2,"currency":"CNY"}"#,
        r#"{"payer_total":8888,"currency":"CNY"}"#,
        r#"{"currency":"CNY"}"#,
    ] {
        assert_eq!(total(text), None, "{text}");
    }
}

#[test]
fn only_domestic_refund_notices_may_name_no_currency() {
    let refund = |text: &str, unnamed| amount(text).and_then(|it| it.refund(unnamed));
    let cny = Money::new(30, Currency::Cny).ok();
    assert_eq!(refund(r#"{"total":100,"refund":30}"#, Some(Currency::Cny)), cny);
    assert_eq!(refund(r#"{"total":100,"refund":30}"#, None), None);
    assert_eq!(refund(r#"{"refund":30,"currency":"CNY"}"#, None), cny);
    let usd = Money::new(30, Currency::Usd).ok();
    assert_eq!(refund(r#"{"refund":30,"currency":"USD"}"#, Some(Currency::Cny)), usd);
    assert_eq!(refund(r#"{"refund":30,"currency":"?"}"#, Some(Currency::Cny)), None);
    assert_eq!(refund(r#"{"total":30,"currency":"CNY"}"#, Some(Currency::Cny)), None);
}
