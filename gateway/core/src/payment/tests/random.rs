//! Random histories, sensible and not: nothing panics, and every step stays sound.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::*;

const WORDS: [&str; 25] = [
    "offer",
    "dispatch",
    "resend",
    "accept",
    "unsent",
    "refuse",
    "paid",
    "paid-elsewhere",
    "underpaid",
    "closed",
    "close",
    "charge",
    "reversing",
    "still-paid",
    "returned",
    "supersede",
    "refund",
    "refund-resend",
    "refund-retry",
    "refund-accepted",
    "refund-paid",
    "refund-refused",
    "refund-closed",
    "refund-unsent",
    "refund-abnormal",
];

pub(crate) const FLAGS: [&str; 8] = [
    "",
    "cashier",
    "barcode",
    "late=accept",
    "late=flag duplicate=flag",
    "barcode late=accept duplicate=flag",
    "duplicate=accept",
    "apart=60",
];

/// A word, a small number for it, and the seconds that pass before it.
pub(crate) fn history() -> impl Strategy<Value = Vec<(&'static str, u16, u64)>> {
    let number = prop_oneof![9 => 0_u16..4, 1 => 4_u16..120];
    vec((select(&WORDS[..]), number, prop_oneof![9 => 0_u64..40, 1 => 0_u64..3000]), 0..60)
}

/// `dispatch 0` is the next attempt, and so the sensible one.
pub(crate) fn text(word: &str, number: u16) -> String {
    match word {
        "dispatch" | "charge" if number < 3 => word.into(),
        "refund" => format!("refund {}", number * 7),
        _ => format!("{word} {number}"),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    /// [`Story::meet`] checks each step as a whole.
    #[test]
    fn nothing_panics_and_every_step_is_sound(flags in select(&FLAGS[..]), history in history()) {
        let mut story = Story::with(flags);
        let mut applied = 0;
        for (word, number, seconds) in history {
            story.at = after(story.at, seconds);
            let before = story.payment.clone();
            match story.tell(&text(word, number)) {
                Ok(Transition::Applied { .. }) => applied += 1,
                Ok(Transition::Redundant | Transition::Rejected(_)) | Err(_) => {
                    prop_assert_eq!(&story.payment, &before);
                }
            }
            prop_assert_eq!(story.payment.version, applied);
            prop_assert_eq!(story.payment.check(), Ok(()));
            for id in 0..10 {
                let id = story.id(id);
                let _ = story.payment.plan(id, story.at);
                let _ = story.payment.absence(id, story.at);
                prop_assert!(story.payment.ask_again_at(id, story.at) > story.at);
            }
        }
    }

    /// What was applied is known: the same event again changes nothing but a count of sends.
    #[test]
    fn a_fact_told_twice_is_told_once(history in history()) {
        let mut story = Story::with("");
        for (word, number, seconds) in history {
            story.at = after(story.at, seconds);
            let event = story.event(&text(word, number));
            let Ok(Transition::Applied { .. }) = story.meet(&event) else { continue };
            let again = story.clone().meet(&event);
            let repeats = matches!(again, Ok(Transition::Applied { .. }));
            // What is counted is no fact: each is another one.
            let resent = matches!(event, Event::Resent { .. } | Event::RefundResent { .. });
            let unsent = matches!(event, Event::RefundUnsent { .. } | Event::Unsent { .. });
            // Money reported of a closed charge is asked about, and so is what is said of it then.
            let reported = story.payment.attempts.iter().any(|it| it.recheck.is_some());
            let unsent = unsent || reported || matches!(event, Event::StillPaid { .. });
            prop_assert!(repeats == resent || unsent, "{:?}: {:?}", event, again);
        }
    }

    /// Facts about different attempts may come in either order: the money ends up the same.
    #[test]
    fn money_does_not_depend_on_the_order_of_the_news(order in Just(vec![
        "paid 1", "paid 2", "closed 1", "closed 2", "accept 2", "close", "paid 1", "closed 2",
    ]).prop_shuffle()) {
        let mut story = Story::of("dispatch, dispatch");
        for event in order {
            prop_assert!(story.tell(event).is_ok());
        }
        let totals = story.payment.totals().unwrap();
        prop_assert_eq!(totals.paid, fen(2 * AMOUNT));
        let kept = i64::from(matches!(story.payment.verdict, Verdict::Succeeded { .. })) * AMOUNT;
        prop_assert_eq!(totals.reserved, fen(2 * AMOUNT - kept));
    }
}
