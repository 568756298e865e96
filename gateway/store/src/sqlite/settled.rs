//! The notifications that were written last and never change again: whoever asks for one of them
//! need not wait for a reader.
//!
//! This process alone writes the file, a committed row stays in it, and no disposition but an
//! orphan's ever changes, so what is remembered here is what a reader would find.

use std::collections::{HashSet, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use paymux_core::AccountId;

use crate::{Disposition, Evidence};

/// A channel repeats within minutes; at some 150 bytes each.
const CAPACITY: usize = 16_384;

type Key = Arc<(AccountId, String)>;

#[derive(Debug, Default)]
pub(super) struct Settled(Mutex<Memory>);

#[derive(Debug, Default)]
struct Memory {
    applied: HashSet<Key>,
    oldest: VecDeque<Key>,
}

/// Of a change that is on its way: what of it is worth remembering.
pub(super) fn key(of: Option<&Evidence>) -> Option<Key> {
    let applied = of.filter(|it| it.disposition == Disposition::Applied)?;
    Some(Arc::new((applied.account.clone(), applied.id.clone())))
}

impl Settled {
    /// Its commit is on disk.
    pub(super) fn note(&self, key: Key) {
        let mut memory = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !memory.applied.insert(Arc::clone(&key)) {
            return;
        }
        memory.oldest.push_back(key);
        if memory.oldest.len() > CAPACITY
            && let Some(oldest) = memory.oldest.pop_front()
        {
            memory.applied.remove(&oldest);
        }
    }

    /// `None` says nothing.
    pub(super) fn disposition(&self, account: &AccountId, id: &str) -> Option<Disposition> {
        let memory = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let known = memory.applied.contains(&(account.clone(), id.to_owned()));
        known.then_some(Disposition::Applied)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_is_forgotten_when_there_are_too_many() {
        let (settled, account): (_, AccountId) = (Settled::default(), "ali".parse().unwrap());
        let known = |number: usize| settled.disposition(&account, &number.to_string());
        for number in 0..=CAPACITY {
            settled.note(Arc::new((account.clone(), number.to_string())));
        }
        assert_eq!((known(0), known(1)), (None, Some(Disposition::Applied)));
        assert_eq!(known(CAPACITY), Some(Disposition::Applied));
        settled.note(Arc::new((account.clone(), "1".into())));
        assert_eq!(known(1), Some(Disposition::Applied));
        assert_eq!(settled.disposition(&"other".parse().unwrap(), "3"), None);
    }
}
