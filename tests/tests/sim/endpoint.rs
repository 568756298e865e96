//! The merchants' receivers: they hear, they fail, they hear and still say nothing.

use bytes::Bytes;
use paymux_engine::courier::{Courier, CourierError, Parcel, Receipt};
use paymux_store::memory::MemoryStore;
use tower::service_fn;
use tower::util::BoxCloneSyncService;

use super::actor::{pause, sleep};
use super::check;
use super::scene::{Sim, State};

/// What one endpoint heard of one event.
#[derive(Debug, Default)]
pub(crate) struct Heard {
    pub(crate) body: Bytes,
    pub(crate) times: u32,
    /// How often it said so in a way that was heard.
    pub(crate) acked: u32,
}

pub(crate) fn courier(sim: &Sim, store: &MemoryStore) -> Courier {
    let (sim, store) = (sim.clone(), store.clone());
    BoxCloneSyncService::new(service_fn(move |parcel: Parcel| {
        let (sim, store) = (sim.clone(), store.clone());
        async move { receive(&sim, &store, parcel).await }
    }))
}

async fn receive(sim: &Sim, store: &MemoryStore, parcel: Parcel) -> Result<Receipt, CourierError> {
    pause(sim).await;
    let (result, patience) = {
        let mut state = sim.lock();
        let result = state.hear(store, &parcel);
        (result, state.random.within(1..=2_000))
    };
    sleep(sim, patience).await;
    result
}

impl State {
    fn hear(&mut self, store: &MemoryStore, parcel: &Parcel) -> Result<Receipt, CourierError> {
        let failing = self.fault(|it| it.endpoint_fails);
        let dead = parcel.url.ends_with("/dead");
        if dead || (failing && self.random.permille(500)) {
            let errors = [CourierError::Connect, CourierError::Resolve, CourierError::Tls];
            return Err(self.random.pick(&errors[..if dead { 2 } else { 3 }]));
        }
        let id = parcel.headers.get("webhook-id").and_then(|it| it.to_str().ok());
        let id = format!("{} {}", id.unwrap_or_default(), parcel.url);
        check::heard::hears(self, store, &id, &parcel.body);
        if failing {
            self.count("webhooks heard and not acknowledged");
            return self.fail_after_hearing();
        }
        self.count("webhooks acknowledged");
        self.heard.get_mut(&id).expect("just heard").acked += 1;
        let body = if parcel.url.contains("strict") { "success\n" } else { "thanks" };
        Ok(Receipt::Answered { status: 200, retry_after: None, body: body.into() })
    }

    fn fail_after_hearing(&mut self) -> Result<Receipt, CourierError> {
        let receipt = |status| Receipt::Answered { status, retry_after: None, body: Bytes::new() };
        match self.random.below(4) {
            0 => Err(CourierError::Deadline),
            1 => Err(CourierError::Broken),
            2 => Ok(receipt(500)),
            _ => Ok(receipt(302)),
        }
    }
}
