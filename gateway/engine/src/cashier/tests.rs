use super::*;

fn cashier(keys: &[&str]) -> Cashier {
    let keys: Vec<_> = keys.iter().map(|it| Secret::new(it.repeat(32))).collect();
    Cashier::new("https://pay.example.com/pay", &keys).unwrap()
}

fn payment(number: u128) -> PaymentId {
    PaymentId::new(Timestamp(1_735_689_600_000), &"shop".parse().unwrap(), number)
}

#[test]
fn a_link_is_one_payments_and_short() {
    let own = cashier(&["a"]);
    let url = own.payment_url(payment(7));
    let link = url.strip_prefix("https://pay.example.com/pay/c/").unwrap();
    assert_eq!(link.len(), 26 + 1 + 20);
    assert_eq!(own.payment_of(link), Some(payment(7)));
    assert_eq!((own.origin(), own.root()), ("https://pay.example.com", "/pay"));
}

#[test]
fn whatever_is_changed_in_a_link_is_noticed() {
    let own = cashier(&["a"]);
    let link = own.payment_link(payment(7));
    for at in 0..link.len() {
        for other in ["0", "Z", "a", "."] {
            let mut changed = link.clone();
            changed.replace_range(at..=at, other);
            let read = own.payment_of(&changed);
            assert!(changed == link || read.is_none(), "{changed}");
        }
    }
    let (id, mac) = link.split_once('.').unwrap();
    let (other, _) = (own.payment_link(payment(8)), ());
    let crossed = format!("{}.{mac}", other.split_once('.').unwrap().0);
    for link in ["", ".", id, &format!("{id}."), &crossed, &link[..40], &format!("{link}0")] {
        assert_eq!(own.payment_of(link), None, "{link}");
    }
    assert_eq!(cashier(&["b"]).payment_of(&link), None, "another gateway's");
}

#[test]
fn a_former_key_is_believed_and_signs_nothing() {
    let (former, both) = (cashier(&["a"]), cashier(&["b", "a"]));
    assert_eq!(both.payment_of(&former.payment_link(payment(7))), Some(payment(7)));
    assert_eq!(former.payment_of(&both.payment_link(payment(7))), None);
    assert!(Cashier::new("https://pay.example.com", &[]).is_none());
}

#[test]
fn a_plates_link_is_its_merchants() {
    let own = cashier(&["a"]);
    let (shop, inn) = ("shop".parse().unwrap(), "inn".parse().unwrap());
    let (front, back) = ("front".parse().unwrap(), "back".parse().unwrap());
    let url = own.plate_url(&shop, &front);
    let (_, mac) = url.rsplit_once('.').unwrap();
    assert!(url.starts_with("https://pay.example.com/pay/q/front."));
    assert!(own.is_plate(&shop, &front, mac));
    assert!(!own.is_plate(&inn, &front, mac));
    assert!(!own.is_plate(&shop, &back, mac));
    assert_ne!(own.form_digits(&front, "1"), own.form_digits(&front, "2"));
    assert_ne!(own.form_digits(&front, "1"), own.form_digits(&back, "1"));
}

#[test]
fn a_state_is_one_payers_errand_and_runs_out() {
    let own = cashier(&["a"]);
    let (wx, ali) = ("wx".parse().unwrap(), "ali".parse().unwrap());
    let now = Timestamp(1_735_689_600_000);
    let state = own.state(payment(7), &wx, "b", now);
    assert!(state.len() <= 128 && state.bytes().all(|it| it.is_ascii_alphanumeric()), "{state}");
    let is = |number, account, at| own.is_state(&state, payment(number), account, "b", at);
    assert!(is(7, &wx, now));
    assert!(is(7, &wx, now.after(STATE_LIFE)));
    assert!(!is(7, &wx, now.after(STATE_LIFE + Duration::from_millis(1))));
    assert!(!is(7, &ali, now));
    assert!(!is(8, &wx, now));
    assert!(!own.is_state(&state, payment(7), &wx, "c", now), "another browser's");
    for broken in ["", "0", &state[1..], &state.to_lowercase(), "é0000000000000000000000000000"] {
        assert!(!own.is_state(broken, payment(7), &wx, "b", now), "{broken}");
    }
}
