//! Another attempt for a payment, by another method or channel: the open one is ended at its
//! channel first, so that nobody can pay twice.

use paymux_core::payment::{Attempt, Event, Payment, Standing, State, Verdict, Way};
use paymux_core::{AttemptId, PaymentId};
use paymux_store::{Answer, Store};

use super::Replied;
use super::dispatch::{Chosen, canonical, dispatched};
use super::idempotency::{Keyed, Repeat};
use crate::gateway::Gateway;
use crate::problem::{self, Problem};
use crate::record::{Along, RecordError};
use crate::snapshot::Merchant;

/// For a channel to close, and for a charge to be old enough to be undone.
const AGAIN_SECS: u32 = 5;

impl<S: Store> Gateway<S> {
    pub async fn open_attempt(
        &self,
        merchant: &Merchant,
        id: PaymentId,
        way: Way,
        key: String,
    ) -> Result<Replied, Problem> {
        let payment = self.owned(merchant, id).await?;
        let canonical = format!("POST /v1/payments/{id}/attempts\n{}", canonical(&way));
        let keyed = Keyed::new(&merchant.id, key, &canonical);
        let opened = match self.repeat(&keyed).await? {
            Repeat::Replay(replied) => return Ok(replied),
            Repeat::Resume { holder } => {
                self.resume_attempt(merchant, &keyed, payment, &holder, &way).await
            }
            Repeat::First => self.first_attempt(merchant, &keyed, payment, &way).await,
        };
        opened.map_err(|it| it.of_payment(id))
    }

    async fn first_attempt(
        &self,
        merchant: &Merchant,
        keyed: &Keyed,
        payment: Payment,
        way: &Way,
    ) -> Result<Replied, Problem> {
        if let Verdict::Succeeded { .. } = payment.verdict {
            return Ok(self.is_paid(&payment));
        }
        // Whatever is wrong with the wish is wrong before anything is closed for it.
        self.choose(merchant, &payment, way, &[]).await?;
        let payment = self.make_room(payment).await?;
        if let Verdict::Succeeded { .. } = payment.verdict {
            return Ok(self.is_paid(&payment));
        }
        let chosen = self.choose(merchant, &payment, way, &[]).await?;
        self.dispatch(merchant, keyed, &payment, chosen).await
    }

    async fn dispatch(
        &self,
        merchant: &Merchant,
        keyed: &Keyed,
        payment: &Payment,
        chosen: Chosen,
    ) -> Result<Replied, Problem> {
        let id = payment.id;
        let along = Along {
            begin: Some(self.begin(keyed, payment.next_attempt_id().to_string())),
            entries: vec![self.decided(id, &chosen.decision, None)],
            ..Along::default()
        };
        match self.record(id, along, |it| vec![dispatched(it, &chosen)]).await {
            Ok(recorded) => self.drive(merchant, keyed, recorded.next, chosen).await,
            // Another request may have begun one: this one may see what became of it.
            Err(RecordError::Rejected(rejection)) => self.rejected(id, rejection).await,
            Err(RecordError::Duplicate(_)) => Err(open()),
            Err(error) => Err(error.into()),
        }
    }

    /// Ends what could still be paid, as far as its channel lets us.
    async fn make_room(&self, payment: Payment) -> Result<Payment, Problem> {
        let Some(attempt) = payment.current().filter(|it| is_in_the_way(it)) else {
            return Ok(payment);
        };
        let (id, attempt) = (payment.id, attempt.id);
        let superseded = |_: &Payment| vec![Event::Superseded { attempt }];
        match self.record(id, Along::default(), superseded).await {
            Ok(_) | Err(RecordError::Rejected(_)) => {}
            Err(error) => return Err(error.into()),
        }
        self.resolve(attempt, None).await;
        Ok(self.load(id).await?)
    }

    /// The first request ended without an answer: go on with the number that it began.
    async fn resume_attempt(
        &self,
        merchant: &Merchant,
        keyed: &Keyed,
        payment: Payment,
        holder: &str,
        way: &Way,
    ) -> Result<Replied, Problem> {
        let attempt = holder.parse::<AttemptId>();
        let attempt = attempt.map_err(|_| Problem::new(problem::INTERNAL, "a damaged key"))?;
        let own = payment.current().is_some_and(|it| it.id.number >= attempt.number);
        if own {
            return self.resume(merchant, keyed, payment, way).await;
        }
        Err(open())
    }

    async fn rejected(
        &self,
        id: PaymentId,
        rejection: paymux_core::payment::Rejection,
    ) -> Result<Replied, Problem> {
        let payment = self.load(id).await?;
        match payment.state() {
            State::Succeeded { .. } => Ok(self.is_paid(&payment)),
            State::Created
            | State::InDoubt { .. }
            | State::Pending { .. }
            | State::Failed { .. }
            | State::Closed => Err(RecordError::Rejected(rejection).into()),
        }
    }

    /// No other attempt is needed: the payment is the answer.
    fn is_paid(&self, payment: &Payment) -> Replied {
        Replied::fresh(Answer { status: 200, ..self.answer(payment) })
    }
}

/// An order in doubt that nobody saw is abandoned by the machine; all others must end.
fn is_in_the_way(attempt: &Attempt) -> bool {
    match attempt.standing {
        Standing::InDoubt => attempt.till.is_some(),
        Standing::Pending | Standing::Reversing => true,
        Standing::Unsent
        | Standing::Abandoned
        | Standing::Refused(_)
        | Standing::Closed
        | Standing::Paid => false,
    }
}

fn open() -> Problem {
    let detail = "the open attempt is being closed at its channel";
    Problem::new(problem::ATTEMPT_OPEN, detail).retry_after(AGAIN_SECS)
}
