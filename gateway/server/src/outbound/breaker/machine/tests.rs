use super::*;

const RULES: Rules = Rules { failures: 3, ratio: 50, pause: Duration::from_secs(10), probes: 2 };

/// Plays a story and compares what each step shows.
///
/// `+` a call that works, `-` one that fails, `.` one that says nothing, `(` a call that begins and
/// is still under way, `)` and `!` the oldest of those works or fails, `~` the oldest is lost;
/// a digit waits so many seconds, `T` ten, `m` a millisecond less than ten. Each call shows `1`, or
/// `0` where it is kept away. After `=` stands the health.
fn check(rules: Rules, story: &str, expect: &str) {
    let mut now = Instant::now();
    let mut machine = Machine::new(rules, now);
    let (mut under_way, mut shown) = (std::collections::VecDeque::new(), String::new());
    for step in story.chars() {
        let whole = match step {
            '+' => Some(Verdict::Worked),
            '-' => Some(Verdict::Failed),
            '.' => Some(Verdict::Silent),
            _ => None,
        };
        match (step, whole) {
            (_, Some(verdict)) => {
                let permit = machine.enter(now);
                shown.push(if permit.is_some() { '1' } else { '0' });
                permit.into_iter().for_each(|it| machine.leave(it, verdict, now));
            }
            ('(', _) => match machine.enter(now) {
                Some(permit) => {
                    under_way.push_back(permit);
                    shown.push('1');
                }
                None => shown.push('0'),
            },
            (')', _) => machine.leave(under_way.pop_front().unwrap(), Verdict::Worked, now),
            ('!', _) => machine.leave(under_way.pop_front().unwrap(), Verdict::Failed, now),
            ('~', _) => drop(under_way.pop_front().unwrap()),
            ('T', _) => now += Duration::from_secs(10),
            ('m', _) => now += Duration::from_millis(9999),
            (seconds, _) => {
                now += Duration::from_secs(seconds.to_digit(10).unwrap().into());
            }
        }
    }
    let shown = format!("{shown}={}", machine.health(now).name());
    assert_eq!(shown, expect, "{story}");
}

#[test]
fn it_shuts_after_failures_in_a_row_and_opens_when_all_probes_work() {
    let check = |story, expect| check(RULES, story, expect);
    check("", "=fit");
    check("--", "11=fit");
    check("--+--", "11111=fit");
    check("---", "111=shut");
    check("---+", "1110=shut");
    check("---m+", "1110=shut");
    check("---T", "111=probation");
    check("---T+", "1111=probation");
    check("---T++", "11111=fit");
    check("---T++--", "1111111=fit");
    check("---T-", "1111=shut");
    check("---T+-", "11111=shut");
    check("---T-+", "11110=shut");
    check("---T-T++", "111111=fit");
    // What says nothing neither helps nor harms.
    check("--.-", "1111=shut");
    check("---T....++", "111111111=fit");
}

#[test]
fn probation_lets_so_many_through_and_replaces_the_lost() {
    let check = |story, expect| check(RULES, story, expect);
    check("---T(((", "111110=probation");
    check("---T((+", "111110=probation");
    check("---T(()+", "111110=probation");
    check("---T(())", "11111=fit");
    check("---T(()!", "11111=shut");
    check("---T((~~+", "111110=probation");
    check("---T((~~T+", "111111=probation");
    check("---T((~~T++", "1111111=fit");
}

#[test]
fn what_was_begun_before_it_moved_says_nothing() {
    let check = |story, expect| check(RULES, story, expect);
    // A late success does not open it, a late failure does not shut it again.
    check("(---)+", "11110=shut");
    check("(---T)", "1111=probation");
    check("(---T+!+", "111111=fit");
    check("(---T++!--", "11111111=fit");
    // A probe of an earlier probation.
    check("---T((T(!+", "1111111=probation");
}

#[test]
fn it_shuts_when_too_many_of_the_last_calls_fail() {
    let rules = Rules { failures: 1000, ..RULES };
    let pairs = |count: usize| "+-".repeat(count);
    check(rules, &pairs(9), &format!("{}=fit", "1".repeat(18)));
    check(rules, &pairs(10), &format!("{}=shut", "1".repeat(20)));
    check(rules, &"++-".repeat(40), &format!("{}=fit", "1".repeat(120)));
    // What is long ago does not count.
    let apart = format!("{}T{}", pairs(9), pairs(9));
    check(rules, &apart, &format!("{}=fit", "1".repeat(36)));
    let near = format!("{}5{}", pairs(9), pairs(1));
    check(rules, &near, &format!("{}=shut", "1".repeat(20)));
    // A new beginning has no past.
    let anew = format!("{}T++--", pairs(10));
    check(rules, &anew, &format!("{}=fit", "1".repeat(24)));
}
