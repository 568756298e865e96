//! What to do next, over time; and that doing it comes to an end.

use std::collections::BTreeMap;

use super::*;

/// `plan` and `absence` just before expiry, at it, just before the end of the margin, at it.
fn row(events: &str, number: u16) -> String {
    let margin = EXPIRY.after(EXPIRY_MARGIN);
    let before = |at: Timestamp| Timestamp(at.0 - 1);
    let moments = [before(EXPIRY), EXPIRY, before(margin), margin];
    let story = Story::of(events);
    let (payment, id) = (&story.payment, story.id(number));
    let cells = moments.map(|at| match payment.plan(id, at) {
        Plan::Done => "done".into(),
        Plan::Wait { until } if until == EXPIRY => "wait".into(),
        Plan::Wait { until } => panic!("{until:?}"),
        Plan::Expire => "expire".into(),
        Plan::Query => format!("ask/{}", word(payment.absence(id, at))),
        Plan::Close => format!("close/{}", word(payment.absence(id, at))),
    });
    format!("{events:36} #{number} {}", cells.join(" "))
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
            Plan::Query => self.ask(number, "query"),
            Plan::Close => self.ask(number, "close"),
        }
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
        let close = question == "close";
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
