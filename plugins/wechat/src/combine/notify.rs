//! One notification tells of all parts: `TRANSACTION.SUCCESS` with `combine_…` inside.

use paymux_channel::{Request, VerifyError};
use paymux_core::Timestamp;

use super::query::Reported;
use super::{Combined, Combiner};
use crate::notify::envelope;
use crate::wire::Event;

impl Combiner {
    pub fn verify(&self, request: &Request, now: Timestamp) -> Result<Combined, VerifyError> {
        let envelope = envelope(&self.0, request, now)?;
        let event = Event::of(&envelope.event_type, &envelope.resource.original_type);
        if event != Event::Paid {
            return Err(VerifyError::Unsupported);
        }
        let reported: Reported = envelope.open(&self.0)?;
        let told_at = envelope.told_at()?;
        reported.combined(&self.0, told_at).map_err(VerifyError::Malformed)
    }
}
