//! The schema's versions: only ever forward, and only from a version this program knows.

use rusqlite::{Connection, Transaction, TransactionBehavior, params};

use super::open::{APPLICATION_ID, OpenError};
use crate::versions::{self, checksum};

/// Applied in order; a file here is never edited once it was released, which its checksum guards.
const VERSIONS: [&str; 11] = [
    include_str!("schema/0001_begin.sql"),
    include_str!("schema/0002_taken.sql"),
    include_str!("schema/0003_endpoint.sql"),
    include_str!("schema/0004_managed.sql"),
    include_str!("schema/0005_audit.sql"),
    include_str!("schema/0006_bill.sql"),
    include_str!("schema/0007_ledger.sql"),
    include_str!("schema/0008_transfer.sql"),
    include_str!("schema/0009_difference.sql"),
    include_str!("schema/0010_settlement.sql"),
    include_str!("schema/0011_receiver.sql"),
];

const JOURNAL: &str = "CREATE TABLE IF NOT EXISTS schema_version (
    version INTEGER NOT NULL PRIMARY KEY, checksum TEXT NOT NULL) STRICT";

pub(super) fn is_empty(connection: &Connection) -> Result<bool, rusqlite::Error> {
    connection.query_row("SELECT count(*) = 0 FROM sqlite_schema", [], |row| row.get(0))
}

/// All steps in one transaction: a crash leaves the old schema or the new one.
pub(super) fn migrate(connection: &mut Connection) -> Result<(), OpenError> {
    migrate_to(connection, &VERSIONS)
}

fn migrate_to(connection: &mut Connection, versions: &[&str]) -> Result<(), OpenError> {
    let step = connection.transaction_with_behavior(TransactionBehavior::Exclusive)?;
    step.execute_batch(JOURNAL)?;
    let known = recorded(&step)?;
    compare(&known, versions)?;
    for (number, sql) in (1..).zip(versions).skip(known.len()) {
        step.execute_batch(sql)?;
        let note = "INSERT INTO schema_version (version, checksum) VALUES (?1, ?2)";
        step.execute(note, params![number, checksum(sql)])?;
    }
    step.pragma_update(None, "application_id", APPLICATION_ID)?;
    step.commit()?;
    Ok(())
}

fn recorded(step: &Transaction<'_>) -> Result<Vec<String>, rusqlite::Error> {
    let mut list = step.prepare("SELECT checksum FROM schema_version ORDER BY version")?;
    list.query_map([], |row| row.get(0))?.collect()
}

fn compare(recorded: &[String], versions: &[&str]) -> Result<(), OpenError> {
    if recorded.len() > versions.len() {
        return Err(OpenError::Newer { found: recorded.len(), known: versions.len() });
    }
    match versions::altered(recorded.iter().map(String::as_str), versions) {
        Some(version) => Err(OpenError::Altered { version }),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A file of the first schema keeps its deliveries, and knows their endpoints.
    #[test]
    fn deliveries_of_the_first_schema_are_kept() {
        let mut connection = Connection::open_in_memory().unwrap();
        migrate_to(&mut connection, &VERSIONS[..1]).unwrap();
        let rows = "INSERT INTO delivery VALUES
            ('pay_00000000000000000000000001', 'dlv_000000000000000000000000010001_my_shop',
            'demo', 'due', NULL, 3),
            ('pay_00000000000000000000000001', 'dlv_000000000000000000000000010002_s',
            'demo', 'exhausted', 77, 8)";
        connection.execute_batch(rows).unwrap();
        migrate(&mut connection).unwrap();
        migrate(&mut connection).unwrap();
        let read = |sql: &str| -> String { connection.query_row(sql, [], |it| it.get(0)).unwrap() };
        let endpoints = "SELECT group_concat(endpoint_id || state || attempts, ' ')
            FROM (SELECT * FROM delivery ORDER BY id)";
        assert_eq!(read(endpoints), "my_shopdue3 sexhausted8");
        assert_eq!(read("SELECT count(*) || '' FROM endpoint"), "0");
    }
}
