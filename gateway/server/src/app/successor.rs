//! Whether a configuration may follow the one that runs: every payment's account stays the same
//! account at its channel.

use paymux_core::AccountId;

use crate::settings::{Channels, Place, Problem, Problems, Settings};

/// What of `new` a gateway takes that runs with `old`; all that forbids it is told together.
pub(crate) fn successor(
    (new, channels): (Settings, &Channels),
    (old, old_channels): (&Settings, &Channels),
) -> Result<Settings, Problems> {
    let of = |id: &AccountId| {
        let problem = match (named(old, old_channels, id), named(&new, channels, id)) {
            (Some(was), Some(is)) if was != is => another(&was, &is),
            (Some(_), None) if !old.accounts.get(id).is_some_and(|it| it.retired) => removed(id),
            (_, _) => return None,
        };
        Some(problem_of(&new, id, problem))
    };
    let mut problems: Vec<_> = old_channels.keys().filter_map(of).collect();
    match new.taken_by(old) {
        Ok(taken) if problems.is_empty() => return Ok(taken),
        Ok(_) => {}
        Err(inconsistent) => problems.extend(inconsistent.0),
    }
    Err(Problems(problems))
}

/// The channel and the account's numbers there.
pub(super) fn named(settings: &Settings, channels: &Channels, id: &AccountId) -> Option<String> {
    let kind = &settings.accounts.get(id)?.channel;
    Some(format!("{kind} {}", channels.get(id)?.identity()))
}

/// The channel knows a payment under the account that made it, and under no other.
pub(super) fn another(was: &str, is: &str) -> String {
    format!(
        "was {was} and is now {is}: its payments could not be found there; give the new account a \
         name of its own, and set `retired = true` here"
    )
}

fn removed(id: &AccountId) -> String {
    format!(
        "was removed, while payments it took may be open: keep [accounts.{id}] with \
         `retired = true`, reload, and remove it when nothing of it is open any more"
    )
}

pub(super) fn problem_of(new: &Settings, id: &AccountId, problem: String) -> Problem {
    let whole = new.file.as_ref().map(|it| it.display().to_string()).unwrap_or_default();
    let Place { file, line } = new.place(id, "channel");
    let file = if file.is_empty() { whole } else { file };
    Problem { file, line, key: format!("accounts.{id}"), problem }
}
