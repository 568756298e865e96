use proptest::prelude::*;

use super::*;

fn payment(entropy: u128) -> PaymentId {
    PaymentId::new(Timestamp(1_735_689_600_000), &"demo".parse().unwrap(), entropy)
}

#[test]
fn the_attempt_is_a_legal_channel_number() {
    let attempt = AttemptId { payment: payment(7), number: 1 };
    let text = attempt.to_string();
    assert_eq!(text.len(), 28);
    assert!(text.bytes().all(|it| it.is_ascii_alphanumeric()));
    assert_eq!(text.parse(), Ok(attempt));
    let refund = RefundId { payment: payment(7), number: 3 };
    for (round, length) in [(0, 29), (1, 31), (RefundNo::MAX_ROUND, 31)] {
        let number = RefundNo { refund, round };
        let text = number.out_refund_no();
        assert_eq!(text.len(), length);
        assert_eq!(RefundNo::from_out_refund_no(&text), Ok(number));
        assert!(RefundNo::from_out_refund_no(&format!("{text}0")).is_err(), "{text}0");
    }
    let first = RefundNo::from(refund).out_refund_no();
    assert!(RefundNo::from_out_refund_no(&format!("{first}00")).is_err(), "one text for each");
}

#[test]
fn ids_sort_by_time_and_carry_the_bucket() {
    let demo: MerchantId = "demo".parse().unwrap();
    let early = PaymentId::new(Timestamp(1_000), &demo, u128::MAX);
    let late = PaymentId::new(Timestamp(1_001), &demo, 0);
    assert!(early < late && early.to_string() < late.to_string());
    assert_eq!(early.bucket(), demo.bucket());
    assert_eq!(demo.bucket(), 241, "a stored id depends on this hash for ever");
}

#[test]
fn only_the_one_spelling_parses() {
    let good = payment(1).to_string();
    assert!(good.parse::<PaymentId>().is_ok());
    let lower = good.to_lowercase();
    let bad =
        ["", "pay_", &lower, &good[4..], &format!("{good}0"), "pay_ZZZZZZZZZZZZZZZZZZZZZZZZZZ"];
    for text in bad {
        assert!(text.parse::<PaymentId>().is_err(), "{text}");
    }
    let zero = format!("{}00", &good[4..]);
    for text in [zero.as_str(), "订单订单订单订单订单订单订单订单订单", &good[4..]]
    {
        assert!(text.parse::<AttemptId>().is_err(), "{text}");
    }
}

#[test]
fn names_hold_to_their_alphabet() {
    let long = "x".repeat(65);
    for text in ["", "a b", "%00", "../x", "${jndi:x}", "\u{430}", "a\n", &long] {
        assert!(text.parse::<OrderNo>().is_err(), "{text:?}");
        assert!(text.parse::<MerchantId>().is_err(), "{text:?}");
    }
    assert!("Order_2026-01".parse::<OrderNo>().is_ok());
    assert!("Shop".parse::<MerchantId>().is_err());
}

proptest! {
    #[test]
    fn every_id_reads_back(entropy: u128, n in 1_u16..=1023) {
        let payment = payment(entropy);
        prop_assert_eq!(payment.to_string().parse(), Ok(payment));
        let attempt = AttemptId { payment, number: n };
        prop_assert_eq!(attempt.to_string().parse(), Ok(attempt));
        let refund = RefundId { payment, number: n };
        prop_assert_eq!(refund.to_string().parse(), Ok(refund));
        let event = EventId { payment, number: n };
        prop_assert_eq!(event.to_string().parse(), Ok(event));
        let delivery = DeliveryId { event, endpoint: "shop_1".parse().unwrap() };
        prop_assert_eq!(delivery.to_string().parse(), Ok(delivery));
    }

    #[test]
    fn no_text_panics(text: String) {
        let _ = text.parse::<AttemptId>();
        let _ = text.parse::<DeliveryId>();
        let _ = RefundNo::from_out_refund_no(&text);
    }
}
