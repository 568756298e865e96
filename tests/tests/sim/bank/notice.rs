//! The channel's messages: lost, late, repeated, out of order, forged, and sent again until heard.

use http::HeaderValue;
use paymux_channel::Request;
use paymux_core::AttemptId;

use super::Outgoing;
use crate::sim::scene::{Act, Ms, State};
use crate::sim::wire::{self, Message, SIGNATURE, Story};

/// Between two tries; the last pause repeats.
const PAUSES: [Ms; 6] = [15_000, 15_000, 30_000, 180_000, 600_000, 1_200_000];

impl State {
    pub(super) fn publish(
        &mut self,
        bank: usize,
        attempt: AttemptId,
        news: Vec<Story>,
        silent: bool,
    ) {
        let id = format!("N{}", self.serial());
        let order = attempt.to_string();
        let forged = self.fault(|it| it.forged);
        let message = Message { id, order, news, stranger: false };
        if self.fault(|it| it.contradiction / 3) {
            let id = format!("N{}", self.serial());
            let order = message.order.clone();
            let news = lie(&message.news);
            self.send_out(bank, Message { id, order, news, stranger: true }, false);
            // Or the right words from the wrong channel.
            let id = format!("N{}", self.serial());
            let (order, news) = (message.order.clone(), lie(&message.news));
            self.send_out(1 - bank, Message { id, order, news, stranger: false }, false);
        }
        let next = self.banks[bank].messages.len();
        if forged {
            // The forgery used the number of the message that was to come.
            self.within(0, 2_000, Act::Knock { bank, message: next, forged: true });
        }
        self.send_out(bank, message, silent);
    }

    fn send_out(&mut self, bank: usize, message: Message, silent: bool) {
        self.note(|| format!("bank {bank} publishes {message:?}, silent: {silent}"));
        let number = self.banks[bank].messages.len();
        self.banks[bank].messages.push(Outgoing { message, acked: false, silent });
        self.within(0, 3_000, Act::Notice { bank, message: number, tries: 0 });
    }

    /// One try to be heard.
    pub(crate) fn set_out(&mut self, bank: usize, message: usize, tries: usize) {
        let outgoing = &self.banks[bank].messages[message];
        if outgoing.acked || outgoing.silent {
            return;
        }
        if !self.fault(|it| it.notice_lost) {
            let slow = self.random.permille(150);
            let longest = if slow { 60_000 } else { 1_500 };
            self.within(10, longest, Act::Knock { bank, message, forged: false });
            if self.fault(|it| it.notice_repeated) {
                self.count("repeated notices");
                self.within(10, longest, Act::Knock { bank, message, forged: false });
            }
        }
        let pause = PAUSES[tries.min(PAUSES.len() - 1)];
        let tries = tries + 1;
        // Who never hears an orphan or a stranger must not be called for ever.
        if tries < 12 || !self.calm {
            self.at(self.now + pause, Act::Notice { bank, message, tries });
        }
    }

    pub(crate) fn letter(&mut self, bank: usize, message: usize, forged: bool) -> Option<Request> {
        let outgoing = self.banks[bank].messages.get(message)?;
        let body = wire::write(&outgoing.message);
        let key = if forged { "a guess" } else { self.banks[bank].key };
        let signature = wire::sign(key, &body);
        let mut request = Request::new(body);
        let signature = HeaderValue::from_str(&signature).expect("hexadecimal");
        request.headers_mut().insert(SIGNATURE, signature);
        Some(request)
    }
}

/// Money that is not there.
fn lie(news: &[Story]) -> Vec<Story> {
    let trade = "T-none".to_owned();
    let amount = news.iter().find_map(|it| match it {
        Story::Paid { amount, .. } => Some(*amount),
        Story::Closed
        | Story::RefundDone { .. }
        | Story::RefundFailed { .. }
        | Story::RefundAbnormal { .. } => None,
    });
    match amount {
        Some(amount) => vec![Story::Paid { amount, trade, at: 0 }],
        None => vec![Story::Closed],
    }
}
