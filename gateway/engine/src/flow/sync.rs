//! A merchant asks after a payment now: one question at its channel, whoever else asks meanwhile.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use paymux_core::payment::Payment;
use paymux_core::{AttemptId, PaymentId};
use paymux_store::Store;
use tokio::sync::OnceCell;

use crate::gateway::Gateway;
use crate::problem::{self, Problem};
use crate::snapshot::Merchant;

type Answer = Arc<OnceCell<Result<(), Problem>>>;

/// Questions that are being asked, each for all who want to know.
#[derive(Default)]
pub struct Questions(Mutex<BTreeMap<AttemptId, Answer>>);

/// A caller's part in a question, until it has its answer or has hung up.
struct Question<'a> {
    questions: &'a Questions,
    attempt: AttemptId,
    answer: Answer,
}

impl Drop for Question<'_> {
    fn drop(&mut self) {
        self.questions.leave(self.attempt, &self.answer);
    }
}

impl Questions {
    fn begin(&self, attempt: AttemptId) -> Question<'_> {
        Question { questions: self, attempt, answer: self.join(attempt) }
    }

    fn join(&self, attempt: AttemptId) -> Answer {
        let mut asked = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(asked.entry(attempt).or_default())
    }

    /// Whoever comes now asks anew, unless others wait for the same answer still.
    fn leave(&self, attempt: AttemptId, answer: &Answer) {
        let mut asked = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // One of them is the list's, and one is the caller's.
        let over = answer.initialized() || Arc::strong_count(answer) <= 2;
        if over && asked.get(&attempt).is_some_and(|it| Arc::ptr_eq(it, answer)) {
            asked.remove(&attempt);
        }
    }
}

impl<S: Store> Gateway<S> {
    /// What has ended needs no question.
    pub async fn sync(&self, merchant: &Merchant, id: PaymentId) -> Result<Payment, Problem> {
        let payment = self.owned(merchant, id).await?;
        let Some(live) = payment.attempts.iter().rfind(|it| it.standing.is_live()) else {
            return Ok(payment);
        };
        let question = self.questions.begin(live.id);
        question.answer.get_or_init(|| self.ask_now(live.id)).await.clone()?;
        drop(question);
        Ok(self.load(id).await?)
    }

    async fn ask_now(&self, attempt: AttemptId) -> Result<(), Problem> {
        match self.walk(attempt, None).await {
            Ok(walked) => {
                walked.unheard.map_or(Ok(()), |why| Err(unheard(why).of_payment(attempt.payment)))
            }
            Err(error) => {
                tracing::warn!(out_trade_no = %attempt, %error, "attempt.unresolved");
                Err(Problem::from(error).of_payment(attempt.payment))
            }
        }
    }
}

/// Why there was no answer: ours to say, or the channel's silence.
pub(super) fn unheard(why: &str) -> Problem {
    match why {
        "quota" => {
            Problem::new(problem::TOO_MANY_REQUESTS, "the account's quota is spent just now")
                .retry_after(1)
        }
        "shed" => Problem::new(problem::OVERLOADED, "too many calls to the account are running")
            .retry_after(1),
        "late" => {
            let detail = "the channel was not asked, since the gateway stood still for too long";
            Problem::new(problem::CHANNEL_UNAVAILABLE, detail).retry_after(1)
        }
        "breaker_shut" | "connect" | "account_missing" | "unfit" => {
            let detail = "the channel was not asked, since it could not be reached";
            Problem::new(problem::CHANNEL_UNAVAILABLE, detail).retry_after(5)
        }
        _ => {
            Problem::new(problem::CHANNEL_SILENT, "what was asked may have been done all the same")
                .retry_after(5)
        }
    }
}

#[cfg(test)]
mod tests {
    use paymux_core::Timestamp;

    use super::*;

    #[tokio::test]
    async fn who_asks_meanwhile_shares_the_answer_and_who_comes_later_asks_anew() {
        let payment = PaymentId::new(Timestamp(1), &"shop".parse().unwrap(), 7);
        let [first, second] = [1, 2].map(|number| AttemptId { payment, number });
        let questions = Questions::default();
        let (one, other) = (questions.join(first), questions.join(first));
        assert!(!Arc::ptr_eq(&one, &questions.join(second)));
        let asked = async |answer: &Answer| {
            answer.get_or_init(async || Err(unheard("deadline"))).await.is_err()
        };
        assert!(asked(&one).await);
        let again = other.get_or_init(async || panic!("asked twice")).await;
        assert_eq!(again.clone().map_err(|it| it.kind.slug), Err("channel-silent"));
        questions.leave(first, &one);
        let later = questions.join(first);
        assert!(!Arc::ptr_eq(&one, &later) && later.get().is_none());
        // Who hangs up leaves no question behind, and ends none for those who wait.
        let (hung_up, waits) = (questions.begin(second), questions.begin(second));
        drop(hung_up);
        assert!(Arc::ptr_eq(&waits.answer, &questions.join(second)));
        drop(waits);
        assert!(!questions.0.lock().unwrap().contains_key(&second));
        // Whoever leaves late takes nobody else's question away.
        questions.leave(first, &other);
        assert!(Arc::ptr_eq(&later, &questions.join(first)));
    }
}
