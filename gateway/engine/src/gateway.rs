//! What every flow holds: the store, the snapshot, the ways out, time and chance.

use std::sync::Arc;

use arc_swap::ArcSwap;
use paymux_core::Timestamp;
use paymux_store::Store;
use paymux_store::guard::Guard;

use crate::archive::Archive;
use crate::bell::Bell;
use crate::clock::World;
use crate::courier::Courier;
use crate::flow::app_token::AppTokens;
use crate::flow::sync::Questions;
use crate::lane::Lanes;
use crate::metrics::Metrics;
use crate::signing::Signing;
use crate::snapshot::Snapshot;
use crate::taken::TakenBook;
use crate::traces::Traces;
use crate::watchers::Watchers;

pub struct Gateway<S>(Arc<Inner<S>>);

pub struct Inner<S> {
    pub store: S,
    pub guard: Arc<dyn Guard>,
    pub world: Arc<dyn World>,
    pub snapshot: ArcSwap<Snapshot>,
    pub courier: Courier,
    pub lanes: Lanes,
    pub metrics: Arc<Metrics>,
    pub traces: Arc<dyn Traces>,
    pub signing: Signing,
    pub taken: TakenBook,
    pub tokens: AppTokens,
    pub questions: Questions,
    pub archive: Archive,
    pub watchers: Watchers,
    /// Rung after a commit that left work behind.
    pub bell: Bell,
}

impl<S: Store> Gateway<S> {
    pub fn new(inner: Inner<S>) -> Self {
        Self(Arc::new(inner))
    }

    pub fn now(&self) -> Timestamp {
        self.world.now()
    }
}

impl<S> Clone for Gateway<S> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<S> std::ops::Deref for Gateway<S> {
    type Target = Inner<S>;

    fn deref(&self) -> &Inner<S> {
        &self.0
    }
}
