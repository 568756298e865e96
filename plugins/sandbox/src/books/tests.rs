use jiff::Timestamp;

use super::*;
use crate::money::Fen;

fn new(channel: Channel, number: &str) -> NewOrder {
    NewOrder {
        channel,
        product: Product::Qr,
        payer: None,
        notes: Notes::new(),
        out_trade_no: number.to_owned(),
        app_id: String::new(),
        subject: String::new(),
        body: None,
        attach: None,
        total: Fen(100),
        notify_url: None,
        return_url: None,
        expires_at: None,
        code_life: None,
        content: String::new(),
    }
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

#[test]
fn the_oldest_order_goes_when_the_books_are_full() {
    let mut books = Books::default();
    let now = at("2026-01-15T00:00:00Z");
    let first = books.insert(new(Channel::Alipay, "0"), now).clone();
    for number in 1..=MAX_ORDERS {
        books.insert(new(Channel::Alipay, &number.to_string()), now);
    }
    assert!(books.order(&first.key(), now).is_none());
    assert_eq!(books.key_of_token(&first.token), None);
    assert_eq!(books.key_of_trade(&first.trade_no), None);
    assert!(books.order(&(Channel::Alipay, "1".into()), now).is_some());
    let total = books.totals()[&Channel::Alipay].orders;
    assert_eq!(total, MAX_ORDERS as u64 + 1, "the totals forget nothing");
}

#[test]
fn a_code_lives_two_hours() {
    let mut books = Books::default();
    let key = (Channel::Wechat, "W1".to_owned());
    books.insert(new(Channel::Wechat, "W1"), at("2026-01-15T00:00:00Z"));
    let pay = |books: &mut Books, now| books.pay(&key, Timing::InTime, at(now)).map(|_| ());
    assert_eq!(pay(&mut books, "2026-01-15T02:00:00Z"), Err(PayRefusal::CodeExpired));
    assert_eq!(pay(&mut books, "2026-01-15T01:59:59Z"), Ok(()));
}

#[test]
fn an_unpaid_wechat_order_closes_after_a_week() {
    let mut books = Books::default();
    let key = (Channel::Wechat, "W1".to_owned());
    books.insert(new(Channel::Wechat, "W1"), at("2026-01-15T00:00:00Z"));
    let mut status = |now| books.order(&key, at(now)).unwrap().status;
    assert_eq!(status("2026-01-21T23:59:59Z"), Status::Waiting);
    assert_eq!(status("2026-01-22T00:00:00Z"), Status::Closed);
}

fn barcode(channel: Channel, number: &str) -> NewOrder {
    NewOrder { product: Product::Barcode, ..new(channel, number) }
}

#[test]
fn a_payment_code_is_good_once_for_a_minute() {
    let mut books = Books::default();
    let begin = at("2026-01-15T00:00:00Z");
    for (channel, digits) in [(Channel::Alipay, "28"), (Channel::Wechat, "13")] {
        let payer = books.payers.first(channel);
        let kind = CodeKind::Payment { confirm: false };
        let code = Code { channel, kind, payer, app_id: None };
        let text = books.codes.issue(code.clone(), begin);
        assert!(text.starts_with(digits) && text.len() == 18, "{text}");
        let mut redeem = |text: &str, now| books.codes.redeem(channel, text, at(now));
        assert_eq!(redeem("280000000000000000", "2026-01-15T00:00:30Z"), Err(CodeRefusal::Unknown));
        assert_eq!(redeem(&text, "2026-01-15T00:01:00Z"), Err(CodeRefusal::Expired));
        assert_eq!(redeem(&text, "2026-01-15T00:00:59Z"), Ok(code));
        assert_eq!(redeem(&text, "2026-01-15T00:00:59Z"), Err(CodeRefusal::Used));
    }
}

#[test]
fn a_charge_is_paid_at_once_or_waits_for_the_payer() {
    let mut books = Books::default();
    let now = at("2026-01-15T00:00:00Z");
    let Charged::Paid(_) = books.charge(barcode(Channel::Alipay, "A1"), false, now) else {
        panic!("paid at once");
    };
    let Charged::Confirming(order) = books.charge(barcode(Channel::Alipay, "A2"), true, now) else {
        panic!("waits");
    };
    let waiting = |books: &mut Books| {
        books.confirming(&order.payer, now).iter().map(|o| o.out_trade_no.clone()).collect()
    };
    let numbers: Vec<String> = waiting(&mut books);
    assert_eq!(numbers, ["A2"]);
    books.pay(&order.key(), Timing::InTime, now).map(|_| ()).unwrap();
    let numbers: Vec<String> = waiting(&mut books);
    assert_eq!(numbers, Vec::<String>::new());
}

#[test]
fn a_balance_pays_what_it_covers_and_a_refund_fills_it() {
    let mut books = Books::default();
    let now = at("2026-01-15T00:00:00Z");
    let payer = books.payers.put(Channel::Alipay, None, Some(Fen(150))).unwrap().id.clone();
    let order =
        |number| NewOrder { payer: Some(payer.clone()), ..barcode(Channel::Alipay, number) };
    let balance = |books: &Books| books.payers.get(Channel::Alipay, &payer).unwrap().balance;
    assert!(matches!(books.charge(order("A1"), false, now), Charged::Paid(_)));
    assert_eq!(balance(&books), Some(Fen(50)));
    let refused = books.charge(order("A2"), false, now);
    assert!(matches!(refused, Charged::Refused(PayRefusal::Balance)));
    let key = (Channel::Alipay, "A1".to_owned());
    assert!(matches!(books.reverse(&key, now), Some(Reversal::Refunded(_))));
    assert_eq!(balance(&books), Some(Fen(150)));
    assert!(matches!(books.reverse(&key, now), Some(Reversal::Nothing)), "once");
    assert_eq!(balance(&books), Some(Fen(150)));
    let waiting = (Channel::Alipay, "A2".to_owned());
    assert!(matches!(books.reverse(&waiting, now), Some(Reversal::Closed)));
    assert!(books.reverse(&(Channel::Alipay, "A3".to_owned()), now).is_none());
}

#[test]
fn an_open_id_belongs_to_one_payer_and_one_application() {
    let mut books = Books::default();
    for channel in Channel::ALL {
        let payer = books.payers.first(channel);
        let open_id = books.payers.open_id(channel, "app1", &payer);
        assert_ne!(books.payers.open_id(channel, "app2", &payer), open_id);
        assert_eq!(books.payers.by_open_id(channel, "app1", &open_id), Some(payer));
        assert_eq!(books.payers.by_open_id(channel, "app2", &open_id), None);
    }
}
