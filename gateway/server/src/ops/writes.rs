//! Whether the store takes what it is given: it may answer every question and have no room left.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use paymux_store::watch::Sight;
use tokio::time::Instant;

/// One change may be refused for itself alone; so many in a row are not.
const REFUSALS: u32 = 3;
/// A node that gets no traffic writes little: after so long it is tried again.
const PATIENCE: Duration = Duration::from_secs(10);

/// The refusals since the last commit, and the last of them.
#[derive(Debug, Default)]
pub struct Writes(Mutex<Option<(u32, Instant)>>);

impl Writes {
    pub fn see(&self, sight: Sight) {
        let Sight::Commit { outcome, .. } = sight else { return };
        let mut refused = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *refused = match outcome {
            "unavailable" | "unknown" => {
                let before = refused.map_or(0, |it| it.0);
                Some((before.saturating_add(1), Instant::now()))
            }
            _ => None,
        };
    }

    pub fn are_taken(&self) -> bool {
        let refused = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        refused.is_none_or(|(count, last)| count < REFUSALS || last.elapsed() > PATIENCE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn commit(outcome: &'static str) -> Sight {
        Sight::Commit { outcome, elapsed: Duration::ZERO }
    }

    #[tokio::test(start_paused = true)]
    async fn refusals_in_a_row_are_told_until_one_is_taken_or_none_is_tried() {
        let writes = Writes::default();
        let see = |outcomes: &[&'static str]| {
            outcomes.iter().for_each(|it| writes.see(commit(it)));
            writes.are_taken()
        };
        assert!(see(&["unavailable", "unknown"]));
        assert!(!see(&["unavailable"]));
        // A refusal of another kind is an answer of a store that works.
        assert!(see(&["stale"]));
        assert!(!see(&["unknown", "unavailable", "unavailable", "unavailable"]));
        assert!(see(&["written"]));
        assert!(!see(&["unavailable", "unavailable", "unavailable"]));
        tokio::time::advance(PATIENCE + Duration::from_millis(1)).await;
        assert!(writes.are_taken());
        assert!(!see(&["unavailable"]), "and it is as it was");
        writes.see(Sight::Batch { changes: 1 });
        assert!(!writes.are_taken());
    }
}
