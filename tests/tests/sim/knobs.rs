//! What a seed makes of the world: each seed its own mixture of faults, some of them absent.

use super::random::Random;

/// Chances in thousandths, unless they say otherwise.
#[derive(Clone, Debug)]
pub(crate) struct Knobs {
    /// Clocks are off by more than any margin allows for: then "closed" may be told too early,
    /// and what comes of it must be mended.
    pub(crate) wild: bool,
    /// Requests take long to fail, and codes that nobody was shown are paid: two payments of one
    /// order are as likely as they can be.
    pub(crate) muddled: bool,
    /// Everything is paid at once and asked back, by workers that are slow beyond their leases.
    pub(crate) sluggish: bool,
    pub(crate) nodes: usize,
    pub(crate) payments: usize,
    pub(crate) read_fails: u64,
    pub(crate) commit_unavailable: u64,
    pub(crate) commit_unknown: u64,
    pub(crate) never_sent: u64,
    pub(crate) request_lost: u64,
    pub(crate) request_late: u64,
    pub(crate) request_repeated: u64,
    pub(crate) answer_lost: u64,
    pub(crate) answer_broken: u64,
    pub(crate) refused: u64,
    pub(crate) refund_refused: u64,
    pub(crate) refund_abnormal: u64,
    /// Per step, in ten thousandths.
    pub(crate) crash: u64,
    pub(crate) cancelled: u64,
    pub(crate) frozen: u64,
    pub(crate) jumps: u64,
    pub(crate) guard: Temper,
    pub(crate) notice_lost: u64,
    pub(crate) notice_repeated: u64,
    /// Nothing is ever heard of what happened, so that only a question finds it.
    pub(crate) notice_silent: u64,
    /// Money for an order whose code nobody was shown.
    pub(crate) stray: u64,
    /// Money that lands after the channel said "closed".
    pub(crate) late_money: u64,
    /// A charge that cannot be undone just now.
    pub(crate) recall: u64,
    /// A charge that is not undone any more once it is paid.
    pub(crate) firm: u64,
    pub(crate) contradiction: u64,
    pub(crate) forged: u64,
    pub(crate) endpoint_fails: u64,
    pub(crate) reply_lost: u64,
}

/// What the guard is like: a hint is all it ever gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Temper {
    Honest,
    Lying,
    Away,
}

impl Knobs {
    pub(crate) fn of(random: &mut Random) -> Self {
        let mut up_to = |most: i64| {
            let absent = random.permille(350);
            let chance = random.within(1..=most);
            if absent { 0 } else { u64::try_from(chance).expect("positive") }
        };
        let wild = up_to(20) == 20;
        let muddled = up_to(8) == 8;
        let sluggish = !wild && up_to(8) == 8;
        let knobs = Self {
            sluggish,
            muddled,
            wild,
            nodes: 1 + usize::try_from(up_to(2) / 2).expect("small"),
            payments: 4 + usize::try_from(up_to(10)).expect("small"),
            read_fails: up_to(30),
            commit_unavailable: up_to(60),
            commit_unknown: up_to(100),
            never_sent: up_to(250),
            request_lost: up_to(150),
            request_late: up_to(150),
            request_repeated: up_to(100),
            answer_lost: up_to(200),
            answer_broken: up_to(150),
            refused: up_to(150),
            refund_refused: if wild { 0 } else { up_to(200) },
            refund_abnormal: up_to(150),
            crash: up_to(60),
            cancelled: up_to(40),
            frozen: up_to(60),
            jumps: up_to(8),
            guard: [Temper::Honest, Temper::Lying, Temper::Away]
                [usize::try_from(up_to(100) % 3).expect("small")],
            notice_lost: up_to(400),
            notice_repeated: up_to(500),
            notice_silent: up_to(500),
            stray: up_to(500),
            late_money: up_to(700),
            recall: up_to(500),
            firm: up_to(100),
            contradiction: up_to(200),
            forged: up_to(200),
            endpoint_fails: up_to(500),
            reply_lost: up_to(250),
        };
        match (muddled, sluggish) {
            (true, _) => Self { never_sent: 350, stray: 900, late_money: 900, refused: 0, ..knobs },
            // Workers lose their leases in the middle, and refunds are refused that worked later.
            (false, true) => Self { frozen: 300, refund_refused: 450, request_lost: 150, ..knobs },
            (false, false) => knobs,
        }
    }
}
