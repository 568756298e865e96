//! The merchants' side: what they wish, and how they go on asking until they know.

pub(crate) mod plan;

use paymux_core::payment::{Attempt, Payment, Standing, Way};
use paymux_core::{AttemptId, PaymentId, RefundId};
use paymux_engine::Gateway;
use paymux_engine::flow::Replied;
use paymux_engine::flow::create::NewPayment;
use paymux_engine::flow::refund::NewRefund;
use paymux_engine::problem::Problem;
use serde_json::json;

use super::check;
use super::scene::{Act, Ms, Sim, State};
use super::store::SimStore;

/// How long a merchant waits for an answer.
const PATIENCE: Ms = 20_000;

/// Something a merchant wants, asked for until there is a final answer.
#[derive(Clone, Debug)]
pub(crate) struct Wish {
    pub(crate) merchant: usize,
    pub(crate) key: String,
    pub(crate) what: What,
    pub(crate) tries: u32,
    /// The try whose answer is awaited.
    pub(crate) listening: Option<u32>,
    pub(crate) done: bool,
}

#[derive(Clone, Debug)]
pub(crate) enum What {
    Create(NewPayment),
    Refund {
        payment: PaymentId,
        new: NewRefund,
    },
    /// Of a refund that came to nothing, perhaps.
    Retry {
        refund: RefundId,
    },
    Close {
        payment: PaymentId,
    },
    /// A payer's choice on the cashier's page.
    Choose {
        payment: PaymentId,
        way: Way,
    },
    /// Another attempt, by another way.
    Another {
        payment: PaymentId,
        way: Way,
    },
}

pub(crate) const MERCHANTS: [&str; 2] = ["shop", "inn"];

/// One try of one wish, on one node.
pub(crate) async fn ask(sim: Sim, gateway: Gateway<SimStore>, wish: usize, tries: u32) {
    let Wish { merchant, key, what, .. } = sim.lock().wishes[wish].clone();
    let snapshot = gateway.snapshot.load_full();
    let id = MERCHANTS[merchant].parse().expect("a name");
    let merchant = snapshot.merchant(&id).expect("configured");
    let result = match what {
        What::Create(new) => gateway.create(merchant, new, key).await,
        What::Refund { payment, new } => gateway.create_refund(merchant, payment, new, key).await,
        What::Retry { refund } => gateway.retry_refund(merchant, refund, key).await,
        What::Choose { payment, way } => {
            gateway.take_way(merchant, payment, way).await.map(|it| shown(&it))
        }
        What::Another { payment, way } => gateway.open_attempt(merchant, payment, way, key).await,
        What::Close { payment } => {
            let closed = gateway.close(merchant, payment).await;
            closed.map(|_| Replied {
                answer: paymux_store::Answer { status: 200, body: b"{}".to_vec() },
                replayed: false,
            })
        }
    };
    let mut state = sim.lock();
    state.note(|| format!("wish {wish}/{tries} is answered {}", words(&result)));
    check::answer::given(&mut state, &gateway.store.inner, wish, &result);
    if state.fault(|it| it.reply_lost) {
        state.count("replies lost");
        return;
    }
    state.told(wish, tries, &result);
}

/// What the page shows: the code of the order that is open, if one is.
fn shown(payment: &Payment) -> Replied {
    let open = |it: &&Attempt| it.standing == Standing::Pending && !it.superseded;
    let attempt = payment.current().filter(open).filter(|it| it.action.is_some());
    let body = json!({
        "id": payment.id.to_string(),
        "attempt": { "out_trade_no": attempt.map(|it| it.id.to_string()) },
        "action": attempt.map(|_| json!({ "type": "qr_code" })),
    });
    let body = body.to_string().into_bytes();
    Replied { answer: paymux_store::Answer { status: 200, body }, replayed: false }
}

impl State {
    pub(crate) fn wish(&mut self, merchant: usize, key: String, what: What, from: Ms, to: Ms) {
        let wish = Wish { merchant, key, what, tries: 0, listening: None, done: false };
        self.wishes.push(wish);
        self.within(from, to, Act::Ask(self.wishes.len() - 1));
    }

    /// A try begins; whoever carries it out is told its number.
    pub(crate) fn begin_try(&mut self, wish: usize) -> Option<u32> {
        let it = &mut self.wishes[wish];
        if it.done {
            return None;
        }
        it.tries += 1;
        it.listening = Some(it.tries);
        let tries = it.tries;
        self.at(self.now + PATIENCE, Act::GiveUp { wish, tries });
        Some(tries)
    }

    pub(crate) fn give_up(&mut self, wish: usize, tries: u32) {
        if self.wishes[wish].listening == Some(tries) && !self.wishes[wish].done {
            self.wishes[wish].listening = None;
            self.ask_again(wish);
        }
    }

    fn ask_again(&mut self, wish: usize) {
        self.within(1_000, 20_000, Act::Ask(wish));
    }

    /// The merchant hears an answer.
    fn told(&mut self, wish: usize, tries: u32, result: &Result<Replied, Problem>) {
        if self.wishes[wish].listening != Some(tries) || self.wishes[wish].done {
            return;
        }
        self.wishes[wish].listening = None;
        match result {
            Ok(replied) if replied.answer.status != 202 => self.fulfilled(wish, replied),
            Err(problem) if !problem.kind.retryable => {
                self.wishes[wish].done = true;
                self.count(problem.kind.slug);
            }
            Ok(_) | Err(_) => self.ask_again(wish),
        }
    }

    fn fulfilled(&mut self, wish: usize, replied: &Replied) {
        self.wishes[wish].done = true;
        if replied.replayed {
            self.count("answers replayed");
        }
        let merchant = self.wishes[wish].merchant;
        if let What::Choose { .. } = self.wishes[wish].what {
            self.count("choices");
        }
        if let What::Another { .. } = self.wishes[wish].what {
            self.count(if replied.answer.status == 200 {
                "paid already"
            } else {
                "other attempts"
            });
        }
        if let What::Create(new) = self.wishes[wish].what.clone() {
            self.count("payments answered");
            let seen = check::answer::read(&replied.answer.body);
            self.after_creating(merchant, seen.payment, seen.attempt, &new);
        }
    }

    /// The payer's browser, at random moments.
    pub(crate) fn come_back(&mut self, attempt: Option<AttemptId>) {
        if let Some(attempt) = attempt.filter(|_| self.random.permille(200)) {
            self.within(2_000, 60_000, Act::Land { attempt });
        }
    }
}

fn words(result: &Result<Replied, Problem>) -> String {
    match result {
        Ok(replied) => {
            let body = String::from_utf8_lossy(&replied.answer.body);
            format!("{} replayed: {} {body}", replied.answer.status, replied.replayed)
        }
        Err(problem) => format!("{} {}", problem.kind.slug, problem.detail),
    }
}
