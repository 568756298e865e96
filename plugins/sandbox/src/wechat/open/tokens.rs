//! The tokens that applications hold: two kinds apart from each other, each with its predecessor.

use std::collections::HashMap;
use std::time::Duration;

use jiff::Timestamp;

use crate::clock;
use crate::crypto::random_hex;

const LIFE: Duration = Duration::from_hours(2);
/// A token that was replaced works for so long; a stable one is replaced so long before its end.
const GRACE: Duration = Duration::from_mins(5);

#[derive(Clone)]
struct Token {
    text: String,
    dies_at: Timestamp,
}

impl Token {
    fn new(now: Timestamp) -> Self {
        Self { text: random_hex(64), dies_at: clock::after(now, LIFE) }
    }
}

/// One application's tokens of one kind.
#[derive(Default)]
struct Held {
    current: Option<Token>,
    before: Option<Token>,
}

impl Held {
    fn replace(&mut self, now: Timestamp) -> Token {
        let grace = clock::after(now, GRACE);
        self.before = self.current.take().map(|old| {
            let dies_at = old.dies_at.min(grace);
            Token { dies_at, ..old }
        });
        let new = Token::new(now);
        self.current = Some(new.clone());
        new
    }

    fn knows(&self, text: &str) -> Option<Timestamp> {
        let both = [self.current.as_ref(), self.before.as_ref()];
        both.into_iter().flatten().find(|own| own.text == text).map(|own| own.dies_at)
    }
}

#[derive(Default)]
pub(in crate::wechat) struct Tokens {
    classic: HashMap<String, Held>,
    stable: HashMap<String, Held>,
}

impl Tokens {
    /// Every call makes a new token, and the one before it dies after a grace.
    pub(super) fn classic(&mut self, app_id: &str, now: Timestamp) -> (String, u64) {
        let token = self.classic.entry(app_id.to_owned()).or_default().replace(now);
        told(&token, now)
    }

    /// The same token until shortly before its end; forced, a new one.
    pub(super) fn stable(&mut self, app_id: &str, force: bool, now: Timestamp) -> (String, u64) {
        let held = self.stable.entry(app_id.to_owned()).or_default();
        let good = |own: &&Token| clock::after(now, GRACE) < own.dies_at;
        let token = match held.current.as_ref().filter(good) {
            Some(own) if !force => own.clone(),
            Some(_) | None => held.replace(now),
        };
        told(&token, now)
    }

    /// Until when a token works; `None` when it is nobody's.
    pub(super) fn dies_at(&self, text: &str) -> Option<Timestamp> {
        let mut held = self.classic.values().chain(self.stable.values());
        held.find_map(|held| held.knows(text))
    }
}

fn told(token: &Token, now: Timestamp) -> (String, u64) {
    let left = token.dies_at.as_second().saturating_sub(now.as_second());
    (token.text.clone(), u64::try_from(left).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn a_new_classic_token_voids_the_old_one_after_five_minutes() {
        let mut tokens = Tokens::default();
        let (first, life) = tokens.classic("wx1", at("2026-01-15T00:00:00Z"));
        let (second, _) = tokens.classic("wx1", at("2026-01-15T01:00:00Z"));
        assert_eq!((life, first == second), (7200, false));
        assert_eq!(tokens.dies_at(&first), Some(at("2026-01-15T01:05:00Z")));
        assert_eq!(tokens.dies_at(&second), Some(at("2026-01-15T03:00:00Z")));
        tokens.classic("wx1", at("2026-01-15T01:01:00Z"));
        assert_eq!(tokens.dies_at(&first), None, "two are remembered");
    }

    #[test]
    fn a_stable_token_stays_until_shortly_before_its_end() {
        let mut tokens = Tokens::default();
        let (first, _) = tokens.stable("wx1", false, at("2026-01-15T00:00:00Z"));
        let (classic, _) = tokens.classic("wx1", at("2026-01-15T00:00:00Z"));
        let (again, left) = tokens.stable("wx1", false, at("2026-01-15T01:54:59Z"));
        assert_eq!((&again, left), (&first, 301));
        let (next, _) = tokens.stable("wx1", false, at("2026-01-15T01:55:00Z"));
        let (forced, _) = tokens.stable("wx1", true, at("2026-01-15T01:56:00Z"));
        assert!(next != first && forced != next);
        assert!(tokens.dies_at(&classic).is_some(), "the two kinds are apart");
    }
}
