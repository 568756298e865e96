//! One history: what happens next is drawn, and looked at.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use arc_swap::ArcSwap;
use bytes::Bytes;
use paymux_channel::Request;
use paymux_core::ledger::{Book, Posting};
use paymux_core::transfer::{Answer, Kind, Payee, PayeeKind, State, Transfer};
use paymux_core::{Currency, MerchantId, Money};
use paymux_engine::bell::Bell;
use paymux_engine::clock::World;
use paymux_engine::courier::CourierError;
use paymux_engine::flow::app_token::AppTokens;
use paymux_engine::flow::sync::Questions;
use paymux_engine::flow::transfer::NewTransfer;
use paymux_engine::lane::Lanes;
use paymux_engine::metrics::Metrics;
use paymux_engine::signing::Signing;
use paymux_engine::snapshot::Snapshot;
use paymux_engine::taken::TakenBook;
use paymux_engine::watchers::Watchers;
use paymux_engine::{Gateway, Inner};
use paymux_store::guard::LocalGuard;
use paymux_store::memory::MemoryStore;
use paymux_store::{Change, Store as _};
use tower::service_fn;
use tower::util::BoxCloneSyncService;

use super::bank::Bank;
use super::ground::{Clock, HELD_AMOUNT, account, merchant};

const STEPS: usize = 160;
const TRANSFERS: u64 = 6;
pub(crate) const AMOUNT: i64 = 30;
/// More than all of them together.
const WEALTH: i64 = 100_000;
const LEASE: Duration = Duration::from_secs(30);
/// Until everything is over: days pass quickly here.
const MOST_ROUNDS: usize = 3000;

/// What a history came to.
pub(crate) struct Told {
    pub(crate) paid: u64,
}

type Work = Pin<Box<dyn Future<Output = ()>>>;

pub(crate) struct Run {
    gateway: Gateway<MemoryStore>,
    store: MemoryStore,
    clock: Arc<Clock>,
    bank: Bank,
    under_way: Vec<Work>,
    made: u64,
}

impl Run {
    fn new(seed: u64) -> Self {
        let (bank, clock) = (Bank::new(seed), Arc::new(Clock::default()));
        clock.pass(Duration::from_secs(1_735_689_600));
        let store = MemoryStore::default();
        let snapshot = snapshot(&bank, &clock);
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
        let (voucher, whole) = ("opening".parse().unwrap(), money(WEALTH));
        let opening = Posting::adjust(&voucher, &shop(), true, whole, clock.now());
        let journal = opening.into_iter().collect();
        ready(store.commit(Change { journal, ..Change::default() })).unwrap();
        Self { gateway, store, clock, bank, under_way: vec![], made: 0 }
    }

    /// The first history of a calm channel that takes a transfer, and works on it.
    pub(crate) fn of_one_that_is_processed() -> Self {
        let processed = |it: &Self| it.only().state == State::Processing;
        (0..).map(Self::of_one).find(processed).unwrap()
    }

    fn of_one(seed: u64) -> Self {
        let mut run = Self::new(seed);
        run.bank.lock().calm = true;
        run.ask(1);
        while !run.under_way.is_empty() {
            run.go_on();
        }
        run
    }

    pub(crate) fn only(&self) -> Transfer {
        self.transfers().remove(0)
    }

    pub(crate) fn forget(&self) {
        self.bank.lock().forget();
    }

    pub(crate) fn walk_after(&self, age: Duration) {
        self.clock.pass(age);
        let walk = self.gateway.walk_transfer(self.only().id, None);
        let mut walk = std::pin::pin!(walk);
        let mut context = Context::from_waker(Waker::noop());
        while walk.as_mut().poll(&mut context).is_pending() {}
    }

    /// What was to be paid comes to nothing at the channel.
    pub(crate) fn fail(&self) {
        self.bank.lock().fail();
    }

    /// The rules move to another time zone.
    pub(crate) fn move_to(&self, hours: i8) {
        let mut snapshot = snapshot(&self.bank, &self.clock);
        snapshot.routing.live.zone = jiff::tz::offset(hours).to_time_zone();
        self.gateway.snapshot.store(Arc::new(snapshot));
    }

    /// What all days together have spent.
    pub(crate) fn spent(&self) -> Vec<i64> {
        self.store.tables().spent.into_values().collect()
    }

    pub(crate) fn raised(&self, reason: &str) -> u64 {
        self.gateway.metrics.attention.with_label_values(&[reason]).get()
    }

    pub(crate) fn events(&self) -> Vec<String> {
        let events = ready(self.store.events(&shop(), 0, 100)).unwrap();
        events.into_iter().map(|it| it.row.kind).collect()
    }

    fn draw(&self, end: u64) -> u64 {
        self.bank.lock().chance.below(end)
    }

    fn step(&mut self) {
        match self.draw(12) {
            0 | 1 => self.create(),
            2 => self.repeat(),
            3 => {
                let seconds = self.draw(240);
                self.clock.pass(Duration::from_secs(seconds));
                self.bank.lock().pass(self.clock.now());
            }
            4 | 5 => self.lease(),
            6 => self.notify(),
            7 => self.judge_or_cancel(),
            // Somebody dies between two steps.
            8 if self.draw(3) == 0 && !self.under_way.is_empty() => {
                let place = self.place();
                drop(self.under_way.swap_remove(place));
            }
            _ => self.go_on(),
        }
    }

    fn place(&self) -> usize {
        let count = u64::try_from(self.under_way.len()).unwrap_or(1);
        usize::try_from(self.draw(count.max(1))).unwrap_or(0)
    }

    fn go_on(&mut self) {
        if self.under_way.is_empty() {
            return;
        }
        let place = self.place();
        let mut context = Context::from_waker(Waker::noop());
        if self.under_way[place].as_mut().poll(&mut context).is_ready() {
            drop(self.under_way.swap_remove(place));
        }
    }

    fn create(&mut self) {
        if self.made < TRANSFERS {
            self.made += 1;
            self.ask(self.made);
        }
    }

    /// The merchant heard nothing, and asks again: with the same key, or with another.
    fn repeat(&mut self) {
        if self.made > 0 {
            let number = self.draw(self.made) + 1;
            self.ask(number);
        }
    }

    fn ask(&mut self, number: u64) {
        let (gateway, same_key) = (self.gateway.clone(), self.draw(2) == 0);
        let key = if same_key { 0 } else { self.draw(1000) };
        self.under_way.push(Box::pin(async move {
            let merchant = gateway.snapshot.load().merchant(&shop()).cloned().unwrap();
            let new = wanted(number);
            drop(gateway.create_transfer(&merchant, new, format!("k-{number}-{key}")).await);
        }));
    }

    fn lease(&mut self) {
        let now = self.clock.now();
        for lease in ready(self.store.lease(now, LEASE, 4)).unwrap() {
            let gateway = self.gateway.clone();
            self.under_way.push(Box::pin(async move {
                gateway.work(&lease).await;
            }));
        }
    }

    fn notify(&mut self) {
        let Some((number, told)) = self.bank.lock().news() else { return };
        let gateway = self.gateway.clone();
        self.under_way.push(Box::pin(async move {
            let account = gateway.snapshot.load().accounts.values().next().cloned().unwrap();
            let request = Request::new(Bytes::from(format!("{number} {told}")));
            gateway.notify(&account, &request).await;
        }));
    }

    fn judge_or_cancel(&mut self) {
        let all = self.transfers();
        let count = u64::try_from(all.len()).unwrap_or(0);
        if count == 0 {
            return;
        }
        let place = usize::try_from(self.draw(count)).unwrap_or(0);
        let (id, held) = (all[place].id, all[place].state == State::Held);
        let (gateway, yes, cancel) = (self.gateway.clone(), self.draw(4) > 0, self.draw(6) == 0);
        self.under_way.push(Box::pin(async move {
            if held {
                let answer = if yes { Answer::Yes } else { Answer::No };
                drop(gateway.judge_transfer(id, "lin", answer, None).await);
            } else if cancel {
                let merchant = gateway.snapshot.load().merchant(&shop()).cloned().unwrap();
                drop(gateway.cancel_transfer(&merchant, id).await);
            }
        }));
    }

    /// What is promised is reserved, what was paid has left, and the rest is the merchant's.
    fn check_books(&self) -> Result<(), String> {
        let all = self.transfers();
        let sum = |of: fn(&State) -> bool| -> i64 {
            all.iter().filter(|it| of(&it.state)).map(|it| it.amount.minor()).sum()
        };
        let promised = sum(State::is_promised);
        let paid = sum(|it| matches!(it, State::Succeeded { .. }));
        let books = [Book::Owed(shop()), Book::Reserved(shop())];
        let found = ready(self.store.balances(&books)).unwrap();
        let held = |book: &Book| found.iter().find(|it| it.book == *book).map_or(0, |it| it.amount);
        let (owed, reserved) = (held(&books[0]), held(&books[1]));
        if (owed, reserved) == (WEALTH - promised - paid, promised) {
            return Ok(());
        }
        Err(format!("{owed} owed, {reserved} reserved; {promised} promised, {paid} paid"))
    }

    fn transfers(&self) -> Vec<Transfer> {
        ready(self.store.transfers(&shop(), None, 100)).unwrap()
    }

    /// At any time: no more than once, nothing before it was allowed, no success but a real one.
    pub(crate) fn check(&self) -> Result<(), String> {
        let bank = self.bank.lock();
        for transfer in self.transfers() {
            let paid = bank.paid(&transfer.title);
            let told = format!("{:?}, and {paid} times paid", transfer.state);
            if paid > 1 {
                return Err(format!("paid twice: {told}"));
            }
            let succeeded = matches!(transfer.state, State::Succeeded { .. });
            if succeeded && paid == 0 || transfer.state == State::Held && paid > 0 {
                return Err(format!("{} is {told}", transfer.title));
            }
            let failed = matches!(transfer.state, State::Failed(_));
            if failed && paid > 0 {
                return Err(format!("the money is free again: {told}"));
            }
        }
        drop(bank);
        self.check_books()
    }

    /// Faults end, days pass, and everything comes to its end.
    fn settle(&mut self) -> Result<Told, String> {
        self.bank.lock().calm = true;
        for _ in 0..MOST_ROUNDS {
            while !self.under_way.is_empty() {
                self.go_on();
            }
            self.bank.lock().pass(self.clock.now());
            self.check()?;
            let open = self.transfers().iter().any(|it| it.state.is_open());
            if !open && !self.bank.lock().held_back() {
                break;
            }
            self.clock.pass(Duration::from_secs(600));
            self.lease();
        }
        self.check()?;
        let (transfers, bank) = (self.transfers(), self.bank.lock());
        let open = transfers.iter().find(|it| it.state.is_open());
        let told = |it: &Transfer| format!("{} never ended: {:?}", it.title, it.state);
        open.map_or(Ok(()), |it| Err(told(it)))?;
        let lost = transfers
            .iter()
            .find(|it| bank.paid(&it.title) == 1 && !matches!(it.state, State::Succeeded { .. }));
        lost.map_or(Ok(()), |it| Err(format!("{} was paid: {:?}", it.title, it.state)))?;
        let paid = transfers.iter().map(|it| bank.paid(&it.title)).sum::<usize>();
        Ok(Told { paid: u64::try_from(paid).unwrap_or(0) })
    }
}

fn snapshot(bank: &Bank, clock: &Arc<Clock>) -> Snapshot {
    let (account, merchant) = (account(bank, clock), merchant());
    Snapshot {
        accounts: BTreeMap::from([(account.id.clone(), Arc::new(account))]),
        merchants: BTreeMap::from([(merchant.id.clone(), Arc::new(merchant))]),
        ..Snapshot::default()
    }
}

fn money(fen: i64) -> Money {
    Money::new(fen, Currency::Cny).unwrap()
}

fn shop() -> MerchantId {
    "shop".parse().unwrap()
}

fn wanted(number: u64) -> NewTransfer {
    let amount = if number.is_multiple_of(3) { HELD_AMOUNT } else { AMOUNT };
    NewTransfer {
        account: "bank".parse().unwrap(),
        transfer_no: format!("t-{number}").parse().unwrap(),
        amount: money(amount),
        kind: Kind::Transfer,
        payee: Payee { kind: PayeeKind::OpenId, identity: "o-1".into(), name: None, bank: None },
        title: format!("t-{number}"),
        scene: None,
    }
}

/// The memory's store never waits.
fn ready<T>(future: impl Future<Output = T>) -> T {
    let mut context = Context::from_waker(Waker::noop());
    match std::pin::pin!(future).poll(&mut context) {
        Poll::Ready(it) => it,
        Poll::Pending => panic!("the memory's store waits"),
    }
}

pub(crate) fn history(seed: u64) -> Result<Told, String> {
    let mut run = Run::new(seed);
    for _ in 0..STEPS {
        run.step();
        run.check()?;
    }
    run.settle()
}
