//! One history: what happens next is drawn, and looked at.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Waker};

use paymux_core::ledger::Exit;
use paymux_core::settlement::{Settlement, State};
use paymux_engine::flow::settle::{Adjustment, PaidOutside};
use paymux_store::Store as _;

use super::office::{LEASE, Office, TITLE, money, ready, shop, terms};

const STEPS: usize = 250;

type Work = Pin<Box<dyn Future<Output = ()>>>;

struct Run {
    office: Office,
    under_way: Vec<Work>,
    adjusted: u64,
}

/// How many settlements the bank has paid.
pub(crate) fn history(seed: u64) -> Result<usize, String> {
    let terms = terms(!seed.is_multiple_of(3), !seed.is_multiple_of(4));
    let mut run = Run { office: Office::new(seed, terms), under_way: vec![], adjusted: 0 };
    for _ in 0..STEPS {
        run.step();
        run.check()?;
    }
    run.end()
}

impl Run {
    fn draw(&self, end: u64) -> u64 {
        self.office.bank.lock().chance.below(end)
    }

    fn amount(&self) -> i64 {
        i64::try_from(self.draw(600)).unwrap_or(0) + 1
    }

    fn step(&mut self) {
        match self.draw(14) {
            0 | 1 => {
                let amount = self.amount();
                self.office.book(amount);
            }
            2 => {
                let amount = self.amount();
                self.office.book(-amount / 3 - 1);
            }
            3 => self.office.hours(self.draw(30)),
            4 => ready(self.office.gateway.want_settlements(&shop())).unwrap(),
            5 | 6 => self.lease(),
            7 | 8 => self.somebody_acts(),
            // Somebody dies between two steps.
            9 if self.draw(3) == 0 && !self.under_way.is_empty() => {
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

    fn lease(&mut self) {
        let now = self.office.gateway.now();
        for lease in ready(self.office.store.lease(now, LEASE, 4)).unwrap() {
            let gateway = self.office.gateway.clone();
            self.under_way.push(Box::pin(async move {
                gateway.work(&lease).await;
            }));
        }
    }

    /// Whatever they try: the machine says what can be.
    fn somebody_acts(&mut self) {
        let (what, who) = (self.draw(7), if self.draw(2) == 0 { "li" } else { "wang" });
        let gateway = self.office.gateway.clone();
        let all = self.office.settlements();
        let one = all.get(usize::try_from(self.draw(4)).unwrap_or(0)).map(|it| it.number.clone());
        if what == 0 {
            self.adjusted += 1;
            let number = format!("a-{}", self.adjusted).parse().unwrap();
            let (favour, amount) = (self.draw(2) == 0, money(self.amount()));
            let it = Adjustment { number, merchant: shop(), favour, amount, at: None };
            ready(gateway.adjust(&it, None)).unwrap();
            return;
        }
        let Some(number) = one else { return };
        self.under_way.push(Box::pin(async move {
            match what {
                1 => drop(gateway.draft_settlement_of(&shop(), None, None).await),
                2 => drop(gateway.discard_settlement(&number, None).await),
                3 => drop(gateway.cancel_settlement(&number, None).await),
                4 => drop(gateway.pay_settlement(&number, who, None).await),
                5 => {
                    let paid = PaidOutside { reference: "b".into(), at: None };
                    drop(gateway.paid_outside(&number, paid, who, None).await);
                }
                _ => drop(gateway.confirm_settlement(&number, who, None).await),
            }
        }));
    }

    fn by_transfer(&self) -> usize {
        let by_transfer = |it: &&Settlement| {
            matches!(it.state, State::Paid { exit: Exit::Channel(_), .. } | State::Returned { .. })
        };
        self.office.settlements().iter().filter(by_transfer).count()
    }

    /// What is said to be paid is, and no more is paid than was wanted.
    fn check(&self) -> Result<(), String> {
        let paid = self.office.bank.lock().paid(TITLE);
        let said = self.by_transfer();
        if said > paid {
            return Err(format!("{said} are said to be paid, and {paid} are"));
        }
        let all = self.office.settlements();
        let open = all.iter().filter(|it| matches!(it.state, State::Paying)).count();
        if paid > said + open {
            return Err(format!("{paid} are paid, and {said} are said to be, {open} on their way"));
        }
        self.office.check()
    }

    /// Faults end, days pass, and every transfer comes to its end.
    fn end(&mut self) -> Result<usize, String> {
        self.office.bank.lock().calm = true;
        for _ in 0..400 {
            while !self.under_way.is_empty() {
                self.go_on();
            }
            self.lease();
            self.office.hours(1);
            self.check()?;
        }
        let all = self.office.settlements();
        let open = all.iter().find(|it| it.state == State::Paying);
        open.map_or(Ok(()), |it| Err(format!("{} is still being paid", it.number)))?;
        let (paid, said) = (self.office.bank.lock().paid(TITLE), self.by_transfer());
        if paid == said { Ok(paid) } else { Err(format!("{paid} are paid, {said} said to be")) }
    }
}
