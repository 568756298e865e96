//! What the recorder has to know of a kind of thing, to change it by its events.

use std::fmt;
use std::future::Future;

use paymux_core::{EndpointId, MerchantId, PaymentId, Timestamp};
use paymux_store::{Change, Read, Store, Task, TaskKind, Then};

use super::RecordError;
use crate::snapshot::Snapshot;

/// What changes by events alone, and is written with everything that follows from them.
pub trait Machine: Clone + Send + Sync {
    type Id: Named<Of = Self>;
    type Event: Send + Sync;
    type Effect: Send + Sync;
    /// What is remembered of it as it was, to tell what the events mean in money.
    type Before: Send + Sync;
    /// What the store is to hold a commit to.
    type Terms: Default + Send + Sync;

    fn find<S: Store>(store: &S, id: Self::Id) -> impl Future<Output = Read<Option<Self>>> + Send;

    fn id(&self) -> Self::Id;
    /// Whose timeline and events it has: those of a payment, or of an id like one.
    fn root(&self) -> PaymentId;
    fn merchant(&self) -> &MerchantId;
    fn version(&self) -> u64;
    fn check(&self) -> Result<(), &'static str>;

    /// Pure: what becomes of it, and what follows. Nothing where it is known already.
    fn meet(&self, event: &Self::Event, at: Timestamp) -> Met<Self>;
    fn before(&self) -> Self::Before;
    fn follow(&self, effect: &Self::Effect, at: Timestamp, snapshot: &Snapshot) -> Follow;
    /// Its row, and what it moves.
    fn write(&self, over: &Over<'_, Self>, change: &mut Change);
    /// When a task of its looks again.
    fn then(&self, task: &TaskKind, at: Timestamp) -> Then;

    fn name(event: &Self::Event) -> &'static str;
    /// The event in the timeline, as JSON.
    fn detail(event: &Self::Event) -> String;
    fn log(&self, event: &'static str);
    /// Why somebody must look at what it has become, if so.
    fn calls_for_a_person(&self, before: &Self::Before) -> Option<&'static str>;
}

/// An id tells what it names.
pub trait Named: Copy + fmt::Display + Send + Sync {
    type Of: Machine<Id = Self>;
}

pub(super) type Met<M> = Result<Option<(M, Vec<<M as Machine>::Effect>)>, RecordError>;

/// What a write goes over.
pub struct Over<'a, M: Machine> {
    /// Zero where it is new.
    pub expected: u64,
    pub before: &'a M::Before,
    pub terms: &'a M::Terms,
    pub at: Timestamp,
    pub snapshot: &'a Snapshot,
}

/// What an effect becomes in the commit.
pub enum Follow {
    Task(Task),
    /// One event row, and one delivery for each endpoint.
    Tell {
        number: u16,
        kind: &'static str,
        payload: Vec<u8>,
        /// When the money came that it tells of.
        paid_at: Option<Timestamp>,
        /// Who hears of it beside the merchant's own endpoints.
        doors: Vec<EndpointId>,
    },
}
