//! A delivery: one merchant event on its way to one endpoint, on that endpoint's schedule.

use std::time::Duration;

use crate::id::{DeliveryId, MerchantId};
use crate::schedule::{Jitter, Schedule};
use crate::time::Timestamp;

/// A receiver may ask for so long, however short the pause of the schedule.
const LONGEST_WISH: Duration = Duration::from_secs(3600);

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    pub id: DeliveryId,
    pub merchant: MerchantId,
    pub state: DeliveryState,
    /// Attempts made so far on the present walk through the schedule.
    pub attempts: u16,
    /// When the money came that the event is about, where the merchant hears of it by this first.
    pub paid_at: Option<Timestamp>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeliveryState {
    Due,
    Delivered {
        at: Timestamp,
    },
    /// The schedule is used up, or there is nothing left to tell; the event stays listable.
    Exhausted {
        at: Timestamp,
    },
    /// Its endpoint is disabled; there is no task, and enabling the endpoint makes it due.
    Held {
        at: Timestamp,
    },
}

impl DeliveryState {
    /// All that [`Self::name`] may say.
    pub const NAMES: [&str; 4] = ["due", "delivered", "exhausted", "held"];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Due => "due",
            Self::Delivered { .. } => "delivered",
            Self::Exhausted { .. } => "exhausted",
            Self::Held { .. } => "held",
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
    /// A failure with which the endpoint was disabled.
    Disabling,
    /// There was nothing to send: the endpoint has no words for what the payment has become.
    Nothing,
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
        Self { id, merchant, state: DeliveryState::Due, attempts: 0, paid_at: None }
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
            Answer::Disabling => self.ended(attempts, DeliveryState::Held { at }),
            Answer::Nothing => self.ended(attempts, DeliveryState::Exhausted { at }),
            Answer::Failed { retry_after } => match schedule.delay(attempts.into(), jitter) {
                None => self.ended(attempts, DeliveryState::Exhausted { at }),
                Some(pause) => DeliveryChange::Again {
                    next: Self { attempts, ..self.clone() },
                    due: at.after(wish(pause, retry_after)),
                },
            },
        }
    }

    /// Its endpoint is disabled; `None` where there is nothing to hold.
    #[must_use]
    pub fn hold(&self, at: Timestamp) -> Option<Self> {
        let due = self.state == DeliveryState::Due;
        due.then(|| Self { state: DeliveryState::Held { at }, ..self.clone() })
    }

    /// Its endpoint is enabled again: the whole schedule lies ahead. `None` where it is not held.
    #[must_use]
    pub fn release(&self) -> Option<Self> {
        matches!(self.state, DeliveryState::Held { .. }).then(|| self.again())
    }

    /// Once more from the beginning, whatever became of it. What was heard already is no news.
    #[must_use]
    pub fn again(&self) -> Self {
        let heard = matches!(self.state, DeliveryState::Delivered { .. });
        let paid_at = self.paid_at.filter(|_| !heard);
        Self { state: DeliveryState::Due, attempts: 0, paid_at, ..self.clone() }
    }

    /// Whether a failure now would be the schedule's last.
    pub fn is_last(&self, schedule: &Schedule) -> bool {
        usize::from(self.attempts) + 1 >= schedule.attempts()
    }

    fn ended(&self, attempts: u16, state: DeliveryState) -> DeliveryChange {
        DeliveryChange::Ended(Self { attempts, state, ..self.clone() })
    }
}

/// `Retry-After` may stretch a pause to its double or to an hour, and never shortens it.
fn wish(pause: Duration, retry_after: Option<Duration>) -> Duration {
    retry_after.map_or(pause, |it| it.clamp(pause, (pause * 2).max(LONGEST_WISH)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_000_000);
    const FAILED: Answer = Answer::Failed { retry_after: None };

    fn delivery(attempts: u16, state: DeliveryState) -> Delivery {
        let id = "dlv_00000000000000000000000001_shop".replace("01_", "010001_");
        let id = id.parse().unwrap();
        Delivery { state, attempts, ..Delivery::new(id, "demo".parse().unwrap()) }
    }

    fn attempted(delivery: &Delivery, answer: Answer) -> DeliveryChange {
        delivery.attempted(answer, NOW, &Schedule::alipay(), Jitter::NONE)
    }

    #[test]
    fn every_state_meets_every_answer() {
        let at = NOW;
        let ended = [
            DeliveryState::Delivered { at },
            DeliveryState::Exhausted { at },
            DeliveryState::Held { at },
        ];
        for state in ended {
            for answer in [Answer::Acknowledged, FAILED, Answer::Disabling, Answer::Nothing] {
                assert_eq!(attempted(&delivery(3, state), answer), DeliveryChange::Redundant);
            }
        }
        let delivered = delivery(1, DeliveryState::Delivered { at });
        let due = delivery(0, DeliveryState::Due);
        assert_eq!(attempted(&due, Answer::Acknowledged), DeliveryChange::Ended(delivered));
        let held = delivery(1, DeliveryState::Held { at });
        assert_eq!(attempted(&due, Answer::Disabling), DeliveryChange::Ended(held));
        let over = delivery(1, DeliveryState::Exhausted { at });
        assert_eq!(attempted(&due, Answer::Nothing), DeliveryChange::Ended(over));
    }

    #[test]
    fn what_is_held_is_released_and_anything_may_go_again() {
        let at = NOW;
        let afresh = delivery(0, DeliveryState::Due);
        let check = |state, hold: bool, release: bool| {
            let before = delivery(5, state);
            let held = delivery(5, DeliveryState::Held { at });
            assert_eq!(before.hold(at), hold.then_some(held), "{state:?}");
            assert_eq!(before.release(), release.then(|| afresh.clone()), "{state:?}");
            assert_eq!(before.again(), afresh, "{state:?}");
        };
        check(DeliveryState::Due, true, false);
        check(DeliveryState::Delivered { at }, false, false);
        check(DeliveryState::Exhausted { at }, false, false);
        check(DeliveryState::Held { at }, false, true);
        let last = |attempts| delivery(attempts, DeliveryState::Due).is_last(&Schedule::alipay());
        assert_eq!([0, 6, 7, 8].map(last), [false, false, true, true]);
    }

    #[test]
    fn money_that_was_heard_of_is_news_no_more() {
        let check = |state, news: bool| {
            let paid = Delivery { paid_at: Some(Timestamp(7)), ..delivery(5, state) };
            assert_eq!(paid.again().paid_at, news.then_some(Timestamp(7)), "{state:?}");
        };
        check(DeliveryState::Exhausted { at: NOW }, true);
        check(DeliveryState::Held { at: NOW }, true);
        check(DeliveryState::Delivered { at: NOW }, false);
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
    fn retry_after_stretches_a_pause_within_bounds() {
        let check = |attempts, wish, pause| {
            let answer = Answer::Failed { retry_after: Some(Duration::from_secs(wish)) };
            let change = attempted(&delivery(attempts, DeliveryState::Due), answer);
            let DeliveryChange::Again { due, .. } = change else { panic!("{change:?}") };
            assert_eq!(due.since(NOW).as_secs(), pause, "{attempts} {wish}");
        };
        check(0, 5, 240);
        check(0, 300, 300);
        check(0, 1_000_000_000, 3600);
        check(4, 5, 7200);
        check(4, 10_000, 10_000);
        check(4, 1_000_000_000, 14_400);
    }
}
