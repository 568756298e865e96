//! Which traces are kept: those a merchant keeps, and a share of the requests that belong to none.

use opentelemetry::trace::{Link, SpanKind, TraceContextExt as _, TraceId};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::trace::{Sampler, SamplingResult, ShouldSample};

/// The only span that begins a trace: whatever else has no parent belongs to none that is kept.
pub(super) const REQUEST: &str = "request";

#[derive(Clone, Debug)]
pub(super) struct Requests {
    pub(super) permille: u32,
}

impl Requests {
    /// The number of a trace is drawn at random.
    fn draws(&self, trace: TraceId) -> bool {
        u128::from_be_bytes(trace.to_bytes()) % 1000 < u128::from(self.permille)
    }
}

impl ShouldSample for Requests {
    fn should_sample(
        &self,
        parent: Option<&Context>,
        trace: TraceId,
        name: &str,
        kind: &SpanKind,
        attributes: &[KeyValue],
        links: &[Link],
    ) -> SamplingResult {
        let has_parent = parent.is_some_and(Context::has_active_span);
        let sampler = match (has_parent, name) {
            (true, _) => Sampler::ParentBased(Box::new(Sampler::AlwaysOff)),
            (false, REQUEST) if self.draws(trace) => Sampler::AlwaysOn,
            (false, _) => Sampler::AlwaysOff,
        };
        sampler.should_sample(parent, trace, name, kind, attributes, links)
    }
}

#[cfg(test)]
mod tests {
    use opentelemetry::trace::{SpanContext, SpanId, TraceFlags, TraceState};
    use opentelemetry_sdk::trace::SamplingDecision;

    use super::*;

    fn keeps(permille: u32, parent: Option<TraceFlags>, name: &str, trace: u128) -> bool {
        let there = |flags| {
            let (id, span) = (TraceId::from(trace), SpanId::from(1));
            let there = SpanContext::new(id, span, flags, true, TraceState::default());
            Context::new().with_remote_span_context(there)
        };
        let (parent, id) = (parent.map(there), TraceId::from(trace));
        let kind = SpanKind::Internal;
        let result =
            Requests { permille }.should_sample(parent.as_ref(), id, name, &kind, &[], &[]);
        result.decision == SamplingDecision::RecordAndSample
    }

    #[test]
    fn a_merchants_word_goes_before_chance_and_only_a_request_begins_a_trace() {
        let (kept, not_kept) = (Some(TraceFlags::SAMPLED), Some(TraceFlags::default()));
        for permille in [0, 1000] {
            assert!(keeps(permille, kept, REQUEST, 5) && keeps(permille, kept, "commit", 5));
            assert!(!keeps(permille, not_kept, REQUEST, 5));
            assert!(!keeps(permille, None, "commit", 5), "it belongs to nothing");
        }
        let share = |permille| (1..=1000).filter(|it| keeps(permille, None, REQUEST, *it)).count();
        assert_eq!([0, 10, 1000].map(share), [0, 10, 1000]);
    }
}
