//! On PostgreSQL: refused until its schema is there; then a payment's whole trip, and on through a
//! restart of the database.

use std::process::Output;

use paymux_services::Postgres;
use paymux_tests::config::Setup;
use paymux_tests::program::{Build, run};
use paymux_tests::rig::Rig;

use super::order::{Order, both};

fn migrate(rig: &Rig, more: &[&str]) -> Output {
    let config = rig.path("paymux.toml").display().to_string();
    run(&[&["migrate", "--config", &config], more].concat())
}

fn said(output: &Output) -> &str {
    std::str::from_utf8(&output.stdout).expect("text").trim()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_makes_its_trip() {
    let server = tokio::task::spawn_blocking(Postgres::start_durable).await.expect("it starts");
    let setup = Setup {
        store: "driver = \"postgres\"\nurl = \"file:keys/store-url.txt\"".into(),
        secrets: vec![("store-url.txt", server.database())],
        ..Setup::default()
    };
    let mut rig = Rig::prepare(setup, Build::Plain).await;
    rig.start_gateway(&[]).await.expect_err("the schema is not there");
    assert!(rig.logs().contains("run `paymux migrate`"), "{}", rig.logs());
    let pending = migrate(&rig, &["--check"]);
    assert_eq!((pending.status.code(), said(&pending)), (Some(1), "pending 0001_expand_begin"));
    let applied = migrate(&rig, &[]);
    assert_eq!((applied.status.code(), said(&applied)), (Some(0), "applied 0001_expand_begin"));
    let complete = migrate(&rig, &["--check"]);
    assert_eq!((complete.status.code(), said(&complete)), (Some(0), "the schema is complete"));
    rig.start_gateway(&[]).await.expect("it starts");
    both(async |channel| {
        let order = Order::placed(&rig, channel, "before").await;
        order.pay();
        order.is_paid_once().await;
    })
    .await;
    let server = tokio::task::spawn_blocking(move || {
        server.restart_immediate();
        server
    });
    let _server = server.await.expect("it restarts");
    both(async |channel| {
        let order = Order::placed(&rig, channel, "after").await;
        order.pay();
        order.is_paid_once().await;
    })
    .await;
}
