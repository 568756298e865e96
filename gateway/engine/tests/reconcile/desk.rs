//! A gateway with an archive, and a day of the books.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::pin;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use arc_swap::ArcSwap;
use paymux_channel::china;
use paymux_core::bill::{Bill, BillKind, BillRecord, BillState};
use paymux_core::ledger::{Book, Cause, Posting};
use paymux_core::payment::{
    Event, Method, Order, Payer, Payment, Policy, Receipt, Transition, Way,
};
use paymux_core::reconcile::DifferenceRecord;
use paymux_core::route::Day;
use paymux_core::{AttemptId, Currency, Money, PaymentId, RefundId, Timestamp};
use paymux_engine::archive::Archive;
use paymux_engine::bell::Bell;
use paymux_engine::clock::World;
use paymux_engine::courier::CourierError;
use paymux_engine::flow::app_token::AppTokens;
use paymux_engine::flow::sync::Questions;
use paymux_engine::lane::Lanes;
use paymux_engine::metrics::Metrics;
use paymux_engine::signing::Signing;
use paymux_engine::snapshot::Snapshot;
use paymux_engine::taken::TakenBook;
use paymux_engine::watchers::Watchers;
use paymux_engine::{Gateway, Inner};
use paymux_store::guard::LocalGuard;
use paymux_store::memory::MemoryStore;
use paymux_store::{BillWrite, Change, Store as _, Task, TaskKind};
use serde_json::Value;
use tempfile::TempDir;
use tower::service_fn;
use tower::util::BoxCloneSyncService;

use super::bank::Bank;
use super::ground;

pub(crate) const DAY: Day = Day(20_468);
const LEASE: Duration = Duration::from_secs(30);

type Hook = Box<dyn FnOnce() + Send>;

/// Goes on by so much whenever it is looked at.
pub(crate) struct Clock {
    now: AtomicI64,
    step: i64,
    drawn: AtomicU64,
    hook: Mutex<Option<(u32, Hook)>>,
}

impl Clock {
    /// What happens behind so many looks.
    pub(crate) fn then(&self, looks: u32, what: impl FnOnce() + Send + 'static) {
        *self.hook.lock().unwrap() = Some((looks, Box::new(what)));
    }

    fn look(&self) {
        let mut hook = self.hook.lock().unwrap();
        match hook.take() {
            Some((0, what)) => what(),
            Some((left, what)) => *hook = Some((left - 1, what)),
            None => {}
        }
    }
}

impl World for Clock {
    fn now(&self) -> Timestamp {
        self.look();
        Timestamp(self.now.fetch_add(self.step, Ordering::Relaxed))
    }

    fn entropy(&self) -> u128 {
        u128::from(self.drawn.fetch_add(1, Ordering::Relaxed))
    }
}

pub(crate) struct Desk {
    pub(crate) gateway: Gateway<MemoryStore>,
    pub(crate) store: MemoryStore,
    pub(crate) clock: Arc<Clock>,
    folder: TempDir,
}

fn noon(day: Day) -> Timestamp {
    china::midnight(day).after(Duration::from_secs(12 * 3600))
}

fn bill_of(day: Day) -> Bill {
    Bill { kind: BillKind::Trade, day }
}

impl Desk {
    pub(crate) fn new(step: i64) -> Self {
        let now = AtomicI64::new(noon(Day(DAY.0 + 9)).0);
        let (drawn, hook) = (AtomicU64::new(0), Mutex::new(None));
        let clock = Arc::new(Clock { now, step, drawn, hook });
        let (store, folder) = (MemoryStore::default(), tempfile::tempdir().unwrap());
        let account = ground::account(&Bank::new(1), &Arc::default());
        let merchant = ground::merchant();
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
            signing: Signing::on(1),
            taken: TakenBook::default(),
            tokens: AppTokens::default(),
            questions: Questions::default(),
            archive: Archive::in_folder(folder.path().to_owned()),
            watchers: Watchers::default(),
            bell: Bell::default(),
        });
        Self { gateway, store, clock, folder }
    }

    pub(crate) fn payment(&self, number: u64) -> Payment {
        let merchant = ground::merchant().id;
        let id = PaymentId::new(noon(DAY), &merchant, number.into());
        Payment::new(
            id,
            Order {
                merchant,
                order_no: format!("A-{number}").parse().unwrap(),
                amount: money(100),
                subject: "tea".into(),
                parts: vec![],
                metadata: BTreeMap::new(),
                return_url: None,
                created_at: noon(DAY),
                expires_at: noon(DAY).after(Duration::from_mins(30)),
                cashier: None,
                door: None,
                splittable: false,
                policy: Policy::default(),
                fingerprint: [0; 32],
            },
        )
    }

    pub(crate) fn number(&self, number: u64) -> String {
        AttemptId { payment: self.payment(number).id, number: 1 }.out_trade_no(None)
    }

    /// Money that came.
    pub(crate) fn paid(&self, number: u64, amount: i64) -> Change {
        let attempt = AttemptId { payment: self.payment(number).id, number: 1 };
        booked(Cause::Payment(attempt, None), amount, DAY)
    }

    /// Money that went back on a day.
    pub(crate) fn refunded(&self, payment: &Payment, day: Day) -> Change {
        booked(Cause::Refund(RefundId { payment: payment.id, number: 1 }), 40, day)
    }

    /// Paid, and its refund is on its way.
    pub(crate) fn refunding(&self, number: u64) -> Payment {
        let payment = self.payment(number);
        let attempt = payment.next_attempt_id();
        let way = Box::new(Way { method: Method::Qr, channel: None, payer: Payer::default() });
        let account = "bank".parse().unwrap();
        let (channel_trade_no, paid_at) = ("4711".into(), noon(DAY));
        let receipt = Receipt { amount: money(100), channel_trade_no, paid_at };
        let wish = Event::RefundRequested {
            refund_no: "m-1".parse().unwrap(),
            amount: money(40),
            reason: None,
            part: None,
            door: None,
            apart: Duration::ZERO,
        };
        let sent = Event::Dispatched { attempt, account, way, till: None, terms: vec![] };
        let events = [sent, Event::Paid { attempt, receipt }, wish];
        let refunding = events.iter().fold(payment, |it, event| match it.apply(event, noon(DAY)) {
            Ok(Transition::Applied { next, .. }) => *next,
            other => panic!("{event:?}: {other:?}"),
        });
        Payment { version: 1, ..refunding }
    }

    pub(crate) fn commit(&self, change: Change) {
        ready(self.store.commit(change)).unwrap();
    }

    /// It was told, and is to be compared.
    pub(crate) fn bill(&self, day: Day, text: &str) {
        let (account, bill) = ("bank".parse().unwrap(), bill_of(day));
        let folder = self.folder.path().join("bank");
        std::fs::create_dir_all(&folder).unwrap();
        let name = format!("{}-trade.bill", china::date(day).unwrap());
        std::fs::write(folder.join(name), text).unwrap();
        let known = ready(self.store.bill(&account, bill)).unwrap();
        let expected = known.map_or(0, |it| it.version);
        let state = BillState::Comparing { after: None, made: true };
        let (changed_at, version) = (noon(day), expected + 1);
        let kind = TaskKind::Bill(account.clone(), bill);
        let next = BillRecord { account, bill, state, lines: 0, changed_at, version };
        let write = Some(BillWrite { expected, next });
        let tasks = vec![Task { kind, due: noon(day) }];
        self.commit(Change { bill: write, tasks, ..Change::default() });
    }

    pub(crate) fn state(&self, day: Day) -> BillState {
        ready(self.store.bill(&"bank".parse().unwrap(), bill_of(day))).unwrap().unwrap().state
    }

    /// One turn of whatever is due; whether there was any.
    pub(crate) async fn work_once(&self) -> bool {
        let due = ready(self.store.lease(self.gateway.now(), LEASE, 1)).unwrap();
        for lease in &due {
            self.gateway.work(lease).await;
        }
        !due.is_empty()
    }

    pub(crate) async fn work(&self) {
        for _ in 0..100 {
            if !self.work_once().await {
                return;
            }
        }
        panic!("work without an end");
    }

    /// What the merchant was told of a day: how many differ, and how many wait.
    pub(crate) fn told(&self, day: Day) -> Vec<(u64, u64)> {
        let day = china::date(day).unwrap();
        let events = self.store.tables().events.into_values();
        let told = events.filter_map(|it| serde_json::from_slice::<Value>(&it.row.payload).ok());
        let told = told.map(|it| it["data"]["reconciliation"].clone());
        let counts = |it: Value| Some((it["differences"].as_u64()?, it["waiting"].as_u64()?));
        told.filter(|it| it["day"] == *day).filter_map(counts).collect()
    }

    pub(crate) fn rows(&self) -> Vec<DifferenceRecord> {
        self.store.tables().differences.into_values().collect()
    }
}

fn booked(cause: Cause, amount: i64, day: Day) -> Change {
    let shop = ground::merchant().id;
    let (owed, held) = (Book::Owed(shop.clone()), Book::Channel("bank".parse().unwrap()));
    let books = if matches!(cause, Cause::Refund(_)) { (owed, held) } else { (held, owed) };
    let posting = Posting::new(cause, &shop, books, money(amount), noon(day));
    Change { journal: posting.into_iter().collect(), ..Change::default() }
}

fn money(fen: i64) -> Money {
    Money::new(fen, Currency::Cny).unwrap()
}

/// The memory's store never waits.
pub(crate) fn ready<T>(future: impl Future<Output = T>) -> T {
    let mut context = Context::from_waker(Waker::noop());
    match pin!(future).poll(&mut context) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("it waits"),
    }
}
