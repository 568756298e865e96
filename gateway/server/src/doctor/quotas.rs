//! Who counts the calls to channels, where several nodes may make them.

use super::findings::Finding;
use crate::settings::{Driver, Settings};

/// A store for many nodes, and nobody who counts for them all.
pub(super) fn shared(settings: &Settings) -> Option<Finding> {
    let many = matches!(settings.store.driver, Driver::Postgres(_));
    let subject = "quotas";
    match (many, &settings.redis, settings.quotas.nodes) {
        (false, ..) => None,
        (true, Some(_), _) => Some(Finding::well(subject, "Redis counts for all nodes")),
        (true, None, 1) => Some(Finding::odd(
            subject,
            "each node would take the whole of every quota",
            "set `quotas.nodes` to how many run, or let `redis` count for all of them",
        )),
        (true, None, nodes) => {
            Some(Finding::well(subject, format!("each of {nodes} nodes takes its part")))
        }
    }
}
