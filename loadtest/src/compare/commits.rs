//! Commits: what a notification writes, by the drivers, beside the bare databases writing rows of
//! the same tables and lengths.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use paymux_store::postgres::{self, Options, Postgres};
use paymux_store::sqlite::Sqlite;
use paymux_store::{Change, Store as _};
use rusqlite::{Connection, params};

use super::intake::{WIDTH, commit_all, stored};
use super::{Bar, Figure, Terms, Unit};
use crate::crowd::per_second;
use crate::flock;
use crate::latency::now;
use crate::rows::Rows;

/// As the driver's.
const GROUP: usize = 64;
const CONNECTIONS: usize = 16;
const PGBENCH: &str = include_str!("paid.sql");

pub(super) async fn run(terms: &Terms) -> anyhow::Result<Vec<Figure>> {
    let mut sqlite = Figure::new("commits ÷ bare SQLite in groups of 64", Unit::Ratio, Bar::None);
    for _ in 0..terms.rounds {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("bare.db");
        let store = Sqlite::open(&path)?;
        let paid = stored(&store, terms.each() * 2).await?;
        let ours = commit_all(&store, paid).await?;
        store.close().await;
        sqlite.rate(ours, tokio::task::block_in_place(|| bare_sqlite(&path, terms.each() * 2))?);
    }
    let mut figure = Figure::new("commits ÷ pgbench, PostgreSQL", Unit::Ratio, Bar::None);
    let server = tokio::task::spawn_blocking(paymux_services::Postgres::start_durable).await?;
    for round in 0..terms.rounds {
        let url = server.database();
        let ours = driver(&url, terms.each() * 2).await?;
        figure.rate(ours, tokio::task::block_in_place(|| pgbench(&url, round))?);
    }
    Ok(vec![sqlite, figure])
}

/// Into the same file, when the driver has left it.
fn bare_sqlite(path: &Path, count: usize) -> anyhow::Result<u64> {
    let to = Connection::open(path)?;
    to.pragma_update(None, "synchronous", "FULL")?;
    let begun = now();
    let numbers: Vec<_> = (0..count).collect();
    for group in numbers.chunks(GROUP) {
        to.execute_batch("BEGIN IMMEDIATE")?;
        group.iter().try_for_each(|number| bare_rows(&to, *number))?;
        to.execute_batch("COMMIT")?;
    }
    Ok(per_second(count, begun.elapsed()))
}

/// Like the driver's, an update in place of the payment among them.
fn bare_rows(to: &Connection, number: usize) -> rusqlite::Result<()> {
    let (id, body) = (format!("pay_bare{number:022}"), "0123456789".repeat(110));
    let text = |length: usize| &body[..length];
    let run = |sql: &str, values: &[&dyn rusqlite::ToSql]| {
        to.prepare_cached(sql)?.execute(values).map(drop)
    };
    run(
        "INSERT INTO payment VALUES
            (?1, 'm0', ?1, 'succeeded', 100, 'CNY', 100, 0, 0, 3, 1, 2, NULL, ?2)",
        params![id, text(900)],
    )?;
    run(
        "INSERT INTO notification VALUES ('a', ?1, 'k', ?1, 'applied', ?2, ?3, 1)",
        params![id, text(70), body.as_bytes()],
    )?;
    run(
        "INSERT INTO event (id, merchant_id, kind, payload, created_at)
            VALUES (?1, 'm0', 'payment.succeeded', ?2, 1)",
        params![id, text(640).as_bytes()],
    )?;
    run("INSERT INTO delivery VALUES (?1, ?1, 'm0', 'shop', 'due', NULL, 0, 1)", params![id])?;
    run("INSERT INTO task VALUES (?1, 1, -1, 1)", params![id])?;
    run("INSERT INTO entry VALUES (?1, 3, 1, 'attempt.paid', ?2)", params![id, text(74)])?;
    run("INSERT INTO trade VALUES (?1, ?1)", params![id])?;
    run(
        "INSERT INTO taken VALUES ('a', 1, 'CNY', 1, 100) ON CONFLICT DO UPDATE SET
            count = count + 1, amount = amount + 100",
        params![],
    )
}

async fn driver(url: &str, count: usize) -> anyhow::Result<u64> {
    let options = Options {
        url: url.parse().map_err(|it| anyhow::anyhow!("{it}"))?,
        connections: CONNECTIONS,
        connect_timeout: Duration::from_secs(5),
        statement_timeout: Duration::from_secs(10),
        lock_timeout: Duration::from_secs(5),
    };
    postgres::migrate(&options, tokio_postgres::NoTls).await?;
    let store = Postgres::open(&options, tokio_postgres::NoTls).await?;
    let rows = Rows::new(1_790_000_000_000)?;
    let (mut created, mut paid) = (vec![], vec![]);
    for number in 0..u32::try_from(count)? {
        let ([intent, answered], payment) = rows.created(number)?;
        paid.push(rows.paid(&payment)?);
        created.push([intent, answered]);
    }
    let both = created.into_iter().map(<[Change; 2]>::into_iter);
    let (intents, answers): (Vec<_>, Vec<_>) =
        both.filter_map(|mut it| it.next().zip(it.next())).unzip();
    for changes in [intents, answers] {
        all(&store, changes).await?;
    }
    let rate = all(&store, paid).await?;
    store.close().await;
    Ok(rate)
}

async fn all(store: &Postgres, changes: Vec<Change>) -> anyhow::Result<u64> {
    let (begun, count) = (now(), changes.len());
    let one = |change| {
        let store = store.clone();
        async move { Ok(store.commit(change).await?) }
    };
    flock::of(WIDTH * 4, changes, one).await.into_iter().collect::<anyhow::Result<()>>()?;
    Ok(per_second(count, begun.elapsed()))
}

/// One statement that writes the same rows, over as many connections as the driver writes by.
fn pgbench(url: &str, round: u32) -> anyhow::Result<u64> {
    let script = tempfile::NamedTempFile::new()?;
    std::fs::write(script.path(), PGBENCH)?;
    let (clients, seed) = ((CONNECTIONS / 2).to_string(), (round + 1).to_string());
    let said = Command::new("pgbench")
        .args(["-n", "-M", "prepared", "-T", "2", "-j", "2", "-c", &clients])
        .args(["--random-seed", &seed, "-f"])
        .arg(script.path())
        .arg(url)
        .output()
        .context("pgbench")?;
    let (out, error) =
        (String::from_utf8_lossy(&said.stdout), String::from_utf8_lossy(&said.stderr));
    ensure!(said.status.success(), "pgbench: {error}");
    let rate = out.lines().find_map(|it| it.strip_prefix("tps = "));
    let whole = rate.and_then(|it| it.split('.').next()?.parse().ok());
    whole.with_context(|| format!("pgbench said {out}"))
}
