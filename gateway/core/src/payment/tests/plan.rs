//! What to do next, over time; and that doing it comes to an end.

use std::collections::BTreeMap;

use super::*;

/// `plan` and `absence` just before expiry, at it, just before the end of the margin, at it.
fn row(events: &str, number: u16) -> String {
    let margin = EXPIRY.after(EXPIRY_MARGIN);
    let moments = [before(EXPIRY), EXPIRY, before(margin), margin];
    let cells = cells(&Story::of(events), number, moments);
    format!("{events:36} #{number} {cells}")
}

pub(super) fn before(at: Timestamp) -> Timestamp {
    Timestamp(at.0 - 1)
}

pub(super) fn cells<const N: usize>(story: &Story, number: u16, moments: [Timestamp; N]) -> String {
    let (payment, id) = (&story.payment, story.id(number));
    let cells = moments.map(|at| match payment.plan(id, at) {
        Plan::Done => "done".into(),
        Plan::Wait { until } if until == EXPIRY || until == T0.after(EXPIRY_MARGIN) => {
            "wait".into()
        }
        Plan::Wait { until } => panic!("{until:?}"),
        Plan::Expire => "expire".into(),
        Plan::Query => format!("ask/{}", word(payment.absence(id, at))),
        Plan::Close => format!("close/{}", word(payment.absence(id, at))),
        Plan::Reverse => format!("undo/{}", word(payment.absence(id, at))),
        Plan::Recheck => "recheck".into(),
    });
    cells.join(" ")
}

/// Just before a charge may be reversed, then; just before it is decided, then; and at the end of
/// the margin.
#[test]
fn the_plan_of_a_charge_over_time() {
    let check = |events: &str, expect: &str| {
        let story = Story::with("barcode").then(events);
        let [young, decided] = [TILL.reverse_after, TILL.decide_after].map(|it| T0.after(it));
        let lapsed = decided.after(EXPIRY_MARGIN);
        let moments = [before(young), young, before(decided), decided, before(lapsed), lapsed];
        assert_eq!(cells(&story, 1, moments), expect, "{events}");
    };
    let decided = "undo/wait undo/wait undo/gone";
    check("dispatch", &format!("ask/resend ask/resend ask/resend {decided}"));
    check("dispatch, accept 1", &format!("ask/wait ask/wait ask/wait {decided}"));
    let unwanted = format!("ask/wait undo/wait undo/wait {decided}");
    check("dispatch, close", &unwanted);
    check("dispatch, accept 1, close", &unwanted);
    check("dispatch, accept 1, supersede 1", &unwanted);
    check("dispatch, supersede 1", &unwanted);
    check("dispatch, reversing 1", &format!("ask/wait undo/wait undo/wait {decided}"));
    check("dispatch, closed 1", "wait wait wait wait wait wait");
    check("dispatch, close, closed 1", "done done done done done done");
    check("dispatch, close, closed 1, paid 1", "wait wait wait wait recheck recheck");
}

#[test]
fn a_charge_is_asked_about_all_the_time_and_when_it_is_decided() {
    let story = Story::with("barcode").then("dispatch");
    let next = |seconds| {
        let at = after(T0, seconds);
        story.payment.ask_again_at(story.id(1), at).since(at).as_secs()
    };
    let cases = [(0, 5), (12, 3), (15, 5), (42, 3), (45, 5), (300, 5), (345, 172), (2000, 300)];
    for (age, pause) in cases {
        assert_eq!(next(age), pause, "at the age of {age} s");
    }
    // An order that expires sooner is decided sooner.
    let mut soon = story.payment.clone();
    soon.order.expires_at = after(T0, 30);
    assert_eq!(soon.plan(story.id(1), after(T0, 29)), Plan::Query);
    assert_eq!(soon.plan(story.id(1), after(T0, 30)), Plan::Reverse);
}

fn word(absence: Absence) -> &'static str {
    match absence {
        Absence::Wait => "wait",
        Absence::Resend => "resend",
        Absence::Gone => "gone",
    }
}

#[test]
fn the_plan_over_time() {
    #[rustfmt::skip]
    let table = [
        "dispatch                             #1 ask/resend ask/wait ask/wait ask/gone",
        "dispatch, close                      #1 ask/wait ask/wait ask/wait ask/gone",
        "dispatch, accept 1                   #1 ask/wait close/wait close/wait close/gone",
        "dispatch, accept 1, close            #1 close/wait close/wait close/wait close/gone",
        "dispatch, unsent 1                   #1 wait expire expire expire",
        "dispatch, closed 1                   #1 wait expire expire expire",
        "dispatch, closed 1, close            #1 done done done done",
        "dispatch, refuse 1                   #1 done done done done",
        "dispatch, paid 1                     #1 done done done done",
        "dispatch, closed 1, close, paid 1    #1 done done done done",
        "dispatch, dispatch                   #1 close/wait close/wait close/wait close/gone",
        "dispatch, dispatch                   #2 ask/resend ask/wait ask/wait ask/gone",
        "dispatch, unsent 1, dispatch         #1 done done done done",
        "dispatch, dispatch, closed 2         #2 wait expire expire expire",
        "dispatch, dispatch, closed 2, close  #2 done done done done",
        "dispatch, dispatch, closed 2, close  #1 close/wait close/wait close/wait close/gone",
        "dispatch, dispatch, refuse 2         #2 wait expire expire expire",
        "dispatch, dispatch, paid 1           #2 ask/wait ask/wait ask/wait ask/gone",
        "dispatch, dispatch, accept 2, paid 1 #2 close/wait close/wait close/wait close/gone",
        "dispatch, dispatch, paid 2           #1 close/wait close/wait close/wait close/gone",
        "dispatch                             #7 done done done done",
    ];
    for expected in table {
        let (events, rest) = expected.split_once('#').unwrap();
        let number = rest.split(' ').next().unwrap().parse().unwrap();
        assert_eq!(row(events.trim_end(), number), expected);
    }
}

#[test]
fn questions_are_dense_at_first_sparse_later_and_one_falls_on_expiry() {
    let story = Story::of("dispatch");
    let next = |seconds| {
        let at = after(T0, seconds);
        story.payment.ask_again_at(story.id(1), at).since(at).as_secs()
    };
    let cases = [(0, 5), (5, 5), (10, 5), (20, 10), (60, 30), (600, 300), (1400, 300)];
    for (age, pause) in cases {
        assert_eq!(next(age), pause, "at the age of {age} s");
    }
    assert_eq!(next(1799), 1, "at expiry");
    assert_eq!(next(1800), 300, "and after it");
    // A clock that stepped back asks soon, not never.
    let early = Timestamp(T0.0 - 3_600_000);
    assert_eq!(story.payment.ask_again_at(story.id(1), early), after(early, 5));
    let unknown = story.payment.ask_again_at(story.id(9), T0);
    assert_eq!(unknown, after(T0, 5));
}

/// How a channel treats one order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Channel {
    /// Each request is lost on its way, and the answer with it.
    Deaf,
    /// The order is made and waits; the answer is lost.
    Mute,
    /// Unknown until scanned, and never scanned.
    Unscanned,
    /// Waits for its payer until it is closed.
    Patient,
    /// Closes by itself at expiry, and refuses to be closed before.
    Stubborn,
    /// Paid after ten minutes.
    Paid,
    /// Paid in the very moment in which it is to be closed.
    PaidOnClose,
    /// Refused when asked.
    Refusing,
}

const CHANNELS: [Channel; 8] = [
    Channel::Deaf,
    Channel::Mute,
    Channel::Unscanned,
    Channel::Patient,
    Channel::Stubborn,
    Channel::Paid,
    Channel::PaidOnClose,
    Channel::Refusing,
];

/// Follows the plan as a worker does, in virtual time.
struct Walk {
    story: Story,
    channel: Channel,
    due: BTreeMap<u16, Timestamp>,
    asked: usize,
}

impl Walk {
    fn new(story: Story, channel: Channel) -> Self {
        let due = story.payment.attempts.iter().map(|it| (it.id.number, story.at)).collect();
        Self { story, channel, due, asked: 0 }
    }

    /// The moment at which nothing is left to do.
    fn run(mut self) -> (Payment, Timestamp, usize) {
        while let Some((number, at)) =
            self.due.iter().map(|(n, at)| (*n, *at)).min_by_key(|it| it.1)
        {
            self.story.at = self.story.at.max(at);
            self.step(number);
            assert!(self.asked < 200, "{:?} goes on for ever", self.channel);
        }
        (self.story.payment, self.story.at, self.asked)
    }

    fn step(&mut self, number: u16) {
        let (id, now) = (self.story.id(number), self.story.at);
        self.asked += 1;
        match self.story.payment.plan(id, now) {
            Plan::Done => {
                self.due.remove(&number);
            }
            Plan::Wait { until } => {
                assert!(until > now, "waiting for the past");
                self.due.insert(number, until);
            }
            Plan::Expire => {
                let version = self.story.payment.version;
                self.news("close");
                assert_ne!(version, self.story.payment.version, "expiry must move it");
            }
            Plan::Query | Plan::Recheck => self.ask(number, "query"),
            Plan::Close => self.ask(number, "close"),
            Plan::Reverse => self.undo(number),
        }
    }

    /// Asked first; undone only where the intent is recorded.
    fn undo(&mut self, number: u16) {
        let (id, now) = (self.story.id(number), self.story.at);
        self.due.insert(number, self.story.payment.ask_again_at(id, now));
        let gone = self.story.payment.absence(id, now) == Absence::Gone;
        let reversing = |it: &Self| {
            it.story.payment.attempt(id).map(|it| &it.standing) == Some(&Standing::Reversing)
        };
        match self.answer("query") {
            "closed" => return self.ended(number),
            "paid" if !reversing(self) => return self.news(&format!("paid {number}")),
            "absent" if gone => return self.ended(number),
            "refuse" => self.news(&format!("refuse {number}")),
            _ => {}
        }
        if !self.story.payment.attempt(id).is_some_and(|it| it.standing.is_live()) {
            self.due.remove(&number);
            return;
        }
        self.news(&format!("reversing {number}"));
        assert!(reversing(self), "undone without intent");
        if self.answer("reverse") == "closed" {
            self.ended(number);
        }
    }

    /// With the only attempt, its payment ends.
    fn ended(&mut self, number: u16) {
        self.news("close");
        self.news(&format!("closed {number}"));
        self.due.remove(&number);
    }

    /// Records one event; what it wakes is due again.
    fn news(&mut self, event: &str) {
        self.story.tell(event).unwrap();
        for effect in &self.story.effects {
            if let Effect::Resolve { attempt, due } = effect {
                self.due.insert(attempt.number, *due);
            }
        }
    }

    fn ask(&mut self, number: u16, question: &'static str) {
        let (id, now) = (self.story.id(number), self.story.at);
        self.due.insert(number, self.story.payment.ask_again_at(id, now));
        let absence = self.story.payment.absence(id, now);
        let in_doubt = self.story.payment.attempt(id).unwrap().standing == Standing::InDoubt;
        match self.answer(question) {
            "absent" if absence == Absence::Gone => self.news(&format!("closed {number}")),
            "absent" if absence == Absence::Resend => self.news(&format!("resend {number}")),
            "absent" => {}
            "unpaid" if in_doubt && question == "query" => match absence {
                Absence::Resend => self.news(&format!("resend {number}")),
                Absence::Wait | Absence::Gone => self.ask(number, "close"),
            },
            "unpaid" => {}
            news => self.news(&format!("{news} {number}")),
        }
    }

    fn answer(&self, question: &str) -> &'static str {
        let over = self.story.at >= EXPIRY;
        let close = question != "query";
        match self.channel {
            Channel::Deaf | Channel::Unscanned => "absent",
            Channel::Mute | Channel::Patient => {
                if close {
                    "closed"
                } else {
                    "unpaid"
                }
            }
            Channel::Stubborn => {
                if over {
                    "closed"
                } else {
                    "unpaid"
                }
            }
            // What was paid is returned with the charge.
            Channel::Paid | Channel::PaidOnClose | Channel::Refusing if question == "reverse" => {
                "closed"
            }
            Channel::Paid => {
                if self.story.at >= after(T0, 600) {
                    "paid"
                } else {
                    "unpaid"
                }
            }
            Channel::PaidOnClose => {
                if close {
                    "paid"
                } else {
                    "unpaid"
                }
            }
            Channel::Refusing => "refuse",
        }
    }
}

const BEGINNINGS: [&str; 10] = [
    "dispatch",
    "dispatch, resend 1",
    "dispatch, accept 1",
    "dispatch, resend 1, accept 1",
    "dispatch, close",
    "dispatch, accept 1, close",
    "dispatch, unsent 1",
    "dispatch, dispatch",
    "dispatch, dispatch, accept 2",
    "dispatch, dispatch, close",
];

/// Whatever the channel is like: if it answers, the payment ends ten minutes after expiry.
#[test]
fn following_the_plan_comes_to_an_end() {
    let latest = EXPIRY.after(EXPIRY_MARGIN * 2);
    for (channel, events) in CHANNELS.iter().flat_map(|c| BEGINNINGS.map(|it| (*c, it))) {
        let (payment, end, asked) = Walk::new(Story::of(events), channel).run();
        assert_ne!(payment.verdict, Verdict::Open, "{channel:?}: {events}");
        assert!(end <= latest, "{channel:?}: {events}: {} s late", end.since(latest).as_secs());
        assert!(asked < 60, "{channel:?}: {events}: asked {asked} times");
        let live = payment.attempts.iter().any(|it| it.standing.is_live());
        assert!(!live, "{channel:?}: {events}: {payment:?}");
    }
}

/// Whoever waits at a till has an answer as soon as the channel has one.
#[test]
fn following_the_plan_of_a_charge_comes_to_an_end_soon() {
    let beginnings = ["dispatch", "dispatch, resend 1", "dispatch, accept 1", "dispatch, close"];
    for (channel, events) in CHANNELS.iter().flat_map(|c| beginnings.map(|it| (*c, it))) {
        let story = Story::with("barcode").then(events);
        let (payment, end, asked) = Walk::new(story, channel).run();
        assert_ne!(payment.verdict, Verdict::Open, "{channel:?}: {events}");
        let seconds = end.since(T0).as_secs();
        let silent = matches!(channel, Channel::Deaf | Channel::Unscanned);
        let stubborn = channel == Channel::Stubborn;
        let latest = if stubborn {
            2_400
        } else if silent {
            350
        } else {
            60
        };
        assert!(seconds <= latest, "{channel:?}: {events}: {seconds} s");
        assert!(asked < 120, "{channel:?}: {events}: asked {asked} times");
    }
}

#[test]
fn the_end_is_the_right_one() {
    let check = |events, channel, verdict| {
        let (payment, ..) = Walk::new(Story::of(events), channel).run();
        assert_eq!(payment.verdict, verdict, "{channel:?}: {events}");
    };
    let attempt = Story::of("dispatch").id(1);
    check("dispatch, accept 1", Channel::Paid, Verdict::Succeeded { attempt });
    check("dispatch, accept 1", Channel::PaidOnClose, Verdict::Succeeded { attempt });
    check("dispatch, accept 1, close", Channel::PaidOnClose, Verdict::Succeeded { attempt });
    check("dispatch, accept 1", Channel::Patient, Verdict::Closed);
    check("dispatch, accept 1", Channel::Unscanned, Verdict::Closed);
    check("dispatch, close", Channel::Mute, Verdict::Closed);
    check("dispatch", Channel::Deaf, Verdict::Closed);
    check("dispatch", Channel::Refusing, Verdict::Failed { attempt });
    check("dispatch, unsent 1", Channel::Deaf, Verdict::Closed);
}
