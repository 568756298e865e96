//! One batch: many changes, one round trip, one transaction, an outcome for each.

use std::collections::BTreeSet;

use super::connect::Connections;
use super::fault::{Failure, fault};
use super::{encode, text};
use crate::{Change, CommitError, Duplicate, StoreError, crashpoint};

pub(super) type Outcome = Result<(), CommitError>;

/// An outcome for each change, or what befell them all.
///
/// A batch that is not answered in time is left to run on: nobody knows its end, and its
/// connection stays taken until it has one, so that a silent server is not flooded.
pub(super) async fn run(to: &Connections, changes: &[Change]) -> Result<Vec<Outcome>, Failure> {
    let mut locks = BTreeSet::new();
    changes.iter().for_each(|it| encode::locks(it, &mut locks));
    let encoded: Vec<_> = changes.iter().map(encode::change).collect();
    let sent: Vec<_> = encoded.iter().filter_map(|it| it.as_ref().ok()).cloned().collect();
    let locks: Vec<_> = locks.into_iter().collect();
    let said = tokio::spawn(send(to.clone(), locks, sent));
    let said = match tokio::time::timeout(to.patience, said).await {
        Ok(Ok(said)) => said?,
        Ok(Err(_)) => return Err(Failure::Unknown(StoreError("its task ended".into()))),
        Err(_) => return Err(Failure::Unknown(StoreError("no answer in time".into()))),
    };
    let mut said = said.into_iter();
    let outcomes = changes.iter().zip(encoded).map(|(change, encoded)| match encoded {
        Ok(_) => outcome(change, said.next().as_deref()),
        Err(error) => Err(CommitError::Unavailable(error)),
    });
    Ok(outcomes.collect())
}

/// A statement on its own is a transaction on its own: the answer comes after its commit.
async fn send(
    to: Connections,
    locks: Vec<String>,
    changes: Vec<String>,
) -> Result<Vec<String>, Failure> {
    let (connection, _place) = to.writer().await.map_err(Failure::Undone)?;
    let prepared = connection.prepare_cached(text::COMMIT).await;
    let statement = prepared.map_err(|it| Failure::Undone(fault(&it)))?;
    crashpoint!("store.before_commit");
    let answer = connection.query_one(&statement, &[&locks, &changes]).await;
    let row = answer.map_err(|it| Failure::of(&it))?;
    crashpoint!("store.after_commit");
    row.try_get(0).map_err(|it| Failure::Unknown(fault(&it)))
}

fn outcome(change: &Change, said: Option<&str>) -> Outcome {
    let said = said.unwrap_or("nothing");
    let (word, rest) = said.split_once(' ').unwrap_or((said, ""));
    let duplicate = |it| Err(CommitError::Duplicate(it));
    match word {
        "" => Ok(()),
        "exceeded" => Err(CommitError::Exceeded(rest.into())),
        "fenced" => Err(CommitError::Fenced),
        "stale" => Err(CommitError::Stale),
        "once" => {
            let once = rest.parse().ok().and_then(|place: usize| change.once.get(place));
            once.map_or_else(|| Err(unheard(said)), |it| duplicate(Duplicate::Once(it.key.clone())))
        }
        "begun" => duplicate(Duplicate::Begun),
        "answered" => duplicate(Duplicate::Answered),
        "notification" => duplicate(Duplicate::Notification),
        "event" => duplicate(Duplicate::Event),
        "posted" => {
            let cause = rest.parse().map_err(|_| unheard(said))?;
            duplicate(Duplicate::Posted(cause))
        }
        "short" => Err(CommitError::Short(rest.parse().map_err(|_| unheard(said))?)),
        "constraint" => Err(CommitError::Constraint(rest.into())),
        _ => Err(unheard(said)),
    }
}

/// The function said what this program does not know, so what it did is not known either.
fn unheard(said: &str) -> CommitError {
    CommitError::Unknown(StoreError(format!("the database said {said:?} of a change")))
}
