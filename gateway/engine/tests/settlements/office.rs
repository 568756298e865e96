//! A shop whose money is settled, the bank that pays it, and the clock on the wall.

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use arc_swap::ArcSwap;
use paymux_core::ledger::{Book, Cause, Posting};
use paymux_core::route::Day;
use paymux_core::settlement::{Calendar, Period, Settlement};
use paymux_core::transfer::{Payee, PayeeKind};
use paymux_core::{AttemptId, Currency, MerchantId, Money, PaymentId, RefundId, Timestamp};
use paymux_engine::bell::Bell;
use paymux_engine::clock::World;
use paymux_engine::courier::CourierError;
use paymux_engine::flow::app_token::AppTokens;
use paymux_engine::flow::sync::Questions;
use paymux_engine::lane::Lanes;
use paymux_engine::metrics::Metrics;
use paymux_engine::signing::Signing;
use paymux_engine::snapshot::{Merchant, Payout, SettlementTerms, Snapshot};
use paymux_engine::taken::TakenBook;
use paymux_engine::watchers::Watchers;
use paymux_engine::{Gateway, Inner};
use paymux_store::guard::LocalGuard;
use paymux_store::memory::MemoryStore;
use paymux_store::{Change, Settlements as _, Store as _};
use tower::service_fn;
use tower::util::BoxCloneSyncService;

use super::bank::Bank;
use super::ground::{Clock, account, merchant};

pub(crate) const LEASE: Duration = Duration::from_secs(30);
/// Thursday 2026-01-01 at nine in China; Friday is a holiday.
pub(crate) const NEW_YEAR: i64 = 1_767_229_200;
pub(crate) const HOLIDAY: Day = Day(20_455);
pub(crate) const TITLE: &str = "Settlement";
pub(crate) const ABOVE: i64 = 5_000;

pub(crate) struct Office {
    pub(crate) gateway: Gateway<MemoryStore>,
    pub(crate) store: MemoryStore,
    pub(crate) clock: Arc<Clock>,
    pub(crate) bank: Bank,
    booked: u16,
}

pub(crate) fn terms(automatic: bool, pays: bool) -> SettlementTerms {
    let payee = Payee { kind: PayeeKind::OpenId, identity: "o-1".into(), name: None, bank: None };
    let account = "bank".parse().unwrap();
    let payout = Payout { account, payee, title: TITLE.into(), scene: None };
    SettlementTerms {
        currency: Currency::Cny,
        calendar: Calendar { holidays: BTreeSet::from([HOLIDAY]), workdays: BTreeSet::new() },
        period: Period { days: 1, cutoff_minutes: 0, offset_minutes: 480 },
        on_request: false,
        min: 10,
        automatic,
        approve_above: Some(ABOVE),
        payout: pays.then_some(payout),
    }
}

impl Office {
    pub(crate) fn new(seed: u64, terms: SettlementTerms) -> Self {
        let (bank, clock) = (Bank::new(seed), Arc::new(Clock::default()));
        clock.pass(Duration::from_secs(NEW_YEAR.unsigned_abs()));
        let store = MemoryStore::default();
        let account = account(&bank, &clock);
        let merchant = Merchant { settlement: Some(Arc::new(terms)), ..merchant() };
        let snapshot = Snapshot {
            accounts: BTreeMap::from([(account.id.clone(), Arc::new(account))]),
            merchants: BTreeMap::from([(merchant.id.clone(), Arc::new(merchant))]),
            ..Snapshot::default()
        };
        let gateway = Gateway::new(Inner {
            store: store.clone(),
            guard: Arc::new(LocalGuard::default()),
            world: Arc::clone(&clock) as Arc<dyn World>,
            snapshot: ArcSwap::from_pointee(snapshot),
            courier: BoxCloneSyncService::new(service_fn(|_| async { Err(CourierError::Connect) })),
            lanes: Lanes::default(),
            metrics: Arc::new(Metrics::new()),
            traces: paymux_engine::traces::untraced(),
            signing: Signing::on(64),
            taken: TakenBook::default(),
            tokens: AppTokens::default(),
            questions: Questions::default(),
            archive: paymux_engine::archive::Archive::default(),
            watchers: Watchers::default(),
            bell: Bell::default(),
        });
        Self { gateway, store, clock, bank, booked: 0 }
    }

    /// A payment whose money came, or its refund.
    pub(crate) fn book(&mut self, amount: i64) {
        self.booked += 1;
        let payment = PaymentId::new(self.clock.now(), &shop(), self.booked.into());
        let (owed, held) = (Book::Owed(shop()), Book::Channel("bank".parse().unwrap()));
        let (cause, books) = if amount > 0 {
            (Cause::Payment(AttemptId { payment, number: 1 }, None), (held, owed))
        } else {
            (Cause::Refund(RefundId { payment, number: 1 }), (owed, held))
        };
        let posting = Posting::new(cause, &shop(), books, money(amount.abs()), self.clock.now());
        let journal = posting.into_iter().collect();
        ready(self.store.commit(Change { journal, ..Change::default() })).unwrap();
    }

    /// Whatever is due is worked off, until nothing is.
    pub(crate) fn work(&self) {
        for _ in 0..200 {
            let due = ready(self.store.lease(self.clock.now(), LEASE, 8)).unwrap();
            if due.is_empty() {
                return;
            }
            for lease in due {
                polled(self.gateway.work(&lease));
            }
        }
        panic!("work without an end");
    }

    pub(crate) fn hours(&self, hours: u64) {
        self.clock.pass(Duration::from_secs(hours * 3600));
        self.bank.lock().pass(self.clock.now());
    }

    /// Newest first.
    pub(crate) fn settlements(&self) -> Vec<Settlement> {
        ready(self.store.settlements(Some(&shop()), None, 1000)).unwrap()
    }

    pub(crate) fn held(&self, book: &Book) -> i64 {
        let found = ready(self.store.balances(std::slice::from_ref(book))).unwrap();
        found.first().map_or(0, |it| it.amount)
    }

    /// Every book holds what its postings say, and settled and unsettled are what is owed.
    pub(crate) fn check(&self) -> Result<(), String> {
        let imbalances = ready(self.store.imbalances(9)).unwrap();
        if !imbalances.is_empty() {
            return Err(format!("{imbalances:?}"));
        }
        let unsound = ready(self.gateway.check_settlements(&shop())).unwrap();
        if unsound.is_empty() { Ok(()) } else { Err(format!("{unsound:?}")) }
    }
}

pub(crate) fn money(fen: i64) -> Money {
    Money::new(fen, Currency::Cny).unwrap()
}

pub(crate) fn shop() -> MerchantId {
    "shop".parse().unwrap()
}

pub(crate) fn at(hours: i64) -> Timestamp {
    Timestamp::from_secs(NEW_YEAR + hours * 3600)
}

/// The memory's store never waits.
pub(crate) fn ready<T>(future: impl Future<Output = T>) -> T {
    let mut context = Context::from_waker(Waker::noop());
    match pin!(future).poll(&mut context) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("it waits"),
    }
}

/// The bank lets others have their turn.
pub(crate) fn polled<T>(future: impl Future<Output = T>) -> T {
    let mut context = Context::from_waker(Waker::noop());
    let mut future = pin!(future);
    for _ in 0..1000 {
        if let Poll::Ready(value) = future.as_mut().poll(&mut context) {
            return value;
        }
    }
    panic!("it never ends");
}
