//! What can happen to a PostgreSQL and to the way there, under one gateway.

use paymux_sandbox::Channel;
use paymux_services::{Fault, Postgres, Proxy, Trigger};
use paymux_tests::config::Setup;
use paymux_tests::order::{CHANNELS, Order, both, wish};
use paymux_tests::program::{Build, run};
use paymux_tests::rig::Rig;
use paymux_tests::wait::until;

use super::case::{brisk, case, customers, is_whole, pay_at_once, serve_all};
use super::refusal::{Trouble, books_are_whole, is_refused_and_made_good};

/// The store's own limits are short, so that a lock is given up within the test.
const STORE: &str = "\
driver = \"postgres\"
url = \"file:keys/store-url.txt\"
connections = 8
connect_timeout = \"1s\"
statement_timeout = \"2s\"
lock_timeout = \"1s\"";
/// Only a batch of changes has this: it is how each change begins.
const BATCH: &[u8] = b"\"deliveries\"";
/// So few that a test can take them all.
const CONNECTIONS: usize = 24;
/// Customers who are served beside a transaction that never ends.
const CROWD: usize = 60;

/// A gateway that reaches this server by a way of its own.
pub(crate) async fn over(server: &Postgres) -> (Rig, Proxy) {
    let way = Proxy::to(server.port);
    let url = server.database().replace(&server.port.to_string(), &way.port.to_string());
    let setup = Setup {
        store: STORE.to_owned(),
        secrets: vec![("store-url.txt", url)],
        worker: "lease = \"12s\"\npoll = \"100ms\"",
        ..brisk()
    };
    let mut rig = Rig::prepare(setup, Build::Plain).await;
    let config = rig.path("paymux.toml").display().to_string();
    let migrated = run(&["migrate", "--config", &config]);
    assert!(migrated.status.success(), "{}", String::from_utf8_lossy(&migrated.stderr));
    rig.start_gateway(&[]).await.expect("it starts");
    (rig, way)
}

async fn server() -> Postgres {
    let limit = format!("max_connections={CONNECTIONS}");
    let start = move || Postgres::start_with(&[&limit]);
    tokio::task::spawn_blocking(start).await.expect("it starts")
}

/// Says something to the server that it takes at once.
fn set(server: &Postgres, name: &str, value: &str) {
    let reloaded = server.execute("postgres", &format!("ALTER SYSTEM SET {name} = {value}"))
        && server.execute("postgres", "SELECT pg_reload_conf()");
    assert!(reloaded, "{}", server.log());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_takes_nothing() {
    let server = server().await;
    let (rig, way) = over(&server).await;
    let play = async |id: &str, name: &str, harm: &dyn Fn(), mend: &dyn Fn(), is_read: bool| {
        let trouble = Trouble { name, harm, mend, is_read, is_of_rows: id == "S19" };
        case(id, is_refused_and_made_good(&rig, &trouble)).await;
    };
    play("S15", "stopped", &|| server.stop(), &|| server.start_again(), false).await;
    play("S15", "crashed", &|| server.crash(), &|| server.start_again(), false).await;
    let read_only = |value: &'static str| {
        let server = &server;
        move || set(server, "default_transaction_read_only", value)
    };
    play("S18", "read-only", &read_only("on"), &read_only("off"), true).await;
    let others = std::cell::RefCell::new(vec![]);
    let crowd_out = || {
        way.shut();
        let open = || server.try_session("postgres", "SELECT 1");
        others.borrow_mut().extend(std::iter::from_fn(open).take(CONNECTIONS));
        way.open();
    };
    play("S18", "crowded", &crowd_out, &|| others.borrow_mut().clear(), false).await;
    let lock = std::cell::RefCell::new(None);
    let take =
        || *lock.borrow_mut() = Some(server.session("paymux_0", "BEGIN; LOCK TABLE payment"));
    play("S19", "locked", &take, &|| *lock.borrow_mut() = None, false).await;
    books_are_whole(&rig).await;
}

/// The batch is cut off before the server hears of it, or after its commit.
fn cuts() -> [Trigger; 2] {
    [Trigger::Says(BATCH.to_vec()), Trigger::Completes(BATCH.to_vec())]
}

/// Whether it was written or not, the repeat ends as one payment with one number.
async fn an_order_is_cut_off(rig: &Rig, way: &Proxy, cut: &Trigger, name: &str) {
    rest(rig).await;
    let strikes = way.strikes();
    way.arm(cut.clone(), Fault::Reset);
    let wish = wish(Channel::Alipay, name, "Tea");
    let answer = rig.api.create(name, &wish).await;
    assert_eq!(way.strikes(), strikes + 1, "{name}: {answer:?}");
    assert_eq!((answer.status, &*answer.code()), (503, "store-unavailable"), "{answer:?}");
    let repeated = async || {
        let answer = rig.api.create(name, &wish).await;
        assert!([201, 202, 409, 503].contains(&answer.status), "{answer:?}");
        Some(answer).filter(|it| it.status == 201)
    };
    let answer = until("the repeat is answered", repeated).await;
    let order = Order::of(rig, Channel::Alipay, name, answer);
    order.pay();
    order.is_paid_once().await;
}

/// The channel is told "again", and nothing is written a second time.
async fn a_notification_is_cut_off(rig: &Rig, way: &Proxy, cut: &Trigger, name: &str) {
    let order = Order::placed(rig, Channel::Alipay, name).await;
    let strikes = way.strikes();
    way.arm(cut.clone(), Fault::Reset);
    order.pay();
    order.is_paid_once().await;
    assert_eq!(way.strikes(), strikes + 1, "{name}: nothing was cut off");
}

async fn rest(rig: &Rig) {
    let rest = async || (rig.metrics().await.sum("paymux_tasks_open", &[]) == 0).then_some(());
    until("there is nothing to do", rest).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_is_cut_around_the_commit() {
    let server = server().await;
    let (rig, way) = over(&server).await;
    case("S16", async {
        for (number, cut) in cuts().iter().enumerate() {
            an_order_is_cut_off(&rig, &way, cut, &format!("order-{number}")).await;
            a_notification_is_cut_off(&rig, &way, cut, &format!("notice-{number}")).await;
        }
        books_are_whole(&rig).await;
    })
    .await;
}

/// A snapshot that is held keeps every dead row of the queue alive: the queue works on.
#[tokio::test(flavor = "multi_thread")]
async fn a_transaction_that_never_ends() {
    let server = server().await;
    let (rig, _way) = over(&server).await;
    case("S20", async {
        let snapshot = "BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM task";
        let _session = server.session("paymux_0", snapshot);
        pay_at_once(&rig);
        let served = serve_all(customers(&rig, "held", CROWD)).await;
        assert_eq!(is_whole(&rig, &served).await, 0, "nothing is heard twice");
        let heard = |within: &'static str| async {
            let metrics = rig.metrics().await;
            metrics.sum("paymux_paid_to_acknowledged_seconds_bucket", &[("le", within)])
        };
        assert_eq!(heard("5").await, CROWD as u64, "each is told within five seconds");
    })
    .await;
}

/// The standby had not heard of the last payments when the primary died.
#[tokio::test(flavor = "multi_thread")]
async fn a_standby_that_lags_takes_over() {
    let primary = server().await;
    let (rig, way) = over(&primary).await;
    case("S17", async {
        let mut orders = vec![];
        for channel in CHANNELS {
            orders.push(Order::placed(&rig, channel, "lost").await);
        }
        let standby = tokio::task::block_in_place(|| {
            let standby = primary.standby();
            primary.is_followed_by(&standby);
            standby.stop();
            standby
        });
        for order in &orders {
            order.pay();
            order.is_paid_once().await;
        }
        rest(&rig).await;
        tokio::task::block_in_place(|| {
            primary.crash();
            standby.start_again();
            standby.promote();
        });
        way.lead_to(standby.port);
        // The channels have been told that their notifications were taken: only questions help.
        for order in &orders {
            let paid = async || {
                let answer = rig.api.try_get(&format!("/v1/payments/{}", order.id)).await.ok()?;
                (answer.json()["status"] == "succeeded").then_some(())
            };
            until("what was lost is found out", paid).await;
            order.is_paid_once().await;
        }
        both(async |channel| {
            let order = Order::placed(&rig, channel, "after").await;
            order.pay();
            order.is_paid_once().await;
        })
        .await;
        books_are_whole(&rig).await;
    })
    .await;
}
