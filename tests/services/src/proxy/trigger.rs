//! When a fault strikes.

use super::frames::Frames;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trigger {
    /// One of both sides says these bytes.
    Says(Vec<u8>),
    /// The service has said so many bytes since the client connected; the first ones still arrive.
    After(usize),
    /// The client has said these bytes, and the service, which is a PostgreSQL, has completed the
    /// command: the transaction is over, and its client never hears of it.
    Completes(Vec<u8>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    Client,
    Service,
}

/// What one connection has said so far, as far as triggers ask.
#[derive(Default)]
pub(super) struct Talk {
    /// The ends of what either side said, in which the beginning of a needle may stand.
    tails: [Vec<u8>; 2],
    said_by_service: usize,
    /// Since the client said what is to be completed.
    frames: Option<Frames>,
}

impl Talk {
    /// How much of what is said now passes, if the trigger is met.
    pub(super) fn meets(&mut self, trigger: &Trigger, side: Side, said: &[u8]) -> Option<usize> {
        match trigger {
            Trigger::Says(needle) => self.finds(needle, side, said).then_some(0),
            Trigger::After(limit) => {
                let room = limit.saturating_sub(self.said_by_service);
                (side == Side::Service && said.len() >= room).then_some(room)
            }
            Trigger::Completes(needle) if side == Side::Client => {
                if self.finds(needle, side, said) {
                    self.frames = Some(Frames::default());
                }
                None
            }
            Trigger::Completes(_) => {
                self.frames.as_mut().and_then(|it| it.completes(said).then_some(0))
            }
        }
    }

    /// Whether or not anything is armed.
    pub(super) fn note(&mut self, side: Side, said: &[u8]) {
        if side == Side::Service {
            self.said_by_service += said.len();
        }
    }

    fn finds(&mut self, needle: &[u8], side: Side, said: &[u8]) -> bool {
        let tail = &mut self.tails[side as usize];
        tail.extend_from_slice(said);
        let found = tail.windows(needle.len()).any(|it| it == needle);
        let keep = if found { 0 } else { needle.len().saturating_sub(1).min(tail.len()) };
        tail.drain(..tail.len() - keep);
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_needle_may_come_in_parts_and_of_one_side() {
        let (mut talk, says) = (Talk::default(), Trigger::Says(b"COMMIT".to_vec()));
        assert_eq!(talk.meets(&says, Side::Client, b"xxCOM"), None);
        assert_eq!(talk.meets(&says, Side::Service, b"MIT"), None);
        assert_eq!(talk.meets(&says, Side::Client, b"MITyy"), Some(0));
        assert_eq!(talk.meets(&says, Side::Client, b"MITyy"), None, "it is used up");
    }

    #[test]
    fn so_many_bytes_of_the_service_pass() {
        let (mut talk, after) = (Talk::default(), Trigger::After(10));
        let mut say = |side, said: &[u8]| {
            let passes = talk.meets(&after, side, said);
            talk.note(side, said);
            passes
        };
        assert_eq!(say(Side::Client, &[0; 100]), None);
        assert_eq!(say(Side::Service, &[0; 6]), None);
        assert_eq!(say(Side::Service, &[0; 6]), Some(4));
    }

    #[test]
    fn a_command_is_completed_after_it_was_said() {
        let (mut talk, completes) =
            (Talk::default(), Trigger::Completes(b"paymux_commit".to_vec()));
        let done = b"C\x00\x00\x00\x0dSELECT 1\x00Z\x00\x00\x00\x05I";
        assert_eq!(talk.meets(&completes, Side::Service, done), None, "another command's");
        assert_eq!(talk.meets(&completes, Side::Client, b"SELECT paymux_commit($1)"), None);
        assert_eq!(talk.meets(&completes, Side::Service, b"1\x00\x00\x00\x04"), None);
        assert_eq!(talk.meets(&completes, Side::Service, &done[..3]), None);
        assert_eq!(talk.meets(&completes, Side::Service, &done[3..]), Some(0));
    }
}
