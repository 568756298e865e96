//! A payment that waits for its payer's choice.

use super::plan::{before, cells};
use super::*;

/// The task of the attempt that is to come keeps the time until there is one.
#[test]
fn the_plan_of_an_offer_over_time() {
    let check = |events: &str, number: u16, expect: &str| {
        let story = Story::with("cashier").then(events);
        let moments = [T0, before(EXPIRY), EXPIRY, EXPIRY.after(EXPIRY_MARGIN)];
        assert_eq!(cells(&story, number, moments), expect, "{events}");
    };
    check("offer", 1, "wait wait expire expire");
    check("offer, close", 1, "done done done done");
    check("offer, dispatch", 1, "ask/resend ask/resend ask/wait ask/gone");
    check("offer, dispatch", 2, "done done done done");
    check("offer, dispatch, refuse 1", 1, "wait wait expire expire");
    check("offer, dispatch, accept 1, closed 1", 1, "wait wait expire expire");
    check("offer, dispatch, unsent 1", 1, "wait wait expire expire");
}
