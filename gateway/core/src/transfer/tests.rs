//! A transfer's own table, and when it is sent and asked about.

mod silence;

use super::silence::SETTLED;
use super::*;
use crate::money::Currency;
use crate::payment::Contradiction;

const T0: Timestamp = Timestamp(1_735_689_600_000);
const AT: Timestamp = Timestamp(T0.0 + 60_000);

fn fen(minor: i64) -> Money {
    Money::new(minor, Currency::Cny).unwrap()
}

fn refusal(code: &str) -> Refusal {
    Refusal { code: code.into(), message: code.into() }
}

fn transfer(state: State, sends: u16) -> Transfer {
    let merchant: MerchantId = "shop".parse().unwrap();
    Transfer {
        id: TransferId::new(T0, &merchant, 7),
        merchant,
        account: "a".parse().unwrap(),
        transfer_no: "t-1".parse().unwrap(),
        amount: fen(30),
        kind: Kind::Transfer,
        payee: payee(PayeeKind::OpenId),
        title: "wages".into(),
        scene: None,
        settles: None,
        state,
        channel_transfer_no: None,
        created_at: T0,
        spent_on: Day(20_000),
        sends,
        first_sent_at: (sends > 0).then_some(T0),
        sent_at: (sends > 0).then_some(T0),
        known: false,
        approved_by: None,
        cancelling: false,
        events: 0,
        version: 1,
        fingerprint: [0; 32],
    }
}

fn payee(kind: PayeeKind) -> Payee {
    Payee { kind, identity: "6222020000001234567".into(), name: None, bank: None }
}

fn states() -> [State; 9] {
    [
        State::Held,
        State::InDoubt,
        State::Processing,
        State::Waiting { package: None },
        State::Refused(refusal("CARD")),
        State::Abnormal(refusal("CARD")),
        State::Succeeded { at: T0 },
        State::Failed(refusal("NO")),
        State::Returned(refusal("BACK")),
    ]
}

fn succeeded(amount: Money) -> Event {
    Event::Told(Fact::Succeeded { amount, channel_transfer_no: Some("no".into()), at: AT })
}

fn waiting(package: &str) -> Event {
    let package = (!package.is_empty()).then(|| package.to_owned());
    Event::Told(Fact::Waiting { channel_transfer_no: None, package })
}

fn events() -> [Event; 15] {
    let judged = |answer| Event::Judged { by: "lin".into(), answer };
    [
        judged(Answer::Yes),
        judged(Answer::No),
        Event::Sent,
        Event::Unsent,
        Event::CancelRequested,
        Event::Told(Fact::Accepted { channel_transfer_no: Some("no".into()) }),
        waiting(""),
        waiting("p"),
        succeeded(fen(30)),
        succeeded(fen(29)),
        Event::Told(Fact::Refused(refusal("AGAIN"))),
        Event::Told(Fact::Closed(refusal("AGAIN"))),
        Event::Told(Fact::Returned(refusal("AGAIN"))),
        Event::Unfound { asked: AT },
        Event::Unheard,
    ]
}

fn letter(state: &State) -> &'static str {
    match state {
        State::Held => "h",
        State::InDoubt => "?",
        State::Processing => "p",
        State::Refused(_) => "r",
        State::Waiting { .. } => "w",
        State::Succeeded { .. } => "$",
        State::Failed(_) => "x",
        State::Returned(_) => "<",
        State::Abnormal(_) => "!",
    }
}

fn cell(transfer: &Transfer, event: &Event) -> String {
    match transfer.apply(event, AT) {
        Ok(Transition::Redundant) => "=".into(),
        Ok(Transition::Rejected(_)) => "no".into(),
        Ok(Transition::Applied { next, effects }) => {
            assert_eq!(next.version, transfer.version + 1);
            let told = effects.iter().filter(|it| matches!(it, Effect::Tell { .. })).count();
            assert_eq!(usize::from(next.events - transfer.events), told);
            let sends = i32::from(next.sends) - i32::from(transfer.sends);
            let sends = ["-", "", "+"][usize::try_from(sends + 1).unwrap()];
            let walked = effects.iter().any(|it| matches!(it, Effect::Walk { .. }));
            let cancel = if next.cancelling { "c" } else { "" };
            let tell = if told > 0 { "*" } else { "" };
            let walked = if walked { "~" } else { "" };
            format!("{}{sends}{cancel}{walked}{tell}", letter(&next.state))
        }
        Err(Contradiction::AmountDiffers { .. }) => "amount".into(),
        Err(_) => "ODD".into(),
    }
}

/// `h` held, `?` in doubt, `p` processing, `r` refused, `w` waits for its payee, `!` abnormal, `$`
/// succeeded, `x` failed, `<` returned, `=` known already; `+` and `-` a send, `c` to be cancelled,
/// `~` walked, `*` told.
#[test]
fn every_state_meets_every_event() {
    #[rustfmt::skip]
    let table = [
        // yes no sent unsent cancel accepted waiting package succeeded another refused closed back
        // unfound unheard
        (0, [
            "h ?~ x* = = x* ODD ODD ODD ODD ODD ODD ODD ODD = =",
            "? no no ?+~ = x* p w* w* $* amount r x* x* = =",
        ]),
        (1, [
            "? no no ?+ ?- ?c~ p w* w* $* amount r x* x* = =",
            "p no no = p- pc~ = w* w* $* amount = x* x* = =",
        ]),
        (2, [
            "? no no ?+ ?- ?c~ p w* w* $* amount !* x* x* = =",
            "p no no = p- pc~ = w* w* $* amount = x* x* = =",
        ]),
    ];
    for (sends, rows) in table {
        let from = if sends == 0 { 0 } else { 1 };
        for (state, expected) in states().into_iter().skip(from).zip(rows) {
            check(state, sends, expected);
        }
    }
    for sends in [1, 2] {
        let late = if sends == 1 { "ODD" } else { "=" };
        #[rustfmt::skip]
        let rows = [
            "w no no = w- wc~ = = w* $* amount = x* x* = =".to_owned(),
            "r no no = r- rc~ p w* w* $* amount = x* x* x* =".to_owned(),
            "! no no = !- !c~ p w* w* $* amount = x* x* = =".to_owned(),
            format!("$ no no = $- no = = = = amount {late} ODD <* = ="),
            "x no no = x- no ODD ODD ODD $* amount = = = = =".to_owned(),
            "< no no = <- no = = = = amount = = = = =".to_owned(),
        ];
        for (state, expected) in states().into_iter().skip(3).zip(rows) {
            check(state, sends, &expected);
        }
    }
}

fn check(state: State, sends: u16, expected: &str) {
    let transfer = transfer(state, sends);
    let cells = events().map(|event| cell(&transfer, &event)).join(" ");
    assert_eq!(format!("{} {cells}", letter(&transfer.state)), expected, "{sends} sends");
}

#[test]
fn only_what_is_in_doubt_is_sent_and_again_only_after_a_while() {
    let later = AT;
    for state in states() {
        let doubt = state == State::InDoubt;
        let transfer = transfer(state, 1);
        assert!(!transfer.may_be_sent(Timestamp(later.0 - 1)));
        assert_eq!(transfer.may_be_sent(later), doubt);
        let cancelling = Transfer { cancelling: true, ..transfer };
        assert!(!cancelling.may_be_sent(later), "what is to come back is not sent");
    }
    assert!(transfer(State::InDoubt, 0).may_be_sent(T0));
}

#[test]
fn what_is_open_is_asked_about_for_ever_and_a_card_for_a_week() {
    let hour = T0.after(Duration::from_secs(3600));
    for state in states() {
        let open = state.is_open();
        let transfer = transfer(state, 1);
        assert_eq!(transfer.ask_again_at(hour).is_some(), open, "{:?}", transfer.state);
    }
    let pause = |now| transfer(State::Processing, 1).ask_again_at(now).unwrap().since(now);
    assert_eq!(pause(T0), FIRST_PAUSE);
    assert_eq!(pause(hour), Duration::from_secs(1800));
    assert_eq!(pause(T0.after(MAY_BOUNCE)), LONGEST_PAUSE);
    let succeeded = transfer(State::Succeeded { at: T0 }, 1);
    let card = Transfer { payee: payee(PayeeKind::BankCard), ..succeeded };
    assert_eq!(card.ask_again_at(hour), Some(hour.after(BOUNCE_PAUSE)));
    assert_eq!(card.ask_again_at(T0.after(MAY_BOUNCE)), None);
}

/// Reserved once, then paid or released, and back at most once.
#[test]
fn money_moves_once_for_each_step() {
    let check = |before: Option<State>, after: State, expect: Option<&str>| {
        let posting = transfer(after, 1).posting(before.as_ref(), AT);
        let told = posting.map(|it| format!("{} > {}", it.debit(), it.credit()));
        assert_eq!(told.as_deref(), expect, "{before:?}");
    };
    let (owed, reserved, bank) = ("owed/shop", "reserved/shop", "channel/a");
    let moved = |from: &str, to: &str| Some(format!("{from} > {to}"));
    let no = || State::Failed(refusal("NO"));
    for state in [State::Held, State::InDoubt] {
        check(None, state, moved(owed, reserved).as_deref());
    }
    for state in states().into_iter().filter(State::is_promised) {
        let paid = State::Succeeded { at: T0 };
        check(Some(state.clone()), paid, moved(reserved, bank).as_deref());
        check(Some(state.clone()), no(), moved(reserved, owed).as_deref());
        check(Some(state), State::Processing, None);
    }
    let succeeded = Some(State::Succeeded { at: T0 });
    let back = State::Returned(refusal("BACK"));
    check(succeeded.clone(), back, moved(bank, owed).as_deref());
    check(succeeded, State::Succeeded { at: T0 }, None);
    check(Some(no()), State::Succeeded { at: T0 }, None);
}

#[test]
fn a_payee_is_shown_in_part_and_never_in_debug() {
    let check = |kind, identity: &str, expect: &str| {
        let payee = Payee { identity: identity.into(), ..payee(kind) };
        assert_eq!(payee.shown(), expect);
        assert!(!format!("{payee:?}").contains(identity));
    };
    check(PayeeKind::BankCard, "6222020000001234567", "***************4567");
    check(PayeeKind::BankCard, "1234567", "*******");
    check(PayeeKind::LogonId, "13800138000", "138******00");
    check(PayeeKind::OpenId, "o-1", "o-1");
}

#[test]
fn its_number_is_its_own_and_nobody_elses() {
    let id = transfer(State::Held, 0).id;
    let number = id.out_bill_no();
    assert_eq!((number.len(), TransferId::from_out_bill_no(&number)), (27, Ok(id)));
    assert_eq!(id.to_string().parse(), Ok(id));
    assert_eq!(TransferId::of_root(id.root()), id);
    assert!(number.parse::<crate::AttemptId>().is_err());
    assert!(crate::AttemptId::from_out_trade_no(&number).is_err());
    assert!(crate::RefundNo::from_out_refund_no(&number).is_err());
    for text in ["", "T", "pay_", &number[1..], &number.to_lowercase(), &format!("{number}T")] {
        assert!(TransferId::from_out_bill_no(text).is_err(), "{text}");
    }
}
