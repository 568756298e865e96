//! What may be opened, and what `migrate` does.

use super::*;

async fn opened(options: &Options) -> String {
    Postgres::open(options, NoTls).await.map_or_else(|it| it.to_string(), |_| "opened".into())
}

#[tokio::test]
async fn a_database_is_served_when_its_schema_is_ours() {
    let options = options(&SERVER.database());
    let empty = opened(&options).await;
    assert!(empty.contains("lacks 0001_expand_begin: run `paymux migrate`"), "{empty}");
    assert_eq!(pending(&options, NoTls).await.unwrap(), ["0001_expand_begin"]);
    assert_eq!(migrate(&options, NoTls).await.unwrap(), ["0001_expand_begin"]);
    assert_eq!(migrate(&options, NoTls).await.unwrap(), [] as [&str; 0]);
    assert_eq!(opened(&options).await, "opened");
    let stranger = stranger(&options).await;
    let check = async |edit: &str, expect: &str| {
        stranger.batch_execute(edit).await.unwrap();
        let said = opened(&options).await;
        assert!(said.contains(expect), "{edit}: {said}");
    };
    let add = |number: u8, name: &str| {
        format!("INSERT INTO schema_version VALUES ({number}, '{name}', 'x')")
    };
    check(&add(2, "0002_expand_caps"), "opened").await;
    check(&add(3, "0003_contract_old"), "0003_contract_old, with which this program").await;
    check("UPDATE schema_version SET checksum = 'x'", "version 1 of the database's").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_migrations_at_once_one_does_it() {
    let options = options(&SERVER.database());
    let mut migrations = tokio::task::JoinSet::new();
    for _ in 0..4 {
        let options = options.clone();
        migrations.spawn(async move { migrate(&options, NoTls).await.unwrap().len() });
    }
    assert_eq!(migrations.join_all().await.into_iter().sum::<usize>(), 1);
}

#[tokio::test]
async fn a_server_that_is_away_is_told_and_its_url_is_not() {
    let port = paymux_services::ports::free();
    let mut options = options(&format!("postgres://paymux:hunter2@127.0.0.1:{port}/paymux"));
    options.connect_timeout = Duration::from_secs(1);
    let said = opened(&options).await;
    assert!(said.contains("refused") && !said.contains("hunter2"), "{said}");
    assert!(!format!("{options:?}").contains("hunter2"));
}

/// The queue's reads must not walk the whole queue: they run for every wake-up of a worker.
#[tokio::test]
async fn the_queue_is_read_by_its_indexes() {
    let (options, _) = fresh().await;
    let stranger = stranger(&options).await;
    let fill = "SET enable_seqscan = off;
        INSERT INTO task SELECT 1, 'resolve/' || n, n, -n, n FROM generate_series(1, 2000) AS n";
    stranger.batch_execute(fill).await.unwrap();
    let plan = async |sql: &str| {
        let rows = stranger.query(&format!("EXPLAIN {sql}"), &[]).await.unwrap();
        rows.iter().map(|it| it.get::<_, String>(0)).collect::<Vec<_>>().join("\n")
    };
    let lease = text::LEASE.replace("$1", "9").replace("$2", "3").replace("$3", "9");
    let lease = lease.replace("$4", "NULL");
    let lease = plan(&lease).await;
    assert!(lease.contains("task_by_due") && !lease.contains("Sort"), "{lease}");
    let next = plan(text::NEXT_DUE).await;
    assert!(next.contains("task_by_due") && next.contains("task_by_lease"), "{next}");
}

/// As the operator's page says: one role owns, the other serves and can do no more.
#[tokio::test]
async fn the_serving_role_needs_no_right_to_the_schema() {
    let owner = options(&SERVER.database());
    let setup = "CREATE ROLE server LOGIN; REVOKE ALL ON SCHEMA public FROM PUBLIC;
        GRANT USAGE ON SCHEMA public TO server;
        ALTER DEFAULT PRIVILEGES GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO server;
        ALTER DEFAULT PRIVILEGES GRANT USAGE ON SEQUENCES TO server";
    stranger(&owner).await.batch_execute(setup).await.unwrap();
    migrate(&owner, NoTls).await.unwrap();
    let mut serving = owner.clone();
    serving.url.config.user("server");
    let store = Postgres::open(&serving, NoTls).await.unwrap();
    store.commit(Change { tasks: vec![task(1)], ..change(1) }).await.unwrap();
    let leased = store.lease(Timestamp(10), Duration::from_secs(1), 9).await.unwrap();
    assert_eq!(leased.len(), 1);
    let denied = stranger(&serving).await.batch_execute("DROP TABLE task").await.unwrap_err();
    assert_eq!(denied.code().map(|it| it.code()), Some("42501"), "{denied}");
}
