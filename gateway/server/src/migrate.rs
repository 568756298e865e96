//! `paymux migrate`: puts the schema's missing versions on the database of a configuration.

use std::io::Write as _;
use std::path::Path;

use paymux_store::postgres;

use crate::postgres_tls::connector;
use crate::settings::{Driver, Settings};

/// Says what was done, or what would be; with `check`, something to do is an error.
pub async fn run(config: &Path, check: bool) -> anyhow::Result<()> {
    let settings = Settings::load(config).map_err(|it| anyhow::anyhow!("{it}"))?;
    let settings = match &settings.store.driver {
        Driver::Postgres(settings) => settings,
        Driver::Memory => return say("nothing to migrate: the store is in memory"),
        Driver::Sqlite { .. } => {
            return say(
                "nothing to migrate: an embedded database migrates itself when it is opened",
            );
        }
    };
    let tls = connector(settings)?;
    if !check {
        let applied = postgres::migrate(&settings.options, tls).await?;
        return tell("applied", &applied);
    }
    let pending = postgres::pending(&settings.options, tls).await?;
    tell("pending", &pending)?;
    anyhow::ensure!(pending.is_empty(), "{} of the schema's versions are pending", pending.len());
    Ok(())
}

fn tell(what: &str, versions: &[&str]) -> anyhow::Result<()> {
    if versions.is_empty() {
        return say("the schema is complete");
    }
    versions.iter().try_for_each(|it| say(&format!("{what} {it}")))
}

fn say(line: &str) -> anyhow::Result<()> {
    Ok(writeln!(std::io::stdout(), "{line}")?)
}
