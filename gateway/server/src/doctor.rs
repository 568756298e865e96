//! `paymux doctor`: looks at everything a configuration names, and says in one line each what is
//! wrong and what to do.

mod account;
mod certificates;
mod endpoint;
mod findings;
mod ground;
mod ledger;
mod managed;
mod quotas;

use std::io::{IsTerminal as _, Write as _};
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use paymux_core::AccountId;
use paymux_engine::clock::World as _;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::clock::RealWorld;
use crate::outbound::{system_roots, trusted};
use crate::registry;
use crate::settings::{self, Channels, Settings};

use findings::Finding;

/// Accounts that are asked at once.
const AT_ONCE: usize = 8;

/// Ends with 0 when nothing is broken, with 1 when something is.
pub async fn run(config: &Path, json: bool) -> anyhow::Result<ExitCode> {
    let (book, kept) = managed::book(config).await;
    let mut findings = match settings::open_with(config, registry::PLUGINS, &book) {
        Ok((settings, channels)) => examine(Arc::new(settings), channels).await,
        Err(problems) => problems.0.iter().map(Finding::of_settings).collect(),
    };
    findings.extend(kept);
    let mut out = std::io::stdout();
    if json {
        writeln!(out, "{}", serde_json::to_string_pretty(&findings)?)?;
    } else {
        write!(out, "{}", findings::table(&findings, out.is_terminal()))?;
    }
    let broken = findings.iter().any(Finding::is_broken);
    Ok(if broken { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

async fn examine(settings: Arc<Settings>, channels: Channels) -> Vec<Finding> {
    let mut findings = vec![Finding::well("configuration", "it can be read")];
    findings.extend(ground::public_url(&settings));
    findings.push(ground::store(&settings).await);
    findings.extend(ledger::examine(&settings).await);
    findings.extend(ground::redis(&settings).await);
    findings.extend(quotas::shared(&settings));
    findings.extend(accounts(&settings, channels).await);
    findings.extend(endpoints(&settings).await);
    findings
}

/// All at once, since a channel that does not answer takes its time; told in their order.
async fn accounts(settings: &Arc<Settings>, channels: Channels) -> Vec<Finding> {
    let own = &settings.outbound.root_certificates;
    let (roots, places) = (trusted(own, &system_roots()), Arc::new(Semaphore::new(AT_ONCE)));
    let mut examined = JoinSet::new();
    let serve = |id: &AccountId| settings.accounts.get(id).is_some_and(|it| !it.retired);
    for (id, channel) in channels.into_iter().filter(|(id, _)| serve(id)) {
        let (settings, places) = (Arc::clone(settings), Arc::clone(&places));
        let roots = Arc::clone(&roots);
        examined.spawn(async move {
            let _place = places.acquire_owned().await;
            let mut findings = account::examine(&settings, &id, &channel, &roots).await;
            let now = RealWorld::default().now();
            findings.extend(certificates::examine(&settings, &id, channel.as_ref(), now));
            findings
        });
    }
    let mut findings = examined.join_all().await.concat();
    findings.sort_by(|a, b| a.subject.cmp(&b.subject));
    findings
}

/// As accounts are: all at once, told in their order.
async fn endpoints(settings: &Arc<Settings>) -> Vec<Finding> {
    let (roots, places) = (system_roots(), Arc::new(Semaphore::new(AT_ONCE)));
    let mut examined = JoinSet::new();
    for (merchant, it) in &settings.merchants {
        for endpoint in &it.endpoints {
            let subject = format!("merchants.{merchant}.endpoints.{}", endpoint.id);
            let (url, settings) = (endpoint.url.clone(), Arc::clone(settings));
            let (roots, places) = (Arc::clone(&roots), Arc::clone(&places));
            examined.spawn(async move {
                let _place = places.acquire_owned().await;
                endpoint::examine(&settings, subject, &url, &roots).await
            });
        }
    }
    let mut findings = examined.join_all().await;
    findings.sort_by(|a, b| a.subject.cmp(&b.subject));
    findings
}
