//! Walks a split to its definite end, always under its one number.

use std::time::Duration;

use paymux_channel::{Operation, Outcome, SplitCall, SplitOutcome};
use paymux_core::SplitId;
use paymux_core::payment::{Event, Payment, Refusal};
use paymux_core::planted::bug;
use paymux_core::split::{Fact, Split, State};
use paymux_store::{Leased, Store};

use super::resolve::along;
use super::shed::Shed;
use crate::gateway::Gateway;
use crate::record::{Along, RecordError};

/// A channel knows a split sooner than that, or somebody has to do something.
const OVERDUE: Duration = Duration::from_secs(3600);
/// What a channel took on has its end sooner than that, or its end is told of nobody we know.
const UNENDED: Duration = Duration::from_secs(24 * 3600);

/// What came of one call.
enum Heard {
    Fact(Fact),
    /// The channel knows no such order.
    Absent,
    /// The channel has no question for it.
    Untold,
    /// It may have been sent, and nothing was heard.
    Nothing,
    /// It was not sent; with what kept it back, where something of ours did.
    NeverSent(Option<Shed>),
    /// A question was kept back.
    Unasked(Shed),
}

impl Heard {
    const fn name(&self) -> &'static str {
        match self {
            Self::Fact(fact) => fact.name(),
            Self::Absent | Self::Untold | Self::Nothing => "nothing_new",
            Self::NeverSent(None) => "never_sent",
            Self::NeverSent(Some(_)) | Self::Unasked(_) => "shed",
        }
    }
}

impl<S: Store> Gateway<S> {
    /// The first send, right behind the commit that reserved the money.
    pub(super) async fn send_split(&self, payment: &Payment, id: SplitId) {
        let Some(split) = payment.split(id) else { return };
        let heard = self.ask_split(payment, split, Operation::Split).await;
        if let Err(error) = self.settle_split(id, heard, None).await {
            tracing::warn!(split_id = %id, %error, "split.in_doubt");
        }
    }

    pub async fn walk_split(&self, id: SplitId, lease: Option<&Leased>) -> &'static str {
        match self.step_split(id, lease).await {
            Ok(outcome) => outcome,
            Err(RecordError::Contradiction(contradiction)) => {
                self.quarantined(id, &contradiction.to_string());
                self.postpone(lease).await;
                "contradiction"
            }
            Err(error) => {
                tracing::warn!(split_id = %id, %error, "split.unresolved");
                "failed"
            }
        }
    }

    /// Asks first: what was sent may have worked. Sends again only what the channel does not know.
    async fn step_split(
        &self,
        id: SplitId,
        lease: Option<&Leased>,
    ) -> Result<&'static str, RecordError> {
        let payment = self.load(id.payment).await?;
        let Some(split) = payment.split(id).filter(|it| it.state.is_open()) else {
            return self.settle_split(id, Heard::Nothing, lease).await;
        };
        let mut heard = Heard::Absent;
        if split.may_be_known() {
            heard = match self.ask_split(&payment, split, Operation::QuerySplit).await {
                // Of a question nothing follows but what it was answered.
                Heard::NeverSent(None) => Heard::Nothing,
                Heard::NeverSent(Some(shed)) => Heard::Unasked(shed),
                heard @ (Heard::Fact(_)
                | Heard::Absent
                | Heard::Untold
                | Heard::Nothing
                | Heard::Unasked(_)) => heard,
            };
        }
        // Only a channel that was asked can say what never was there.
        let given_up = split.unknown_to_channel(self.now());
        if let (Heard::Absent, Some(fact)) = (&heard, given_up) {
            heard = Heard::Fact(fact);
        }
        if matches!(heard, Heard::Absent | Heard::Untold) && split.may_be_sent(self.now()) {
            heard = self.resend_split(split).await?;
        }
        let outworn = split.outworn(self.now());
        if let (Heard::Absent | Heard::Untold, Some(fact)) = (&heard, outworn) {
            heard = Heard::Fact(fact);
        }
        self.look_after_split(split, &heard);
        self.settle_split(id, heard, lease).await
    }

    /// What is in doubt for so long may want a person, and so does what was refused in between, and
    /// what the channel works on without an end.
    fn look_after_split(&self, split: &Split, heard: &Heard) {
        let now = self.now();
        let age = now.since(split.created_at);
        let overdue = match (&split.state, heard) {
            (State::Processing, Heard::Fact(fact)) => age >= UNENDED && !split.ends_with(fact, now),
            (State::Processing, _) => age >= UNENDED,
            (_, Heard::Fact(_)) => false,
            (_, _) => age >= OVERDUE,
        };
        if overdue {
            self.metrics.attention.with_label_values(&["split_in_doubt"]).inc();
        }
    }

    /// Intent before call, for repeats too: from here on a refusal of another send decides nothing.
    async fn resend_split(&self, split: &Split) -> Result<Heard, RecordError> {
        let id = split.id;
        let resent = |_: &Payment| vec![Event::SplitResent { split: id }];
        let recorded = self.record(id.payment, Along::default(), resent).await?;
        let now = recorded.next.split(id).filter(|it| it.sends == split.sends + 1);
        match now.filter(|_| recorded.changed) {
            Some(split) => Ok(self.ask_split(&recorded.next, split, Operation::Split).await),
            // What was true when the walk began is over.
            None => Ok(Heard::Nothing),
        }
    }

    async fn ask_split(
        &self,
        payment: &Payment,
        split: &Split,
        ask: impl FnOnce(Box<SplitCall>) -> Operation,
    ) -> Heard {
        let snapshot = self.snapshot.load_full();
        let account = payment.attempt(split.attempt).and_then(|it| snapshot.account(&it.account));
        let (Some(account), Some(mut call)) = (account, SplitCall::of(payment, split)) else {
            tracing::error!(split_id = %split.id, "split.account_missing");
            self.metrics.attention.with_label_values(&["account_missing"]).inc();
            return Heard::NeverSent(None);
        };
        call.split.number += u16::from(bug("split-under-new-number") && split.sends > 1);
        let operation = ask(Box::new(call));
        match self.call(account, Some(&payment.order.merchant), operation).await {
            Ok(Outcome::Split(SplitOutcome::Fact(fact))) => Heard::Fact(fact),
            Ok(Outcome::Split(SplitOutcome::Absent)) => Heard::Absent,
            Ok(Outcome::Split(SplitOutcome::Untold)) => Heard::Untold,
            Ok(_) | Err(_) if bug("split-closed-on-unknown") => {
                let refusal = Refusal { code: String::new(), message: String::new() };
                Heard::Fact(Fact::Closed(refusal))
            }
            Err(error) if error.is_shed() => Heard::NeverSent(Some(self.shed(account))),
            Err(error) if error.never_sent() => Heard::NeverSent(None),
            Ok(_) | Err(_) => Heard::Nothing,
        }
    }

    /// Commits what was heard, and with it when the task looks again.
    async fn settle_split(
        &self,
        split: SplitId,
        heard: Heard,
        lease: Option<&Leased>,
    ) -> Result<&'static str, RecordError> {
        let name = heard.name();
        if let Heard::Fact(Fact::Stuck(refusal)) = &heard {
            tracing::error!(split_id = %split, code = refusal.code, "split.stuck");
            self.metrics.attention.with_label_values(&["split_stuck"]).inc();
        }
        let (events, shed) = match heard {
            Heard::Fact(fact) => (vec![Event::Split { split, fact }], None),
            Heard::Absent | Heard::Untold | Heard::Nothing => (vec![], None),
            Heard::NeverSent(shed) => (vec![Event::SplitUnsent { split }], shed),
            Heard::Unasked(shed) => (vec![], Some(shed)),
        };
        let along = Along { shed, ..along(lease) };
        self.record(split.payment, along, |_| events.clone()).await?;
        Ok(name)
    }
}
