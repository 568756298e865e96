//! Everything a store says about a set of names: two stores, or two moments, are compared by it.

use std::collections::BTreeSet;

use paymux_core::delivery::Delivery;
use paymux_core::endpoint::EndpointState;
use paymux_core::ledger::{Book, Cause, Posting};
use paymux_core::payment::Payment;
use paymux_core::route::{Day, Taken};
use paymux_core::{
    AccountId, Currency, DeliveryId, EndpointId, EventId, MerchantId, PaymentId, Timestamp,
};

use crate::{
    Audited, Backlog, Balance, Change, Disposition, Entry, IdempotencyKey, Idempotent, Key,
    Managed, MerchantEvent, Pages, Store, Sum, Unfinished,
};

/// Moments at which the queue is looked at.
const MOMENTS: [i64; 5] = [i64::MIN, 0, 4_500, 5_500, i64::MAX];

#[derive(Clone, Debug, Default)]
pub(super) struct Names {
    pub(super) merchants: BTreeSet<MerchantId>,
    pub(super) payments: BTreeSet<PaymentId>,
    pub(super) keys: BTreeSet<Key>,
    pub(super) requests: BTreeSet<IdempotencyKey>,
    pub(super) notifications: BTreeSet<(AccountId, String)>,
    pub(super) events: BTreeSet<EventId>,
    pub(super) deliveries: BTreeSet<DeliveryId>,
    pub(super) days: BTreeSet<(AccountId, Day, Currency)>,
    pub(super) endpoints: BTreeSet<(MerchantId, EndpointId)>,
    pub(super) causes: BTreeSet<Cause>,
    pub(super) books: BTreeSet<Book>,
    pub(super) bills: BTreeSet<(AccountId, Day)>,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) struct View {
    payments: Vec<Option<Payment>>,
    listed: Vec<Vec<Payment>>,
    holders: Vec<Option<String>>,
    requests: Vec<Option<Idempotent>>,
    dispositions: Vec<Option<Disposition>>,
    events: Vec<Option<MerchantEvent>>,
    /// Without cursors: a driver may leave gaps between them.
    streams: Vec<Vec<MerchantEvent>>,
    deliveries: Vec<Option<Delivery>>,
    endpoints: Vec<Option<EndpointState>>,
    held: Vec<Vec<Delivery>>,
    outboxes: Vec<Vec<Delivery>>,
    failing: Vec<Vec<Delivery>>,
    audit: Vec<Audited>,
    timelines: Vec<Vec<Entry>>,
    postings: Vec<Option<Posting>>,
    /// Without cursors, like streams.
    journals: Vec<Vec<Posting>>,
    balances: Vec<Balance>,
    bills: Vec<Vec<Posting>>,
    stretches: Vec<Vec<Sum>>,
    taken: Vec<Taken>,
    managed: (u64, Vec<Managed>),
    unfinished: Vec<Unfinished>,
    next_due: Option<Timestamp>,
    backlogs: Vec<Backlog>,
}

impl Names {
    pub(super) fn of(change: &Change) -> Self {
        let mut names = Self::default();
        names.add(change);
        names
    }

    pub(super) fn add(&mut self, change: &Change) {
        if let Some(write) = &change.payment {
            self.payments.insert(write.next.id);
            self.merchants.insert(write.next.order.merchant.clone());
        }
        self.keys.extend(change.once.iter().map(|it| it.key.clone()));
        self.requests.extend(change.begin.iter().map(|it| it.key.clone()));
        self.requests.extend(change.answer.iter().map(|it| it.key.clone()));
        let notifications =
            change.notification.iter().map(|it| (it.account.clone(), it.id.clone()));
        self.notifications.extend(notifications);
        self.events.extend(change.events.iter().map(|it| it.id));
        self.merchants.extend(change.events.iter().map(|it| it.merchant.clone()));
        self.deliveries.extend(change.deliveries.iter().map(|it| it.id.clone()));
        self.payments.extend(change.deliveries.iter().map(|it| it.id.event.payment));
        let written = change.endpoint.iter().map(|it| &it.next);
        let written = written.map(|it| (it.merchant.clone(), it.endpoint.clone()));
        let told = change.deliveries.iter().map(|it| (it.merchant.clone(), it.id.endpoint.clone()));
        self.endpoints.extend(written.chain(told));
        self.payments.extend(change.entries.iter().map(|it| it.payment));
        let days = change.takings.iter().map(|it| (it.account.clone(), it.day, it.currency));
        self.days.extend(days);
        for posting in &change.journal {
            self.merchants.insert(posting.merchant().clone());
            self.causes.insert(posting.cause().clone());
            self.books.extend(posting.legs().map(|it| it.0.clone()));
            self.bills.extend(posting.account().map(|it| (it.clone(), posting.day())));
        }
    }
}

/// `each!(names, |name| store.read(name))`: all answers, in the order of the names.
macro_rules! each {
    ($names:expr, |$name:ident| $read:expr) => {{
        let mut answers = vec![];
        for $name in $names {
            answers.push($read.await.expect("a read"));
        }
        answers
    }};
}

pub(super) async fn view(store: &impl Store, names: &Names) -> View {
    let streams = each!(&names.merchants, |it| store.events(it, 0, usize::MAX));
    for stream in &streams {
        assert!(stream.is_sorted_by(|a, b| a.cursor < b.cursor), "cursors rise: {stream:?}");
    }
    let journals = each!(&names.merchants, |it| store.journal(it, 0, usize::MAX));
    for journal in &journals {
        assert!(journal.is_sorted_by(|a, b| a.cursor < b.cursor), "cursors rise: {journal:?}");
    }
    assert_eq!(store.imbalances(9).await.expect("a read"), [], "books hold what they say");
    let books: Vec<_> = names.books.iter().cloned().collect();
    let (cny, noon) = (Currency::Cny, Timestamp(5_000));
    let stretches = each!(&names.merchants, |it| store.stretch(it, cny, 0, noon));
    let posted = |it: Vec<crate::Stored<Posting>>| it.into_iter().map(|it| it.row).collect();
    let rows = |it: Vec<crate::Stored<MerchantEvent>>| it.into_iter().map(|it| it.row).collect();
    View {
        payments: each!(&names.payments, |it| store.payment(*it)),
        listed: each!(&names.merchants, |it| store.payments(it, None, usize::MAX)),
        holders: each!(&names.keys, |it| store.holder(it)),
        requests: each!(&names.requests, |it| store.idempotent(it)),
        dispositions: each!(&names.notifications, |it| store.disposition(&it.0, &it.1)),
        events: each!(&names.events, |it| store.event(*it)),
        streams: streams.into_iter().map(rows).collect(),
        deliveries: each!(&names.deliveries, |it| store.delivery(it)),
        endpoints: each!(&names.endpoints, |it| store.endpoint(&it.0, &it.1)),
        held: each!(&names.endpoints, |it| store.held(&it.0, &it.1, usize::MAX)),
        failing: each!(&names.endpoints, |it| store.failing(&it.0, &it.1, None, usize::MAX)),
        audit: store.audit(Pages::After(0), usize::MAX).await.expect("a read"),
        outboxes: each!(&names.payments, |it| store.deliveries(*it)),
        timelines: each!(&names.payments, |it| store.timeline(*it)),
        postings: each!(&names.causes, |it| store.posting(it)),
        journals: journals.into_iter().map(posted).collect(),
        balances: store.balances(&books).await.expect("a read"),
        bills: each!(&names.bills, |it| store.moved(&it.0, it.1, None, usize::MAX)),
        stretches: stretches.into_iter().map(|it| it.sums).collect(),
        taken: each!(&names.days, |it| store.taken(&it.0, it.1, it.2)),
        managed: (
            store.managed_generation().await.expect("a read"),
            store.managed().await.expect("a read"),
        ),
        unfinished: each!(&names.merchants, |it| store.unfinished(it)),
        next_due: store.next_due().await.expect("a read"),
        backlogs: each!(MOMENTS, |it| store.backlog(Timestamp(it))),
    }
}
