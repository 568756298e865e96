//! When accounts' certificates end, for metrics: those of the settings, the one shown in the TLS
//! handshake, and those the channel has published since.

use std::collections::BTreeMap;

use paymux_channel::Channel;
use paymux_channel::certificate::not_after;
use paymux_core::Timestamp;
use paymux_engine::metrics::Metrics;
use paymux_engine::snapshot::{Account, Snapshot};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;

use crate::settings::{self, Settings};

/// Beside the names of settings.
const CLIENT: &str = "tls_client";
const PLATFORM: &str = "platform";

/// Of these accounts and no others.
pub(super) fn show(metrics: &Metrics, settings: &Settings, snapshot: &Snapshot) {
    metrics.certificate_not_after_seconds.reset();
    for account in snapshot.accounts.values() {
        metrics.account(account.id.as_str());
        let own = settings.accounts.get(&account.id);
        for (name, end) in own.iter().flat_map(|it| opened_with(it, &*account.channel())) {
            tell(metrics, account, name, end);
        }
        show_learned(metrics, account);
    }
}

/// Those of an account's settings, by their names there, and the one it shows.
pub(crate) fn opened_with<'a>(
    account: &'a settings::Account,
    channel: &dyn Channel,
) -> BTreeMap<&'a str, Timestamp> {
    let mut ends = ends(account.settings.certificates());
    let leaf = channel.client_certificate().and_then(|it| it.chain.first());
    ends.extend(leaf.and_then(|it| not_after(it)).map(|end| (CLIENT, end)));
    ends
}

/// What the channel publishes changes without a reload.
pub(crate) fn show_learned(metrics: &Metrics, account: &Account) {
    let learned = account.learned.load();
    let all = learned.iter().map(|it| (PLATFORM, it.certificate_pem.as_str()));
    for (name, end) in ends(all) {
        tell(metrics, account, name, end);
    }
}

/// Of several under one name the last end counts: of two that are being exchanged, the new one's.
fn ends<'a>(all: impl Iterator<Item = (&'a str, &'a str)>) -> BTreeMap<&'a str, Timestamp> {
    let mut ends = BTreeMap::new();
    for (name, text) in all {
        let list = CertificateDer::pem_slice_iter(text.as_bytes()).filter_map(Result::ok);
        for end in list.filter_map(|it| not_after(&it)) {
            let known = ends.entry(name).or_insert(end);
            *known = end.max(*known);
        }
    }
    ends
}

fn tell(metrics: &Metrics, account: &Account, name: &str, end: Timestamp) {
    let labels = &[account.id.as_str(), name];
    metrics.certificate_not_after_seconds.with_label_values(labels).set(end.as_secs());
}
