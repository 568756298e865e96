//! What a gateway stands on: its public address, its store, its Redis.

use std::net::IpAddr;
use std::path::Path;
use std::sync::Arc;

use paymux_engine::metrics::Metrics;
use paymux_store::postgres;
use paymux_store::sqlite::{OpenError, Sqlite};

use super::findings::Finding;
use crate::settings::{Driver, Settings};
use crate::{postgres_tls, shared};

/// Channels call it from the internet, with https alone.
pub(super) fn public_url(settings: &Settings) -> Option<Finding> {
    let url = &settings.server.public_url;
    let (scheme, rest) = url.split_once("://")?;
    let host = rest.split(['/', ':']).next().unwrap_or_default();
    let here = host == "localhost" || host.parse::<IpAddr>().is_ok_and(is_private);
    let subject = "server.public_url";
    if here {
        let advice = "name the https address under which the channels reach this gateway";
        return Some(Finding::odd(subject, format!("no channel can call {url}"), advice));
    }
    if scheme != "https" {
        let advice = "put TLS in front of the gateway and write https://";
        return Some(Finding::odd(subject, format!("{url} is not https"), advice));
    }
    Some(Finding::well(subject, url.clone()))
}

fn is_private(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(it) => it.is_private() || it.is_loopback() || it.is_unspecified(),
        IpAddr::V6(it) => it.is_loopback() || it.is_unspecified() || it.is_unique_local(),
    }
}

pub(super) async fn store(settings: &Settings) -> Finding {
    let subject = "store";
    match &settings.store.driver {
        Driver::Memory => {
            Finding::odd(subject, "payments are kept in memory", "choose sqlite or postgres")
        }
        Driver::Sqlite { path } => file(path).await,
        Driver::Postgres(postgres) => schema(postgres).await,
    }
}

/// A file that is not there is not made: its folder must be.
async fn file(path: &Path) -> Finding {
    let (subject, shown) = ("store", path.display());
    if !path.exists() {
        let folder = path.parent().filter(|it| !it.as_os_str().is_empty());
        return if folder.is_none_or(Path::is_dir) {
            Finding::well(subject, format!("sqlite, {shown} will be made"))
        } else {
            Finding::broken(subject, format!("{shown} has no folder"), "make the folder")
        };
    }
    match Sqlite::open(path) {
        Ok(store) => {
            store.close().await;
            Finding::well(subject, format!("sqlite, {shown}"))
        }
        Err(OpenError::Locked(_)) => Finding::well(subject, format!("sqlite, {shown} is in use")),
        Err(error) => {
            let advice = "look at the file, its owner, and the disk";
            Finding::broken(subject, error.to_string(), advice)
        }
    }
}

async fn schema(postgres: &crate::settings::Postgres) -> Finding {
    let subject = "store";
    let pending = async {
        let tls = postgres_tls::connector(postgres)?;
        Ok::<_, anyhow::Error>(postgres::pending(&postgres.options, tls).await?)
    };
    match pending.await {
        Ok(pending) if pending.is_empty() => {
            Finding::well(subject, "postgres, and its schema is complete")
        }
        Ok(pending) => {
            let finding = format!("{} of the schema's versions are pending", pending.len());
            Finding::broken(subject, finding, "run `paymux migrate`")
        }
        Err(error) => {
            let advice = "look at `store.url`, the password, and pg_hba.conf of the server";
            Finding::broken(subject, format!("{error:#}"), advice)
        }
    }
}

/// Nothing breaks without it, and every node is then its own measure.
pub(super) async fn redis(settings: &Settings) -> Option<Finding> {
    let subject = "redis";
    let advice = "look at `redis`; until it answers, each node keeps its own part of the quotas";
    let redis = match shared::redis(settings.redis.as_ref()?, &Arc::new(Metrics::default())) {
        Ok(redis) => redis,
        Err(error) => return Some(Finding::broken(subject, error.to_string(), advice)),
    };
    Some(match redis.answers().await {
        true => Finding::well(subject, "it answers in time"),
        false => Finding::odd(subject, "it does not answer within 50 ms", advice),
    })
}
