//! Transfers as people at the gateway see them, and who may allow them.

use paymux_core::ledger::Posting;
use paymux_core::route::Day;
use paymux_core::transfer::{Kind, Payee, PayeeKind, State, Transfer};
use paymux_core::{Currency, Money, TransferId};
use paymux_store::{Change, Key, Once, Store as _, TransferWrite};

use crate::admin::tests::Console;
use crate::settings::Settings;

const TITLE: &str = "<script>alert(1)</script>";

/// One that waits for somebody.
async fn held(console: &Console) -> Transfer {
    let gateway = &console.desk.gateway;
    let (merchant, now) = ("shop".parse().unwrap(), gateway.now());
    let identity = "6222020000001234567".to_owned();
    let name = Some("李四".to_owned());
    let next = Transfer {
        id: TransferId::new(now, &merchant, 7),
        merchant,
        account: "a".parse().unwrap(),
        transfer_no: "t-1".parse().unwrap(),
        amount: Money::new(600_000, Currency::Cny).unwrap(),
        kind: Kind::Transfer,
        payee: Payee { kind: PayeeKind::BankCard, identity, name, bank: None },
        title: TITLE.into(),
        scene: None,
        state: State::Held,
        channel_transfer_no: None,
        created_at: now,
        spent_on: Day(20_000),
        sends: 0,
        first_sent_at: None,
        sent_at: None,
        known: false,
        approved_by: None,
        settles: None,
        cancelling: false,
        events: 0,
        version: 1,
        fingerprint: [0; 32],
    };
    let key = Key::Transfer(next.merchant.clone(), next.transfer_no.clone());
    let voucher = "opening".parse().unwrap();
    let wealth = Posting::adjust(&voucher, &next.merchant, true, next.amount, now);
    let change = Change {
        transfer: Some(TransferWrite { expected: 0, next: next.clone(), spending: vec![] }),
        once: vec![Once { key, holder: next.id.to_string() }],
        journal: wealth.into_iter().chain(next.posting(None, now)).collect(),
        ..Change::default()
    };
    gateway.store.commit(change).await.unwrap();
    next
}

async fn page(console: &Console, user: &str, path: &str) -> String {
    let open = console.session(user).await;
    let page = console.page(Some(&open), path).await;
    assert_eq!(page.status.as_u16(), 200, "{path}");
    String::from_utf8(page.body.to_vec()).unwrap()
}

#[tokio::test]
async fn what_is_held_is_shown_and_allowed_by_whom_it_may_be() {
    let console = Console::with(crate::settings::Admin {
        users: crate::admin::tests::users(),
        ..Settings::defaults().admin
    });
    let id = held(&console).await.id.to_string();
    let one = format!("/console/transfers/{id}");
    for path in ["/console/transfers", "/console/transfers?merchant=shop", &one] {
        let text = page(&console, "viewer", path).await;
        assert!(text.contains("6000.00 CNY") && text.contains("***************4567"), "{text}");
        assert!(!text.contains("6222020000001234567") && !text.contains("李四"), "{path}");
        assert!(!text.contains(TITLE) && text.contains("alert(1)"), "{path}: it is text");
    }
    for number in [id.as_str(), "t-1&merchant=shop"] {
        let found = page(&console, "viewer", &format!("/console/transfers?number={number}")).await;
        assert!(found.contains(&one), "{number}");
    }
    let approve = format!("{one}/approve");
    assert!(!page(&console, "operator", &one).await.contains(&approve));
    assert!(page(&console, "admin", &one).await.contains(&approve));
    let operator = console.session("operator").await;
    assert_eq!(console.form(Some(&operator), &approve, "").await.status.as_u16(), 403);
    let admin = console.session("admin").await;
    let done = console.form(Some(&admin), &format!("{one}/decline"), "").await;
    assert_eq!(done.status.as_u16(), 200);
    let story = page(&console, "viewer", &one).await;
    assert!(story.contains("transfer.declined") && story.contains("by: admin"), "{story}");
    // It is over: nobody is offered to allow it, and nobody can.
    assert!(!page(&console, "admin", &one).await.contains(&approve));
    assert_eq!(console.form(Some(&admin), &approve, "").await.status.as_u16(), 409);
}
