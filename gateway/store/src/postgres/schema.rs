//! The schema's versions: put on by `paymux migrate` alone, never by a node that starts.
//!
//! An `expand` adds what the nodes before it do not mind; a `contract` takes away what only they
//! used, and stands alone in a later release. So two neighbouring releases can serve together.

use tokio_postgres::{Client, Transaction};

use super::OpenError;
use super::fault::fault;
use crate::{Read, versions};

/// A step; its file is never edited once it was released, which its checksum guards.
struct Version {
    name: &'static str,
    sql: &'static str,
}

macro_rules! versions {
    ($($name:literal),*) => {
        &[$(Version { name: $name, sql: include_str!(concat!("schema/", $name, ".sql")) }),*]
    };
}

/// In order. A name is its number, its phase and what it does.
const VERSIONS: &[Version] = versions!["0001_expand_begin"];

const JOURNAL: &str = "CREATE TABLE IF NOT EXISTS schema_version (
    version integer NOT NULL PRIMARY KEY, name text NOT NULL, checksum text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now())";
const IS_JOURNAL: &str = "SELECT to_regclass('schema_version') IS NOT NULL";
const RECORDED: &str = "SELECT name, checksum FROM schema_version ORDER BY version";
const RECORD: &str = "INSERT INTO schema_version (version, name, checksum) VALUES ($1, $2, $3)";
/// One migration at a time. Where a payment's lock happens to have this number, it waits.
const ALONE: &str = "SELECT pg_advisory_xact_lock(1347245400, -1)";
/// A step may take its time, but not stand in line before everybody else's transactions.
const PATIENCE: &str = "SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = '10s';
    SET LOCAL idle_in_transaction_session_timeout = 0";

struct Recorded {
    name: String,
    checksum: String,
}

/// The names of the versions that are missing.
pub(super) async fn pending(client: &Client) -> Result<Vec<&'static str>, OpenError> {
    let found = client.query_one(IS_JOURNAL, &[]).await.map_err(|it| fault(&it))?;
    if !found.try_get(0).map_err(|it| fault(&it))? {
        return Ok(VERSIONS.iter().map(|it| it.name).collect());
    }
    let rows = client.query(RECORDED, &[]).await.map_err(|it| fault(&it))?;
    Ok(missing(&recorded(&rows)?)?.iter().map(|it| it.name).collect())
}

/// All missing steps in one transaction: a crash leaves the old schema or the new one.
pub(super) async fn migrate(client: &mut Client) -> Result<Vec<&'static str>, OpenError> {
    let step = client.transaction().await.map_err(|it| fault(&it))?;
    let applied = apply(&step).await?;
    step.commit().await.map_err(|it| fault(&it))?;
    Ok(applied)
}

async fn apply(step: &Transaction<'_>) -> Result<Vec<&'static str>, OpenError> {
    for sql in [PATIENCE, ALONE, JOURNAL] {
        step.batch_execute(sql).await.map_err(|it| fault(&it))?;
    }
    let rows = step.query(RECORDED, &[]).await.map_err(|it| fault(&it))?;
    let recorded = recorded(&rows)?;
    let mut applied = vec![];
    for (number, version) in (recorded.len() + 1..).zip(missing(&recorded)?) {
        step.batch_execute(version.sql).await.map_err(|it| fault(&it))?;
        let number = i32::try_from(number).expect("versions are few");
        let checksum = versions::checksum(version.sql);
        let row = step.execute(RECORD, &[&number, &version.name, &checksum]).await;
        row.map_err(|it| fault(&it))?;
        applied.push(version.name);
    }
    Ok(applied)
}

fn recorded(rows: &[tokio_postgres::Row]) -> Read<Vec<Recorded>> {
    let read = |row: &tokio_postgres::Row| {
        Ok(Recorded { name: row.try_get("name")?, checksum: row.try_get("checksum")? })
    };
    rows.iter().map(|row| read(row).map_err(|it| fault(&it))).collect()
}

/// What is still to be done to a database that is ours, and not from too far ahead.
fn missing(recorded: &[Recorded]) -> Result<&'static [Version], OpenError> {
    let known: Vec<_> = VERSIONS.iter().map(|it| it.sql).collect();
    let checksums = recorded.iter().map(|it| it.checksum.as_str());
    if let Some(version) = versions::altered(checksums, &known) {
        return Err(OpenError::Altered { version });
    }
    let later = recorded.iter().skip(VERSIONS.len());
    match later.map(|it| it.name.as_str()).find(|it| !is_expand(it)) {
        Some(name) => Err(OpenError::Newer { name: name.into() }),
        None => Ok(VERSIONS.get(recorded.len()..).unwrap_or_default()),
    }
}

fn is_expand(name: &str) -> bool {
    name.split('_').nth(1) == Some("expand")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_later_expand_is_borne_and_a_later_contract_is_not() {
        let ours = || Recorded {
            name: VERSIONS[0].name.into(),
            checksum: versions::checksum(VERSIONS[0].sql),
        };
        let later = |name: &str| Recorded { name: name.into(), checksum: String::new() };
        let check = |recorded: Vec<Recorded>, expect: &str| {
            let missing = missing(&recorded).map(|it| it.len()).map_err(|it| it.to_string());
            assert!(format!("{missing:?}").contains(expect), "{missing:?}, not {expect}");
        };
        check(vec![], "Ok(1)");
        check(vec![ours()], "Ok(0)");
        check(vec![ours(), later("0002_expand_caps")], "Ok(0)");
        check(vec![ours(), later("0002_expand_caps"), later("0003_contract_old")], "0003_contract");
        check(vec![ours(), later("0002_dance")], "0002_dance");
        check(vec![later("0001_expand_begin")], "version 1");
    }

    #[test]
    fn every_version_says_its_number_and_its_phase() {
        for (number, version) in (1..).zip(VERSIONS) {
            let head = format!("{number:04}_");
            let phase = version.name.strip_prefix(&head).and_then(|it| it.split('_').next());
            assert!(matches!(phase, Some("expand" | "contract")), "{}", version.name);
        }
    }
}
