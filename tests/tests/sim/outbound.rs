//! The way to the channels: requests that are lost, late, repeated, and answers no better.

use http::HeaderValue;
use paymux_channel::{Request, Response};
use paymux_core::AttemptId;
use paymux_engine::outbound::{CallError, Outbound, response};
use paymux_store::memory::MemoryStore;
use tower::service_fn;
use tower::util::BoxCloneSyncService;

use super::actor::{Wait, pause, sleep, yield_once};
use super::check;
use super::scene::{Act, Ms, Sim, State};
use super::wire::{self, Ask, SIGNATURE, Tell};

/// How long the gateway waits for an answer.
const DEADLINE: Ms = 10_000;
/// A request that is still under way after this is gone: well below what the gateway takes for
/// settled.
const LATEST: Ms = 30_000;

/// A request under way.
#[derive(Clone, Debug)]
pub(crate) struct Parcel {
    ask: Ask,
    /// Who waits for the answer, if anybody does.
    ticket: Option<u64>,
    repeat: bool,
}

impl Parcel {
    /// Whether it will take money for this attempt where it arrives.
    pub(crate) fn charges(&self, attempt: AttemptId, now: Ms) -> bool {
        match &self.ask {
            Ask::Pay { order, charge, expires, .. } => {
                charge.is_some() && !self.repeat && now < *expires && *order == attempt.to_string()
            }
            Ask::Query { .. }
            | Ask::Close { .. }
            | Ask::Reverse { .. }
            | Ask::Refund { .. }
            | Ask::QueryRefund { .. } => false,
        }
    }
}

/// An answer under way.
#[derive(Debug)]
pub(crate) struct Reply {
    at: Ms,
    result: Result<Response, CallError>,
}

pub(crate) fn outbound(sim: &Sim, store: &MemoryStore, bank: usize) -> Outbound {
    let (sim, store) = (sim.clone(), store.clone());
    BoxCloneSyncService::new(service_fn(move |request: Request| {
        let (sim, store) = (sim.clone(), store.clone());
        async move { call(&sim, &store, bank, &request).await }
    }))
}

async fn call(
    sim: &Sim,
    store: &MemoryStore,
    bank: usize,
    request: &Request,
) -> Result<Response, CallError> {
    let ask: Ask = wire::read(request.body()).expect("the plugin's own words");
    let begun = sim.lock().now;
    pause(sim).await;
    let sent = {
        let mut state = sim.lock();
        // Whatever the caller did meanwhile: nothing leaves after its deadline.
        if state.now >= begun + DEADLINE {
            return Err(CallError::Deadline);
        }
        check::send::intent_first(&mut state, store, bank, &ask);
        state.post(bank, ask)
    };
    match sent {
        Ok(ticket) => wait_for(sim, ticket).await,
        Err(error) => {
            let patience = {
                let mut state = sim.lock();
                let muddled = state.knobs.muddled;
                state.random.patience(muddled)
            };
            sleep(sim, patience).await;
            Err(error)
        }
    }
}

async fn wait_for(sim: &Sim, ticket: u64) -> Result<Response, CallError> {
    let until = sim.lock().now + DEADLINE;
    loop {
        {
            let mut state = sim.lock();
            let now = state.now;
            if state.mail.get(&ticket).is_some_and(|it| it.at <= now) {
                return state.mail.remove(&ticket).expect("just seen").result;
            }
            if now >= until {
                state.mail.remove(&ticket);
                return Err(CallError::Deadline);
            }
        }
        yield_once(sim, Wait::Mail { ticket, until }).await;
    }
}

impl State {
    /// Whether an actor waiting for this ticket has something to do.
    pub(crate) fn has_mail(&self, ticket: u64) -> bool {
        self.mail.get(&ticket).is_some_and(|it| it.at <= self.now)
    }

    /// When the next answer arrives.
    pub(crate) fn next_mail(&self) -> Option<Ms> {
        self.mail.values().map(|it| it.at).min()
    }

    /// Puts a request on its way, or refuses to.
    fn post(&mut self, bank: usize, ask: Ask) -> Result<u64, CallError> {
        if self.fault(|it| it.never_sent) {
            self.count("never sent");
            let refusals = [CallError::Connect, CallError::Quota, CallError::Shut, CallError::Shed];
            let error = self.random.pick(&refusals);
            self.note(|| format!("to bank {bank}, never sent: {ask:?} {error}"));
            return Err(error);
        }
        check::send::is_sent(self, bank, &ask);
        let ticket = self.serial();
        self.note(|| format!("to bank {bank} as {ticket}: {ask:?}"));
        let parcel = Parcel { ask, ticket: Some(ticket), repeat: false };
        if self.fault(|it| it.request_lost) {
            self.count("requests lost");
        } else if self.fault(|it| it.request_late) {
            self.count("requests late");
            self.within(DEADLINE, LATEST, Act::Arrive { bank, parcel: parcel.clone() });
        } else {
            self.within(5, 1_500, Act::Arrive { bank, parcel: parcel.clone() });
        }
        if self.fault(|it| it.request_repeated) {
            self.count("requests repeated");
            let parcel = Parcel { ticket: None, repeat: true, ..parcel };
            self.within(5, LATEST, Act::Arrive { bank, parcel });
        }
        Ok(ticket)
    }

    pub(crate) fn arrive(&mut self, bank: usize, parcel: &Parcel) {
        let tell = self.serve(bank, &parcel.ask, parcel.repeat);
        self.note(|| format!("bank {bank} on {:?}: {tell:?}", parcel.ticket));
        let Some(ticket) = parcel.ticket else { return };
        if self.fault(|it| it.answer_lost) {
            self.count("answers lost");
            if self.random.permille(500) {
                let at = self.now + 10;
                self.mail.insert(ticket, Reply { at, result: Err(CallError::Broken) });
            }
            return;
        }
        let at = self.now + self.random.within(5..=1_500);
        let result = Ok(self.answer(bank, &parcel.ask, &tell));
        self.mail.insert(ticket, Reply { at, result });
    }

    fn answer(&mut self, bank: usize, ask: &Ask, tell: &Tell) -> Response {
        let key = self.banks[bank].key;
        if !self.fault(|it| it.answer_broken) {
            return signed(key, tell);
        }
        self.count("answers broken");
        match self.random.below(5) {
            0 => response(503, "<html>try later</html>"),
            1 => response(200, "<html>sign in</html>"),
            2 => signed(key, &Tell::Unknown { code: "SYSTEM_ERROR".into() }),
            // What a liar in the middle would say.
            3 => signed("a guess", &lie(ask)),
            _ => response(200, ""),
        }
    }
}

fn lie(ask: &Ask) -> Tell {
    match ask {
        Ask::Pay { .. } | Ask::Close { .. } => Tell::Refused { code: "LIE".into() },
        Ask::Query { .. } | Ask::Reverse { .. } => Tell::Closed,
        Ask::Refund { .. } | Ask::QueryRefund { .. } => Tell::RefundRefused { code: "LIE".into() },
    }
}

fn signed(key: &str, tell: &Tell) -> Response {
    let body = wire::write(tell);
    let signature = HeaderValue::from_str(&wire::sign(key, &body)).expect("hexadecimal");
    let mut response = response(200, body);
    response.headers_mut().insert(SIGNATURE, signature);
    response
}
