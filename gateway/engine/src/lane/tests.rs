use super::*;

const NOW: Timestamp = Timestamp(1_000_000);
const TERMS: Terms = Terms {
    places: 12,
    per_endpoint: 4,
    breaker_failures: 3,
    breaker_pause: Duration::from_secs(30),
    disable_after: Duration::from_secs(432_000),
};
const QUICK: Duration = Duration::from_millis(8);
const SLOW: Duration = Duration::from_secs(10);

fn later(seconds: u64) -> Timestamp {
    NOW.after(Duration::from_secs(seconds))
}

fn admit(lanes: &Lanes, merchant: &str, endpoint: &str, now: Timestamp) -> Result<Place, Wait> {
    lanes.admit(&merchant.parse().unwrap(), &endpoint.parse().unwrap(), &TERMS, now)
}

fn why(admitted: Result<Place, Wait>) -> &'static str {
    admitted.map_or_else(|it| it.why, |_| "admitted")
}

fn conclude(lanes: &Lanes, reached: bool, took: Duration, now: Timestamp) {
    admit(lanes, "shop", "a", now).expect("a place").conclude(reached, took, &TERMS, now);
}

/// Begins as many as it may.
fn fill(lanes: &Lanes, merchant: &str, endpoint: &str) -> Vec<Place> {
    std::iter::from_fn(|| admit(lanes, merchant, endpoint, NOW).ok()).collect()
}

#[test]
fn an_endpoint_holds_its_places_and_gives_them_back() {
    let lanes = Lanes::default();
    let held = fill(&lanes, "shop", "a");
    assert_eq!(held.len(), 4);
    assert_eq!(why(admit(&lanes, "shop", "a", NOW)), "shed");
    assert_eq!(why(admit(&lanes, "shop", "b", NOW)), "admitted");
    assert_eq!(why(admit(&lanes, "inn", "a", NOW)), "admitted", "another merchant's name");
    drop(held);
    assert_eq!(fill(&lanes, "shop", "a").len(), 4);
}

#[test]
fn a_merchant_holds_as_much_as_it_leaves() {
    let lanes = Lanes::default();
    let names = ["a", "b", "c", "d", "e"];
    let all = |merchant| names.iter().flat_map(|it| fill(&lanes, merchant, it)).collect::<Vec<_>>();
    let first = all("one");
    assert_eq!(first.len(), 6, "half of twelve");
    assert_eq!(why(admit(&lanes, "one", "e", NOW)), "over_share");
    let second = all("two");
    assert_eq!(second.len(), 3);
    let others: Vec<_> = ["three", "four", "five"].map(|it| all(it).len()).to_vec();
    assert!(others.iter().all(|it| *it > 0), "{others:?}");
    let third = admit(&lanes, "three", "a", NOW).ok();
    assert!(third.is_some(), "whoever holds nothing finds a place");
}

#[test]
fn failures_in_a_row_shut_the_breaker_and_one_success_opens_it() {
    let lanes = Lanes::default();
    for _ in 0..2 {
        conclude(&lanes, false, QUICK, NOW);
    }
    conclude(&lanes, true, QUICK, NOW);
    for _ in 0..3 {
        assert_eq!(why(admit(&lanes, "shop", "a", NOW)), "admitted");
        conclude(&lanes, false, QUICK, NOW);
    }
    let wait = admit(&lanes, "shop", "a", later(10)).expect_err("shut");
    assert_eq!((wait.why, wait.pause.as_secs()), ("shut", 20));
    // One tries; others wait for what it finds.
    let probe = admit(&lanes, "shop", "a", later(30)).expect("probation");
    assert_eq!(why(admit(&lanes, "shop", "a", later(30))), "shut");
    probe.conclude(false, SLOW, &TERMS, later(40));
    assert_eq!(why(admit(&lanes, "shop", "a", later(69))), "shut");
    let probe = admit(&lanes, "shop", "a", later(70)).expect("probation");
    probe.conclude(true, QUICK, &TERMS, later(70));
    assert_eq!(fill(&lanes, "shop", "a").len(), 4);
}

#[test]
fn a_probe_that_is_never_judged_does_not_block_the_next() {
    let lanes = Lanes::default();
    (0..3).for_each(|_| conclude(&lanes, false, QUICK, NOW));
    drop(admit(&lanes, "shop", "a", later(30)));
    assert_eq!(why(admit(&lanes, "shop", "a", later(30))), "admitted");
}

#[test]
fn a_clock_set_back_keeps_nothing_shut_for_longer_than_the_pause() {
    let lanes = Lanes::default();
    (0..3).for_each(|_| conclude(&lanes, false, QUICK, later(86_400)));
    let wait = admit(&lanes, "shop", "a", NOW).expect_err("shut");
    assert!(wait.pause <= TERMS.breaker_pause + LONGEST_WAIT, "{wait:?}");
}

/// Who waits lines up at the endpoint's own pace: soon where it is quick, late where it is slow.
#[test]
fn the_line_is_as_long_as_the_work() {
    let pauses = |took: Duration, waiting: usize| {
        let lanes = Lanes::default();
        (0..60).for_each(|_| conclude(&lanes, true, took, NOW));
        let held = fill(&lanes, "shop", "a");
        let pauses = (0..waiting).map(|_| admit(&lanes, "shop", "a", NOW).err().unwrap().pause);
        let pauses: Vec<_> = pauses.collect();
        assert!(pauses.is_sorted(), "{pauses:?}");
        drop(held);
        (pauses[0].as_millis(), pauses[waiting - 1].as_millis())
    };
    assert_eq!(pauses(QUICK, 1), (50, 50));
    let (first, last) = pauses(QUICK, 100);
    assert!(first == 50 && (50..=200).contains(&last), "{last}");
    // One was refused before: these are the second to the eleventh, 2.5 s apart.
    let (first, last) = pauses(SLOW, 10);
    assert!((4_900..=5_000).contains(&first), "{first}");
    assert!((27_000..=27_500).contains(&last), "{last}");
    assert_eq!(pauses(SLOW, 100_000).1, 60_000, "never beyond the horizon");
}

#[test]
fn a_shut_breaker_is_a_lasting_failure() {
    let lanes = Lanes::default();
    let ends = |reached, now| {
        admit(&lanes, "shop", "a", now).expect("a place").conclude(reached, QUICK, &TERMS, now)
    };
    assert_eq!([ends(false, NOW), ends(false, NOW), ends(false, NOW)], [false, false, true]);
    assert!(ends(false, later(60)), "its probe fails");
    assert!(!ends(true, later(120)), "it is back");
}
