//! Where a history plays: a clock that jumps, a shop, and its account at the unreliable channel.

use std::future::poll_fn;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::task::Poll;
use std::time::Duration;

use arc_swap::ArcSwap;
use bytes::Bytes;
use paymux_channel::{Channel, Request, Response};
use paymux_core::Timestamp;
use paymux_core::payment::Policy;
use paymux_core::route::Candidate;
use paymux_engine::access::Access;
use paymux_engine::clock::World;
use paymux_engine::outbound::{CallError, Outbound, Unmeasured};
use paymux_engine::snapshot::{Account, Merchant, TransferTerms};
use paymux_engine::wanted::KeysWanted;
use tower::service_fn;
use tower::util::BoxCloneSyncService;

use super::bank::{Bank, Words};

/// From this on a person must allow it.
pub(crate) const HELD_AMOUNT: i64 = 5000;

#[derive(Default)]
pub(crate) struct Clock {
    pub(crate) now: AtomicI64,
    drawn: AtomicU64,
}

impl World for Clock {
    fn now(&self) -> Timestamp {
        Timestamp(self.now.load(Ordering::Relaxed))
    }

    fn entropy(&self) -> u128 {
        u128::from(self.drawn.fetch_add(1, Ordering::Relaxed))
    }
}

impl Clock {
    pub(crate) fn pass(&self, time: Duration) {
        let millis = i64::try_from(time.as_millis()).unwrap_or(0);
        self.now.fetch_add(millis, Ordering::Relaxed);
    }
}

/// Others get their turn here, or whoever waits dies.
async fn pause() {
    let mut waited = false;
    poll_fn(|_| if std::mem::replace(&mut waited, true) { Poll::Ready(()) } else { Poll::Pending })
        .await;
}

fn outbound(bank: &Bank, clock: &Arc<Clock>) -> Outbound {
    let (bank, clock) = (bank.clone(), Arc::clone(clock));
    BoxCloneSyncService::new(service_fn(move |request: Request| {
        let (bank, clock) = (bank.clone(), Arc::clone(&clock));
        async move {
            pause().await;
            let text = String::from_utf8_lossy(request.body()).into_owned();
            let answer = exchange(&bank, &clock, text);
            pause().await;
            answer
        }
    }))
}

fn exchange(bank: &Bank, clock: &Clock, text: String) -> Result<Response, CallError> {
    let mut state = bank.lock();
    let fault = if state.calm { 0 } else { state.chance.below(10) };
    match fault {
        6 => Err(CallError::Connect),
        7 => Err(CallError::Deadline),
        // Whoever waited has gone when it arrives.
        8 => {
            let delay = Duration::from_secs(state.chance.below(1800));
            state.later(text, clock.now().after(delay));
            Err(CallError::Deadline)
        }
        9 => {
            state.answer(&text);
            Err(CallError::Broken)
        }
        5 => Ok(Response::new(Bytes::from_static(b"unknown"))),
        _ => Ok(Response::new(Bytes::from(state.answer(&text)))),
    }
}

pub(crate) fn account(bank: &Bank, clock: &Arc<Clock>) -> Account {
    let channel: Arc<dyn Channel> = Arc::new(Words::new());
    Account {
        id: "bank".parse().unwrap(),
        kind: "bank".into(),
        channel: ArcSwap::from_pointee(channel),
        learned: ArcSwap::default(),
        outbound: outbound(bank, clock),
        gauge: Arc::new(Unmeasured),
        notify_url: String::new(),
        return_url: String::new(),
        keys_wanted: KeysWanted::default(),
    }
}

pub(crate) fn merchant() -> Merchant {
    Merchant {
        id: "shop".parse().unwrap(),
        name: None,
        candidates: vec![Candidate {
            account: "bank".parse().unwrap(),
            channel: "bank".into(),
            methods: vec![],
            code_prefixes: vec![],
        }],
        access: Access::default(),
        endpoints: vec![],
        policy: Policy::default(),
        fees: vec![],
        plates: vec![],
        raw_calls: false,
        app_tokens: false,
        doors: vec![],
        splits: false,
        transfers: Some(TransferTerms {
            approve_above: Some(HELD_AMOUNT - 1),
            ..TransferTerms::default()
        }),
        settlement: None,
    }
}
