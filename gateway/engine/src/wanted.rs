//! Which of a channel's keys is wanted: told by whoever meets a signature of an unknown one.

use std::sync::{Mutex, PoisonError};

use tokio::sync::Notify;

/// Who named the key. Anybody can send a notification; an answer came from the channel itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    Notification,
    Answer,
}

/// One key at a time, and a bell for who fetches it.
#[derive(Default)]
pub struct KeysWanted {
    bell: Notify,
    wanted: Mutex<Option<(Source, String)>>,
}

impl KeysWanted {
    /// Who comes first is served first, but for answers: a flood of notifications that name
    /// nobody's keys must not keep a real one away.
    pub fn ring(&self, source: Source, serial: &str) {
        let mut wanted = self.wanted.lock().unwrap_or_else(PoisonError::into_inner);
        if wanted.as_ref().is_none_or(|it| it.0 < source) {
            *wanted = Some((source, serial.to_owned()));
        }
        self.bell.notify_one();
    }

    /// Returns when somebody has rung since the last time.
    pub async fn heard(&self) {
        self.bell.notified().await;
    }

    /// What to ask for; the next to ring may name another.
    pub fn take(&self) -> Option<String> {
        let mut wanted = self.wanted.lock().unwrap_or_else(PoisonError::into_inner);
        wanted.take().map(|(_, serial)| serial)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_answers_key_comes_before_strangers_words() {
        let wanted = KeysWanted::default();
        assert_eq!(wanted.take(), None);
        wanted.ring(Source::Notification, "a");
        wanted.ring(Source::Notification, "b");
        wanted.heard().await;
        assert_eq!(wanted.take().as_deref(), Some("a"));
        wanted.ring(Source::Notification, "c");
        wanted.ring(Source::Answer, "d");
        wanted.ring(Source::Answer, "e");
        wanted.ring(Source::Notification, "f");
        wanted.heard().await;
        assert_eq!(wanted.take().as_deref(), Some("d"));
        assert_eq!(wanted.take(), None);
    }
}
