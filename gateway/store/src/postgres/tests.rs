use std::sync::LazyLock;

use tokio_postgres::NoTls;

use super::*;

/// One server for all tests of this process; each test has databases of its own.
static SERVER: LazyLock<paymux_services::Postgres> =
    LazyLock::new(paymux_services::Postgres::start);

fn options(url: &str) -> Options {
    Options {
        url: url.parse().unwrap(),
        connections: 4,
        connect_timeout: Duration::from_secs(10),
        statement_timeout: Duration::from_secs(10),
        lock_timeout: Duration::from_secs(5),
    }
}

async fn fresh() -> (Options, Postgres) {
    let options = options(&SERVER.database());
    migrate(&options, NoTls).await.unwrap();
    let store = Postgres::open(&options, NoTls).await.unwrap();
    (options, store)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn conforms() {
    crate::conformance::run(async || fresh().await.1).await;
}
