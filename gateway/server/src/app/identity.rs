//! Who each account is at its channel, written down once in the store: so a name stands for the
//! same account on every node and after every restart.

use std::fmt::Display;

use paymux_core::AccountId;
use paymux_store::{Change, CommitError, Key, Once, Store};

use super::successor::{another, named, problem_of};
use crate::settings::{Channels, Problem, Problems, Settings};

/// Compares all accounts with the store, and writes the new ones down in one commit: whoever is
/// refused has written nothing.
pub(super) async fn bind<S: Store>(
    store: &S,
    settings: &Settings,
    channels: &Channels,
) -> Result<(), Problems> {
    // Another node may be first with one of them, and each time fewer are new.
    for _ in 0..=channels.len() {
        let new = unbound(store, settings, channels).await?;
        if new.is_empty() {
            return Ok(());
        }
        match store.commit(Change { once: new, ..Change::default() }).await {
            Ok(()) => return Ok(()),
            Err(CommitError::Duplicate(_)) => {}
            Err(error) => return Err(unwritten(settings, channels, &error)),
        }
    }
    Err(unwritten(settings, channels, &"other nodes write"))
}

/// The accounts that the store does not know; or all that are somebody else there.
pub(super) async fn unbound<S: Store>(
    store: &S,
    settings: &Settings,
    channels: &Channels,
) -> Result<Vec<Once>, Problems> {
    let (mut new, mut problems) = (vec![], vec![]);
    for id in channels.keys() {
        let Some(is) = named(settings, channels, id) else { continue };
        let key = Key::Account(id.clone());
        match store.holder(&key).await {
            Ok(None) => new.push(Once { key, holder: is }),
            Ok(Some(was)) if was == is => {}
            Ok(Some(was)) => problems.push(problem_of(settings, id, another(&was, &is))),
            Err(error) => problems.push(not_compared(settings, id, &error)),
        }
    }
    if problems.is_empty() { Ok(new) } else { Err(Problems(problems)) }
}

fn unwritten(settings: &Settings, channels: &Channels, error: &impl Display) -> Problems {
    Problems(channels.keys().map(|id| not_compared(settings, id, error)).collect())
}

/// Whoever is not compared could be anybody: two nodes would ask about one payment under two
/// numbers, and believe the one that never heard of it.
fn not_compared(settings: &Settings, id: &AccountId, error: &impl Display) -> Problem {
    tracing::warn!(account = id.as_str(), %error, "account.not_compared");
    let problem = "cannot be compared with what the store knows; try again";
    problem_of(settings, id, problem.to_owned())
}
