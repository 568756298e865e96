//! A payment on a page of ours: made without an attempt, and begun when its payer has chosen.

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use paymux_channel::BuildError;
use paymux_core::payment::{Event, Method, Payer, Payment, Standing, Verdict, Way};
use paymux_core::route::Candidate;
use paymux_core::{AccountId, PaymentId, Timestamp};
use paymux_store::Store;

use super::Replied;
use super::create::order_key;
use super::dispatch::{canonical, limits, pay};
use super::idempotency::Keyed;
use crate::gateway::Gateway;
use crate::problem::{self, Problem};
use crate::record::{Along, AnswerBy, RecordError};
use crate::snapshot::{Merchant, Snapshot};

/// What a browser can be led through: all but apps of the merchant's own and codes at a till.
const METHODS: [Method; 4] = [Method::Jsapi, Method::H5, Method::Page, Method::Qr];

/// One way that a payer may choose just now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offered {
    /// By its kind.
    pub channel: String,
    pub method: Method,
    /// Where the payment would go.
    pub account: AccountId,
}

impl<S: Store> Gateway<S> {
    /// Committed with the answer: there is nothing to wait for.
    pub(super) async fn offer(
        &self,
        merchant: &Merchant,
        keyed: &Keyed,
        payment: Payment,
    ) -> Result<Replied, Problem> {
        if let Err(problem) = self.may_offer(merchant, &payment).await {
            // A repeat is answered as before, whatever may be offered today.
            return self.repeated(merchant, keyed, &payment, None).await?.ok_or(problem);
        }
        let render = |it: &Payment| Some(self.answer(it));
        let along = Along {
            once: vec![order_key(&payment)],
            begin: Some(self.begin(keyed, payment.id.to_string())),
            answer: Some(AnswerBy { key: keyed.key.clone(), render: &render }),
            ..Along::default()
        };
        match self.record_new(payment.clone(), &along, &[Event::Offered]).await {
            Ok(recorded) => Ok(Replied::fresh(self.answer(&recorded.next))),
            Err(RecordError::Duplicate(_)) => {
                let repeated = self.repeated(merchant, keyed, &payment, None).await?;
                repeated.ok_or_else(|| Problem::new(problem::INTERNAL, "the first one vanished"))
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Whatever is wrong with the order is wrong here, and not when its payer has come.
    async fn may_offer(&self, merchant: &Merchant, payment: &Payment) -> Result<(), Problem> {
        if self.snapshot.load().cashier.is_none() {
            let detail = "the operator has set no `cashier.link_key`";
            return Err(Problem::new(problem::CASHIER_NOT_CONFIGURED, detail));
        }
        let shown = |it: &Way| allows(payment, it) && offers(merchant, it);
        if !ways(merchant, &Payer::default()).iter().any(shown) {
            let detail = "no account of yours offers jsapi, h5, page or qr at a channel you allow";
            return Err(Problem::new(problem::NO_ROUTE, detail));
        }
        let unfit = self.unfit(merchant, payment).await;
        let Some(last) = unfit.last() else { return Ok(()) };
        Err(limits(Problem::new(problem::CHANNEL_UNFIT, last.to_string()), &unfit))
    }

    /// What the channels would not take, by the order that asks least of its payer.
    async fn unfit(&self, merchant: &Merchant, payment: &Payment) -> Vec<BuildError> {
        let (snapshot, mut unfit) = (self.snapshot.load_full(), vec![]);
        let asks_nothing = |it: &Way| it.method == Method::Qr && allows(payment, it);
        for way in ways(merchant, &Payer::default()).into_iter().filter(asks_nothing) {
            let chosen = self.route(&snapshot, merchant, payment, &way, &[]).chosen;
            let Some(account) = chosen.and_then(|it| snapshot.account(&it).cloned()) else {
                continue;
            };
            let order = pay(payment, payment.next_attempt_id(), &way);
            let prepared = self.prepare(&account, Some(&merchant.id), order).await;
            unfit.extend(prepared.err().filter(|it| matches!(it, BuildError::Limit { .. })));
        }
        unfit
    }

    /// What this payer can choose, in the merchant's order of accounts.
    pub fn offered(&self, merchant: &Merchant, payment: &Payment, payer: &Payer) -> Vec<Offered> {
        let snapshot = self.snapshot.load_full();
        let offered = |way: Way| {
            let account = self.route(&snapshot, merchant, payment, &way, &[]).chosen?;
            let channel = snapshot.account(&account)?.channel();
            // Inside a wallet, the payer must be known first.
            let known = way.method != Method::Jsapi || channel.identify_url("", "").is_some();
            known.then_some(Offered { channel: way.channel?, method: way.method, account })
        };
        let allowed = ways(merchant, payer).into_iter().filter(|it| allows(payment, it));
        allowed.filter_map(offered).collect()
    }

    /// The payer has chosen. Who chose the same before is shown the same order again; any other
    /// one that is open is ended at its channel first. A payment that is over is the answer.
    pub async fn take_way(
        &self,
        merchant: &Merchant,
        id: PaymentId,
        way: Way,
    ) -> Result<Payment, Problem> {
        let payment = self.owned(merchant, id).await?;
        let over = payment.verdict != Verdict::Open || payment.closing.is_some();
        if over || is_open(&payment, &way, &self.snapshot.load(), self.now()) {
            return Ok(payment);
        }
        if !allows(&payment, &way) || !METHODS.contains(&way.method) {
            return Err(Problem::new(problem::NO_ROUTE, "the payment is not offered in this way"));
        }
        self.open_attempt(merchant, id, way.clone(), key(&payment, &way)).await?;
        Ok(self.load(id).await?)
    }
}

/// Two who choose the same at once are one request. No merchant can send such a key.
fn key(payment: &Payment, way: &Way) -> String {
    let way = URL_SAFE_NO_PAD.encode(digest(&SHA256, canonical(way).as_bytes()));
    format!("cashier\n{}\n{way}", payment.next_attempt_id())
}

fn allows(payment: &Payment, way: &Way) -> bool {
    let cashier = payment.order.cashier.as_ref();
    cashier.is_some_and(|it| it.channel.is_none() || it.channel == way.channel)
}

/// Every way through every channel of the merchant's.
fn ways(merchant: &Merchant, payer: &Payer) -> Vec<Way> {
    let mut channels = vec![];
    for candidate in &merchant.candidates {
        if !channels.contains(&candidate.channel.as_str()) {
            channels.push(candidate.channel.as_str());
        }
    }
    let way = |channel: &str, method| Way {
        method,
        channel: Some(channel.to_owned()),
        payer: payer.clone(),
    };
    let of = |channel: &&str| METHODS.map(|method| way(channel, method));
    channels.iter().flat_map(of).collect()
}

/// Whatever its accounts' health: they may be well when the payer comes.
fn offers(merchant: &Merchant, way: &Way) -> bool {
    let takes = |it: &Candidate| {
        Some(it.channel.as_str()) == way.channel.as_deref() && it.methods.contains(&way.method)
    };
    merchant.candidates.iter().any(takes)
}

/// Whether the order that waits for its payer was opened in this very way, for this very person,
/// and still leads somewhere.
fn is_open(payment: &Payment, way: &Way, snapshot: &Snapshot, now: Timestamp) -> bool {
    payment.current().is_some_and(|it| {
        it.standing == Standing::Pending
            && it.action.is_some()
            && !it.superseded
            && it.way.method == way.method
            && it.way.payer.openid == way.payer.openid
            && snapshot.leads_on(it, now)
            && way.channel.as_deref() == Some(snapshot.kind_of(&it.account))
    })
}
