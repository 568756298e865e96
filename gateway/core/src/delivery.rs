//! A delivery: one merchant event on its way to one endpoint, on that endpoint's schedule.

use std::time::Duration;

use crate::id::{DeliveryId, MerchantId};
use crate::schedule::{Jitter, Schedule};
use crate::time::Timestamp;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    pub id: DeliveryId,
    pub merchant: MerchantId,
    pub state: DeliveryState,
    /// Attempts made so far.
    pub attempts: u16,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeliveryState {
    Due,
    Delivered {
        at: Timestamp,
    },
    /// The schedule is used up; the event stays listable.
    Exhausted {
        at: Timestamp,
    },
}

impl DeliveryState {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Due => "due",
            Self::Delivered { .. } => "delivered",
            Self::Exhausted { .. } => "exhausted",
        }
    }
}

/// How one attempt ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    Acknowledged,
    /// Anything else, a timeout included; the receiver may name a pause.
    Failed {
        retry_after: Option<Duration>,
    },
}

/// What follows from an attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DeliveryChange {
    /// Try again then.
    Again {
        next: Delivery,
        due: Timestamp,
    },
    Ended(Delivery),
    /// The delivery had ended already.
    Redundant,
}

impl Delivery {
    pub fn new(id: DeliveryId, merchant: MerchantId) -> Self {
        Self { id, merchant, state: DeliveryState::Due, attempts: 0 }
    }

    /// The first attempt's moment.
    pub fn first_due(schedule: &Schedule, now: Timestamp) -> Timestamp {
        schedule.delay(0, Jitter::NONE).map_or(now, |it| now.after(it))
    }

    pub fn attempted(
        &self,
        answer: Answer,
        at: Timestamp,
        schedule: &Schedule,
        jitter: Jitter,
    ) -> DeliveryChange {
        if self.state != DeliveryState::Due {
            return DeliveryChange::Redundant;
        }
        let attempts = self.attempts.saturating_add(1);
        match answer {
            Answer::Acknowledged => self.ended(attempts, DeliveryState::Delivered { at }),
            Answer::Failed { retry_after } => match schedule.delay(attempts.into(), jitter) {
                None => self.ended(attempts, DeliveryState::Exhausted { at }),
                Some(pause) => DeliveryChange::Again {
                    next: Self { attempts, ..self.clone() },
                    due: at.after(wish(pause, retry_after)),
                },
            },
        }
    }

    fn ended(&self, attempts: u16, state: DeliveryState) -> DeliveryChange {
        DeliveryChange::Ended(Self { attempts, state, ..self.clone() })
    }
}

/// `Retry-After` may stretch a pause to its double, and never shorten it.
fn wish(pause: Duration, retry_after: Option<Duration>) -> Duration {
    retry_after.map_or(pause, |it| it.clamp(pause, pause * 2))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_000_000);
    const FAILED: Answer = Answer::Failed { retry_after: None };

    fn delivery(attempts: u16, state: DeliveryState) -> Delivery {
        let id = "dlv_00000000000000000000000001_shop".replace("01_", "010001_");
        let id = id.parse().unwrap();
        Delivery { id, merchant: "demo".parse().unwrap(), state, attempts }
    }

    fn attempted(delivery: &Delivery, answer: Answer) -> DeliveryChange {
        delivery.attempted(answer, NOW, &Schedule::alipay(), Jitter::NONE)
    }

    #[test]
    fn every_state_meets_every_answer() {
        let at = NOW;
        let ended = [DeliveryState::Delivered { at }, DeliveryState::Exhausted { at }];
        for state in ended {
            for answer in [Answer::Acknowledged, FAILED] {
                assert_eq!(attempted(&delivery(3, state), answer), DeliveryChange::Redundant);
            }
        }
        let delivered = delivery(1, DeliveryState::Delivered { at });
        let due = delivery(0, DeliveryState::Due);
        assert_eq!(attempted(&due, Answer::Acknowledged), DeliveryChange::Ended(delivered));
    }

    #[test]
    fn the_whole_schedule_is_walked_once() {
        let (mut delivery, mut pauses) = (delivery(0, DeliveryState::Due), vec![]);
        let end = loop {
            match attempted(&delivery, FAILED) {
                DeliveryChange::Again { next, due } => {
                    pauses.push(due.since(NOW).as_secs());
                    delivery = next;
                }
                DeliveryChange::Ended(end) => break end,
                DeliveryChange::Redundant => unreachable!("due until it ends"),
            }
        };
        assert_eq!(pauses, [240, 600, 600, 3600, 7200, 21600, 54000]);
        assert_eq!((end.attempts, end.state), (8, DeliveryState::Exhausted { at: NOW }));
    }

    #[test]
    fn retry_after_is_clamped_between_the_pause_and_its_double() {
        let check = |wish, pause| {
            let answer = Answer::Failed { retry_after: Some(Duration::from_secs(wish)) };
            let change = attempted(&delivery(0, DeliveryState::Due), answer);
            let DeliveryChange::Again { due, .. } = change else { panic!("{change:?}") };
            assert_eq!(due.since(NOW).as_secs(), pause, "{wish}");
        };
        check(5, 240);
        check(300, 300);
        check(1_000_000_000, 480);
    }
}
