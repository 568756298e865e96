//! A disk without room, under SQLite and under PostgreSQL.

use std::time::Duration;

use paymux_services::{Disk, Postgres};
use paymux_tests::config::Setup;
use paymux_tests::program::Build;
use paymux_tests::rig::Rig;

use super::case::{brisk, case};
use super::postgres::over;
use super::refusal::{Trouble, books_are_whole, is_refused_and_made_good};

fn full<'a>(harm: &'a dyn Fn(), mend: &'a dyn Fn()) -> Trouble<'a> {
    Trouble { name: "full", harm, mend, is_read: true, is_of_rows: false }
}

#[tokio::test(flavor = "multi_thread")]
async fn sqlite_on_a_full_disk() {
    let Some(disk) = Disk::mount(4 << 20) else { return };
    let store = format!("path = {:?}", disk.path().join("paymux.db"));
    let mut rig = Rig::prepare(Setup { store, ..brisk() }, Build::Plain).await;
    disk.path().clone_into(&mut rig.node.data);
    rig.start_gateway(&[]).await.expect("it starts");
    let (harm, mend) = (|| disk.fill(), || disk.make_room());
    case("S21", is_refused_and_made_good(&rig, &full(&harm, &mend))).await;
    books_are_whole(&rig).await;
    assert_eq!(rig.ends_within(Duration::ZERO).await, None, "it was mended without a new start");
}

#[tokio::test(flavor = "multi_thread")]
async fn postgresql_on_a_full_disk() {
    let Some(disk) = Disk::mount(160 << 20) else { return };
    let data = disk.path().to_owned();
    let start = move || Postgres::start_in(&data);
    let server = tokio::task::spawn_blocking(start).await.expect("it starts");
    let (rig, _way) = over(&server).await;
    let (harm, mend) = (|| disk.fill(), || disk.make_room());
    case("S18", is_refused_and_made_good(&rig, &full(&harm, &mend))).await;
    books_are_whole(&rig).await;
}
