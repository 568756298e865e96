use jiff::Timestamp;

use super::*;
use crate::money::Fen;

fn new(channel: Channel, number: &str) -> NewOrder {
    NewOrder {
        channel,
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
