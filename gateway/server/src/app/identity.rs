//! Who each account is at its channel, written down once in the store: so a name stands for the
//! same account on every node and after every restart.

use paymux_core::AccountId;
use paymux_store::{Change, CommitError, Key, Once, Store, StoreError};

use super::successor::{another, named, problem_of};
use crate::settings::{Channels, Problem, Settings};

/// The accounts that are somebody else than the store knows them as; new ones are written down.
pub(super) async fn bind<S: Store>(
    store: &S,
    settings: &Settings,
    channels: &Channels,
) -> Vec<Problem> {
    let mut problems = vec![];
    for id in channels.keys() {
        let Some(is) = named(settings, channels, id) else { continue };
        match known(store, id, &is).await {
            Ok(was) if was == is => {}
            Ok(was) => problems.push(problem_of(settings, id, another(&was, &is))),
            // Whoever is not compared could be anybody: two nodes would ask about one payment under
            // two numbers, and believe the one that never heard of it.
            Err(error) => {
                tracing::warn!(account = id.as_str(), %error, "account.not_compared");
                let problem = "cannot be compared with what the store knows; try again";
                problems.push(problem_of(settings, id, problem.to_owned()));
            }
        }
    }
    problems
}

/// As whom the store knows the account; the first to say so is right.
async fn known<S: Store>(store: &S, id: &AccountId, is: &str) -> Result<String, CommitError> {
    let key = Key::Account(id.clone());
    if let Some(was) = holder(store, &key).await? {
        return Ok(was);
    }
    let once = vec![Once { key: key.clone(), holder: is.to_owned() }];
    match store.commit(Change { once, ..Change::default() }).await {
        Ok(()) => Ok(is.to_owned()),
        Err(CommitError::Duplicate(_)) => {
            Ok(holder(store, &key).await?.unwrap_or_else(|| is.to_owned()))
        }
        Err(error) => Err(error),
    }
}

async fn holder<S: Store>(store: &S, key: &Key) -> Result<Option<String>, CommitError> {
    let unread = |error: StoreError| CommitError::Unavailable(error);
    store.holder(key).await.map_err(unread)
}
