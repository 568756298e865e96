//! What a repeated request is told (draft-ietf-httpapi-idempotency-key-header-07, with one
//! difference: an unknown outcome is resumed, never replayed).

use std::time::Duration;

use aws_lc_rs::digest::{SHA256, digest};
use paymux_core::payment::{Event, Payment};
use paymux_core::{MerchantId, PaymentId};
use paymux_store::{Answer, Begin, IdempotencyKey, Store};

use super::Replied;
use crate::gateway::Gateway;
use crate::problem::{self, Problem};
use crate::record::{Along, AnswerBy, RecordError};

/// After a crash a repeat takes over when this has passed. Should the first request still run then,
/// no harm is done: both act under the same numbers, and the first answer stands.
pub const RUNNING: Duration = Duration::from_secs(15);

/// A request with its key, as the merchant sent it.
#[derive(Clone, Debug)]
pub struct Keyed {
    pub key: IdempotencyKey,
    /// Hash of the endpoint's name and of the request as understood.
    pub fingerprint: [u8; 32],
}

/// What a request under a known key is.
#[derive(Debug, PartialEq, Eq)]
pub enum Repeat {
    /// The key is new.
    First,
    /// Answered before.
    Replay(Replied),
    /// Begun, not answered, and nobody is at it: go on with what it made.
    Resume { holder: String },
}

impl Keyed {
    /// `canonical` must say everything that makes two requests different.
    pub fn new(merchant: &MerchantId, key: String, canonical: &str) -> Self {
        let mut fingerprint = [0; 32];
        fingerprint.copy_from_slice(digest(&SHA256, canonical.as_bytes()).as_ref());
        let key = IdempotencyKey { merchant: merchant.clone(), key };
        Self { key, fingerprint }
    }
}

impl<S: Store> Gateway<S> {
    pub(super) fn begin(&self, keyed: &Keyed, holder: String) -> Begin {
        let now = self.now();
        Begin {
            key: keyed.key.clone(),
            fingerprint: keyed.fingerprint,
            holder,
            until: now.after(RUNNING),
            created_at: now,
        }
    }

    pub(super) async fn repeat(&self, keyed: &Keyed) -> Result<Repeat, Problem> {
        let known = self.store.idempotent(&keyed.key).await.map_err(store_problem)?;
        let Some(known) = known else { return Ok(Repeat::First) };
        if known.fingerprint != keyed.fingerprint {
            let detail = "the key was used for a request with another content";
            return Err(Problem::new(problem::IDEMPOTENCY_KEY_REUSED, detail));
        }
        if let Some(answer) = known.answer {
            self.metrics.replayed_answers.inc();
            return Ok(Repeat::Replay(Replied { answer, replayed: true }));
        }
        if self.now() < known.until {
            let detail = "the first request with this key has not ended";
            return Err(Problem::new(problem::IDEMPOTENCY_KEY_IN_USE, detail).retry_after(1));
        }
        Ok(Repeat::Resume { holder: known.holder })
    }
}

/// How an idempotent request ended.
pub(super) enum Concluded {
    /// Another node answered first; its answer is the answer.
    Replay(Replied),
    Recorded(Box<Payment>),
}

/// What a request that ends knows of its payment.
pub(super) enum Known {
    Id(PaymentId),
    /// As it was after the last commit of this request.
    Payment(Box<Payment>),
}

impl Known {
    fn id(&self) -> PaymentId {
        match self {
            Self::Id(id) => *id,
            Self::Payment(it) => it.id,
        }
    }
}

impl<S: Store> Gateway<S> {
    /// Commits the news together with the request's answer, if `render` has a final one.
    pub(super) async fn conclude<F>(
        &self,
        keyed: &Keyed,
        payment: Known,
        render: &(dyn Fn(&Payment) -> Option<Answer> + Send + Sync),
        news: F,
    ) -> Result<Concluded, Problem>
    where
        F: Fn(&Payment) -> Vec<Event> + Send + Sync,
    {
        let answer = Some(AnswerBy { key: keyed.key.clone(), render });
        let (id, release) = (payment.id(), Some(keyed.key.clone()));
        let along = Along { answer, release, ..Along::default() };
        let recorded = match payment {
            // Without news there is no write that would tell whether it is still so.
            Known::Payment(it) if !news(&it).is_empty() => {
                self.record_from(*it, along, &news).await
            }
            Known::Payment(_) | Known::Id(_) => self.record(id, along, &news).await,
        };
        match recorded {
            Ok(recorded) => Ok(Concluded::Recorded(Box::new(recorded.next))),
            Err(RecordError::Duplicate(_)) => {
                // The first answer stands; the news must not be lost with ours.
                let recorded = self.record(id, Along::default(), &news).await?;
                match self.repeat(keyed).await? {
                    Repeat::Replay(replied) => Ok(Concluded::Replay(replied)),
                    Repeat::First | Repeat::Resume { .. } => {
                        Ok(Concluded::Recorded(Box::new(recorded.next)))
                    }
                }
            }
            Err(RecordError::Contradiction(contradiction)) => {
                self.quarantined(id, &contradiction.to_string());
                Err(RecordError::Contradiction(contradiction).into())
            }
            Err(error) => Err(error.into()),
        }
    }
}

pub(super) fn store_problem(error: paymux_store::StoreError) -> Problem {
    tracing::error!(%error, "store.failed");
    Problem::new(problem::STORE_UNAVAILABLE, "the store cannot be read").retry_after(1)
}
