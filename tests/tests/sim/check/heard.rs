//! What endpoints hear: recorded first, the same bytes every time (INV-8, INV-11).

use bytes::Bytes;
use paymux_core::EventId;
use paymux_store::memory::MemoryStore;

use crate::sim::endpoint::Heard;
use crate::sim::scene::State;

pub(crate) fn hears(state: &mut State, store: &MemoryStore, id: &str, body: &Bytes) {
    let event = id.split(' ').next().and_then(|it| it.parse::<EventId>().ok());
    let row = event.and_then(|id| store.look(|it| it.events.get(&id).cloned()));
    let recorded = row.is_some_and(|it| it.row.payload == *body);
    state.ensure(recorded, "INV-8", || format!("{id} is told, and not recorded"));
    let heard = state.heard.entry(id.into()).or_insert_with(|| {
        let body = body.clone();
        Heard { body, times: 0, acked: 0 }
    });
    heard.times += 1;
    let same = heard.body == *body;
    state.ensure(same, "INV-11", || format!("{id} was told in other words before"));
}
