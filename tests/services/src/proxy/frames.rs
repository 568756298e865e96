//! PostgreSQL's messages, as far as it takes to see that a command is complete.

/// A message is its kind, its length in four bytes that count themselves, and the rest.
const HEAD: usize = 5;
const COMMAND_COMPLETE: u8 = b'C';

/// What a server says, from the beginning of a message on.
#[derive(Default)]
pub(super) struct Frames {
    head: Vec<u8>,
    /// Of the message under way, still to come.
    rest: usize,
}

impl Frames {
    /// Whether a command is completed within these bytes.
    pub(super) fn completes(&mut self, mut said: &[u8]) -> bool {
        while !said.is_empty() {
            let skipped = self.rest.min(said.len());
            (self.rest, said) = (self.rest - skipped, &said[skipped..]);
            let wanted = (HEAD - self.head.len()).min(said.len());
            self.head.extend_from_slice(&said[..wanted]);
            said = &said[wanted..];
            if let [kind, a, b, c, d] = self.head[..] {
                let length = u32::from_be_bytes([a, b, c, d]) as usize;
                self.rest = length.saturating_sub(HEAD - 1);
                self.head.clear();
                if kind == COMMAND_COMPLETE {
                    return true;
                }
            }
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(kind: u8, body: &[u8]) -> Vec<u8> {
        let length = u32::try_from(body.len() + 4).unwrap();
        [&[kind], &length.to_be_bytes()[..], body].concat()
    }

    #[test]
    fn only_a_message_of_that_kind_completes() {
        let row = message(b'D', b"CCCC\x00\x00\x00\x04C");
        let done = message(b'C', b"SELECT 1\x00");
        assert!(!Frames::default().completes(&row));
        assert!(Frames::default().completes(&[row.clone(), done.clone()].concat()));
        let mut frames = Frames::default();
        let both = [row, done].concat();
        let seen: Vec<_> = both.iter().map(|it| frames.completes(&[*it])).collect();
        assert_eq!(seen.iter().filter(|it| **it).count(), 1, "{seen:?}");
    }
}
