//! A channel's notification: verify, claim, commit, settle, answer. In this order.

use std::time::Duration;

use paymux_channel::{News, Notification, Reply, Request, VerifyError};
use paymux_core::payment::{Event, PartNo, Payment};
use paymux_core::planted::bug;
use paymux_core::transfer;
use paymux_core::{AttemptId, PaymentId, RefundNo, Timestamp, TransferId};
use paymux_store::guard::{Claim, Token};
use paymux_store::{Change, CommitError, Disposition, Duplicate, Evidence, Store, TaskKind};

use tracing::Instrument as _;
use tracing::field::Empty;

use super::parts;
use super::resolve::closed;
use crate::gateway::Gateway;
use crate::record::{Along, RecordError};
use crate::snapshot::Account;
use crate::traces::TARGET;
use crate::wanted::Source;

/// Longer than a commit takes, and over before a channel's later repeats.
const CLAIM: Duration = Duration::from_secs(30);

/// What became of a notification; a closed set of words for metrics and logs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Applied,
    Redundant,
    Duplicate,
    Quarantined,
    Orphan,
    /// Genuine, of something that is no payment: kept, and nobody waits for it.
    Foreign,
    Busy,
    Unrecorded,
}

impl Fate {
    const fn name(self) -> &'static str {
        match self {
            Self::Applied => "applied",
            Self::Redundant => "redundant",
            Self::Duplicate => "duplicate",
            Self::Quarantined => "quarantined",
            Self::Orphan => "orphan",
            Self::Foreign => "foreign",
            Self::Busy => "busy",
            Self::Unrecorded => "unrecorded",
        }
    }

    /// "Received" is said of what is in the database, and of nothing else.
    fn reply(self) -> Reply {
        match self {
            Self::Applied
            | Self::Redundant
            | Self::Duplicate
            | Self::Quarantined
            | Self::Foreign => Reply::Received,
            Self::Unrecorded if bug("acknowledged-before-commit") => Reply::Received,
            Self::Orphan | Self::Busy | Self::Unrecorded => Reply::Again,
        }
    }
}

impl<S: Store> Gateway<S> {
    pub async fn notify(&self, account: &Account, request: &Request) -> Reply {
        match account.channel().verify(request, self.now()) {
            Ok(notification) => {
                let payment = notification.out_trade_no.parse::<AttemptId>().ok();
                let span = self.joined(payment.map(|it| it.payment), || {
                    tracing::trace_span!(
                        target: TARGET,
                        "notification",
                        otel.kind = "consumer",
                        account = account.id.as_str(),
                        out_trade_no = notification.out_trade_no,
                        outcome = Empty,
                    )
                });
                let span = span.await;
                let fate = self.take(account, request, &notification).instrument(span.clone());
                let fate = fate.await;
                span.record("outcome", fate.name());
                paymux_store::crashpoint!("notify.before_reply");
                self.tell_fate(account, &notification, fate);
                fate.reply()
            }
            Err(error) => self.refuse(account, &error),
        }
    }

    fn refuse(&self, account: &Account, error: &VerifyError) -> Reply {
        self.count(account, error.name());
        tracing::warn!(account = account.id.as_str(), error = error.name(), "notification.refused");
        match error {
            VerifyError::UnknownKey { serial } => {
                self.stale_keys(account, Source::Notification, serial);
                Reply::Again
            }
            VerifyError::Signature
            | VerifyError::Probe
            | VerifyError::Stale
            | VerifyError::Malformed(_)
            | VerifyError::Unsupported => Reply::Forged,
        }
    }

    fn tell_fate(&self, account: &Account, notification: &Notification, fate: Fate) {
        self.count(account, fate.name());
        tracing::info!(
            account = account.id.as_str(),
            notification_id = notification.id,
            kind = notification.kind,
            out_trade_no = notification.out_trade_no,
            outcome = fate.name(),
            "notification.received"
        );
    }

    fn count(&self, account: &Account, outcome: &str) {
        self.metrics.notifications.with_label_values(&[account.id.as_str(), outcome]).inc();
    }

    /// The guard saves work; it decides nothing.
    async fn take(&self, account: &Account, request: &Request, it: &Notification) -> Fate {
        let key = format!("notify/{}/{}", account.id, it.id);
        let token = match self.guard.claim(&key, CLAIM).await {
            Claim::Busy => return Fate::Busy,
            Claim::Done if bug("guard-believed") => return Fate::Duplicate,
            // Most likely so; of a repeat no more is read than whether it is one.
            Claim::Done if self.is_written(account, it).await => return Fate::Duplicate,
            Claim::Done | Claim::Away => None,
            Claim::Taken(token) => Some(token),
        };
        let fate = self.intake(account, request, it).await;
        self.let_go(&key, token, fate).await;
        fate
    }

    async fn let_go(&self, key: &str, token: Option<Token>, fate: Fate) {
        let Some(token) = token else { return };
        let token = if bug("claim-let-go-without-token") { Token(0) } else { token };
        match fate.reply() {
            Reply::Received => self.guard.settle(key, token).await,
            Reply::Again | Reply::Forged => self.guard.release(key, token).await,
        }
    }

    async fn is_written(&self, account: &Account, it: &Notification) -> bool {
        let known = self.store.disposition(&account.id, &it.id).await;
        matches!(known, Ok(Some(Disposition::Applied | Disposition::Quarantined)))
    }

    /// A repeat is found by reading, whatever the guard says of it, and writes nothing. Should the
    /// reading fail or come too early, the commit finds it.
    async fn intake(&self, account: &Account, request: &Request, it: &Notification) -> Fate {
        if let Ok(id) = TransferId::from_out_bill_no(&it.out_trade_no) {
            return self.take_transfer(account, request, it, id).await;
        }
        let named = AttemptId::from_out_trade_no(&it.out_trade_no).ok();
        let known = self.store.disposition(&account.id, &it.id);
        let payment = async {
            match named {
                Some(named) => self.load(named.0.payment).await.map(|it| (named, it)),
                None => Err(RecordError::Missing),
            }
        };
        // Two questions at once, since most notifications are news and need both answers.
        let (known, payment) = tokio::join!(known, payment);
        match (known, payment) {
            (Ok(Some(Disposition::Applied | Disposition::Quarantined)), _) => Fate::Duplicate,
            (Ok(Some(Disposition::Orphan)), Err(RecordError::Missing)) => unplaced(it),
            (_, Ok((named, payment))) => self.judge(account, request, it, named, &payment).await,
            (_, Err(RecordError::Missing)) => {
                self.keep(account, request, it, None, Disposition::Orphan).await
            }
            (_, Err(error)) => unrecorded(&error),
        }
    }

    /// Only what is about this account's own attempt may change anything.
    async fn judge(
        &self,
        account: &Account,
        request: &Request,
        it: &Notification,
        (attempt, part): (AttemptId, Option<PartNo>),
        payment: &Payment,
    ) -> Fate {
        let known = payment.attempt(attempt).is_some();
        let whose = parts::account(payment, attempt, part).filter(|_| known);
        let ours = whose.is_some_and(|it| *it == account.id);
        let ours = ours || bug("wrong-account-believed");
        if !ours || (it.mismatch.is_some() && !bug("stranger-believed")) {
            let field = it.mismatch.as_ref().map_or("account", |it| it.field);
            self.quarantined(attempt, &format!("another {field} than this account's"));
            let payment = Some(payment.id);
            return self.keep(account, request, it, payment, Disposition::Quarantined).await;
        }
        if !it.news.iter().all(|it| is_about(payment, (attempt, part), it)) {
            self.quarantined(attempt, "what is told is of another order");
            return self
                .keep(account, request, it, Some(payment.id), Disposition::Quarantined)
                .await;
        }
        self.apply(account, request, it, attempt, payment).await
    }

    async fn apply(
        &self,
        account: &Account,
        request: &Request,
        it: &Notification,
        attempt: AttemptId,
        payment: &Payment,
    ) -> Fate {
        let evidence = self.evidence(account, request, it, Some(payment.id), Disposition::Applied);
        let wake = it.news.iter().filter_map(|it| hinted(payment, attempt, it)).collect();
        let along = Along { notification: Some(evidence), wake, ..Along::default() };
        let now = self.now();
        let events = |payment: &Payment| events(payment, attempt, &it.news, now);
        paymux_store::crashpoint!("notify.before_commit");
        match self.record_from(payment.clone(), along, events).await {
            Ok(recorded) if recorded.changed => Fate::Applied,
            Ok(_) => Fate::Redundant,
            Err(RecordError::Duplicate(_)) => Fate::Duplicate,
            Err(RecordError::Contradiction(contradiction)) => {
                self.quarantined(attempt, &contradiction.to_string());
                self.keep(account, request, it, Some(payment.id), Disposition::Quarantined).await
            }
            Err(error) => unrecorded(&error),
        }
    }

    /// As of a payment: a repeat writes nothing, and only what is of this account changes anything.
    async fn take_transfer(
        &self,
        account: &Account,
        request: &Request,
        it: &Notification,
        id: TransferId,
    ) -> Fate {
        if self.is_written(account, it).await {
            return Fate::Duplicate;
        }
        let about = Some(id.root());
        match self.load(id).await {
            Ok(transfer) if transfer.account == account.id && it.mismatch.is_none() => {}
            Ok(_) => {
                self.quarantined(id, "another account than the transfer's");
                return self.keep(account, request, it, about, Disposition::Quarantined).await;
            }
            Err(RecordError::Missing) => {
                return self.keep(account, request, it, None, Disposition::Orphan).await;
            }
            Err(error) => return unrecorded(&error),
        }
        let evidence = self.evidence(account, request, it, about, Disposition::Applied);
        let along = Along { notification: Some(evidence), ..Along::default() };
        let told = it.news.iter().filter_map(told_of_transfer).collect::<Vec<_>>();
        match self.record(id, along, |_| told.clone()).await {
            Ok(recorded) if recorded.changed => Fate::Applied,
            Ok(_) => Fate::Redundant,
            Err(RecordError::Duplicate(_)) => Fate::Duplicate,
            Err(RecordError::Contradiction(contradiction)) => {
                self.quarantined(id, &contradiction.to_string());
                self.keep(account, request, it, about, Disposition::Quarantined).await
            }
            Err(error) => unrecorded(&error),
        }
    }

    /// Evidence alone: nothing of the payment changes.
    async fn keep(
        &self,
        account: &Account,
        request: &Request,
        it: &Notification,
        payment: Option<PaymentId>,
        disposition: Disposition,
    ) -> Fate {
        let evidence = self.evidence(account, request, it, payment, disposition);
        let change = Change { notification: Some(evidence), ..Change::default() };
        let fate = match self.store.commit(change).await {
            Ok(()) | Err(CommitError::Duplicate(Duplicate::Notification)) => match disposition {
                Disposition::Orphan => unplaced(it),
                Disposition::Quarantined | Disposition::Applied => Fate::Quarantined,
            },
            Err(error) => {
                tracing::error!(%error, "notification.unrecorded");
                Fate::Unrecorded
            }
        };
        if disposition == Disposition::Quarantined {
            self.metrics.contradictions.with_label_values(&[account.id.as_str()]).inc();
        }
        fate
    }

    fn evidence(
        &self,
        account: &Account,
        request: &Request,
        it: &Notification,
        payment: Option<PaymentId>,
        disposition: Disposition,
    ) -> Evidence {
        Evidence {
            account: account.id.clone(),
            id: it.id.clone(),
            kind: it.kind.clone(),
            payment,
            disposition,
            headers: header_lines(request),
            body: request.body().to_vec(),
            received_at: self.now(),
        }
    }
}

fn told_of_transfer(news: &News) -> Option<transfer::Event> {
    match news {
        News::Transfer(fact) => Some(transfer::Event::Told(fact.clone())),
        News::Paid(_) | News::Closed | News::Refund { .. } | News::RefundHint { .. } => None,
    }
}

/// Of a part alone there is news of its own refunds: it is paid with the others, or not at all.
fn is_about(payment: &Payment, order: (AttemptId, Option<PartNo>), news: &News) -> bool {
    match news {
        News::Paid(_) | News::Closed => order.1.is_none(),
        News::Refund { out_refund_no, .. } | News::RefundHint { out_refund_no } => {
            let number = RefundNo::from_out_refund_no(out_refund_no).ok();
            let refund = number.and_then(|it| payment.refund(it.refund));
            refund.is_none_or(|it| (it.attempt, it.part) == order)
        }
        News::Transfer(_) => false,
    }
}

/// What a verified notification says to the machine.
fn events(payment: &Payment, attempt: AttemptId, news: &[News], now: Timestamp) -> Vec<Event> {
    news.iter().flat_map(|it| one(payment, attempt, it, now)).collect()
}

fn one(payment: &Payment, attempt: AttemptId, news: &News, now: Timestamp) -> Vec<Event> {
    match news {
        News::Paid(receipt) => vec![Event::Paid { attempt, receipt: receipt.clone() }],
        News::Closed => closed(payment, attempt, now),
        News::Refund { out_refund_no, fact } => {
            // A refund made by hand at the channel is none of ours; the evidence is kept.
            match RefundNo::from_out_refund_no(out_refund_no) {
                Ok(number) => vec![Event::Refund { number, fact: fact.clone() }],
                Err(_) => vec![],
            }
        }
        News::RefundHint { .. } | News::Transfer(_) => vec![],
    }
}

/// The question that a hint is a reason to ask now.
fn hinted(payment: &Payment, attempt: AttemptId, news: &News) -> Option<TaskKind> {
    let News::RefundHint { out_refund_no } = news else { return None };
    let number = RefundNo::from_out_refund_no(out_refund_no).ok()?;
    let refund = payment.refund(number.refund).filter(|it| it.number() == number)?;
    let asked = refund.attempt == attempt && refund.state.is_open();
    asked.then_some(TaskKind::Refund(refund.id))
}

/// News of a payment may have come before the payment; what tells of none never finds one.
const fn unplaced(it: &Notification) -> Fate {
    if it.news.is_empty() { Fate::Foreign } else { Fate::Orphan }
}

fn unrecorded(error: &RecordError) -> Fate {
    tracing::error!(%error, "notification.unrecorded");
    Fate::Unrecorded
}

/// The headers that carry a signature; the others prove nothing.
fn header_lines(request: &Request) -> String {
    let kept = |name: &str| name.starts_with("wechatpay-") || name == "content-type";
    let lines = request.headers().iter().filter(|(name, _)| kept(name.as_str()));
    lines.fold(String::new(), |text, (name, value)| {
        text + name.as_str() + ": " + &String::from_utf8_lossy(value.as_bytes()) + "\n"
    })
}

#[cfg(test)]
mod tests;
