//! A process dies at a named point, at any point, or with its disk; another opens the file after
//! it. Whatever was acknowledged is there, and every change is there whole or not at all.

#![expect(clippy::unwrap_used, reason = "a test, to its last helper")]

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};

use paymux_core::delivery::Delivery;
use paymux_core::payment::{Method, Order, Payer, Payment, Policy};
use paymux_core::{AttemptId, Currency, DeliveryId, EventId, Money, PaymentId, Timestamp};
use paymux_store::sqlite::Sqlite;
use paymux_store::{
    Change, CommitError, Entry, Key, MerchantEvent, Once, Store, Task, TaskKind, Write, crashpoint,
};

/// Where the child finds its file, and its first number.
const FILE: &str = "PAYMUX_CRASH_FILE";
const FIRST: &str = "PAYMUX_CRASH_FIRST";
/// Committers in the child, so that groups are groups.
const COMMITTERS: u16 = 16;

fn payment_id(number: u16) -> PaymentId {
    let at = Timestamp(1_000 + i64::from(number));
    PaymentId::new(at, &"demo".parse().unwrap(), number.into())
}

fn payment(number: u16) -> Payment {
    let order = Order {
        merchant: "demo".parse().unwrap(),
        order_no: number.to_string().parse().unwrap(),
        amount: Money::new(1, Currency::Cny).unwrap(),
        subject: "Tea".into(),
        method: Method::Qr,
        channel: None,
        payer: Payer::default(),
        metadata: Default::default(),
        return_url: None,
        created_at: Timestamp(0),
        expires_at: Timestamp(1),
        policy: Policy::default(),
        fingerprint: [0; 32],
    };
    Payment { version: 1, ..Payment::new(payment_id(number), order) }
}

/// A row in many tables.
fn change(number: u16) -> Change {
    let next = payment(number);
    let (merchant, payment) = (next.order.merchant.clone(), next.id);
    let event = EventId { payment, number: 1 };
    let delivery = DeliveryId { event, endpoint: "shop".parse().unwrap() };
    let attempt = AttemptId { payment, number: 1 };
    let (kind, created_at) = (String::new(), Timestamp(0));
    let key = Key::Order(merchant.clone(), next.order.order_no.clone());
    Change {
        payment: Some(Write { expected: 0, next }),
        once: vec![Once { key, holder: payment.to_string() }],
        events: vec![MerchantEvent {
            id: event,
            merchant: merchant.clone(),
            kind,
            payload: vec![0; 200],
            created_at,
        }],
        deliveries: vec![Delivery::new(delivery, merchant)],
        tasks: vec![Task { kind: TaskKind::Resolve(attempt), due: Timestamp(0) }],
        entries: vec![Entry { payment, at: created_at, kind: "new".into(), detail: "{}".into() }],
        ..Change::default()
    }
}

/// How many of the change's rows there are.
async fn rows(store: &Sqlite, number: u16) -> usize {
    let change = change(number);
    let id = payment_id(number);
    let holder = store.holder(&change.once[0].key).await.unwrap();
    [
        store.payment(id).await.unwrap() == Some(payment(number)),
        holder == Some(id.to_string()),
        store.event(change.events[0].id).await.unwrap().as_ref() == Some(&change.events[0]),
        store.deliveries(id).await.unwrap() == change.deliveries,
        store.timeline(id).await.unwrap() == change.entries,
    ]
    .into_iter()
    .filter(|it| *it)
    .count()
}

/// Not a test by itself: the process that dies. Says each number whose commit was acknowledged.
#[test]
#[ignore = "started by the tests below"]
#[expect(clippy::disallowed_methods, reason = "the environment is how the parent speaks")]
fn child() {
    let (Ok(file), Ok(first)) = (std::env::var(FILE), std::env::var(FIRST)) else { return };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(4).build().unwrap();
    runtime.block_on(commit_until_the_end(file.as_ref(), first.parse().unwrap()));
}

async fn commit_until_the_end(file: &Path, first: u16) {
    let store = Sqlite::open(file).unwrap();
    let next = Arc::new(AtomicU16::new(first));
    let mut committers = tokio::task::JoinSet::new();
    for _ in 0..COMMITTERS {
        let (store, next) = (store.clone(), next.clone());
        committers.spawn(async move {
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                match store.commit(change(number)).await {
                    Ok(()) => say(&format!("ok {number}")),
                    Err(CommitError::Unknown(_)) => return say(&format!("unknown {number}")),
                    Err(error) => return say(&format!("refused {number} {error}")),
                }
            }
        });
    }
    committers.join_all().await;
    say(&format!("failed {}", *store.failed().borrow()));
}

/// In one write, so that no line is torn.
fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    out.write_all(format!("\n@{line}\n").as_bytes()).unwrap();
    out.flush().unwrap();
}

fn start(file: &Path, first: u16, crashpoint: Option<&str>, shell: Option<&str>) -> Child {
    let program = std::env::current_exe().unwrap();
    let mut command = match shell {
        None => Command::new(program),
        Some(script) => {
            let mut command = Command::new("sh");
            command.arg("-c").arg(script).arg(program);
            command
        }
    };
    command.args(["--exact", "child", "--ignored", "--nocapture"]);
    command.env(FILE, file).env(FIRST, first.to_string());
    command.envs(crashpoint.map(|it| (crashpoint::VARIABLE, it)));
    command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap()
}

/// Listens until the child is silent for ever, and kills it after so many acknowledgements.
fn listen(child: &mut Child, kill_after: usize) -> Vec<String> {
    let mut said = vec![];
    for line in BufReader::new(child.stdout.take().unwrap()).lines() {
        said.extend(line.unwrap().strip_prefix('@').map(str::to_owned));
        if said.len() == kill_after {
            child.kill().unwrap();
        }
    }
    said
}

fn numbers(said: &[String], word: &str) -> BTreeSet<u16> {
    let number = |it: &String| it.strip_prefix(word)?.split(' ').nth(1)?.parse().ok();
    said.iter().filter_map(number).collect()
}

/// What is found by the process after: everything acknowledged, and nothing by halves.
async fn found(file: &Path, acknowledged: &BTreeSet<u16>) -> BTreeSet<u16> {
    let store = Sqlite::open(file).unwrap();
    let end = acknowledged.last().map_or(0, |it| it + 1) + 2 * COMMITTERS;
    let mut found = BTreeSet::new();
    for number in 0..end {
        let rows = rows(&store, number).await;
        assert!(rows == 0 || rows == 5, "{rows} of 5 rows of change {number}");
        assert!(rows == 5 || !acknowledged.contains(&number), "change {number} is lost");
        found.extend((rows == 5).then_some(number));
    }
    let tasks = store.backlog(Timestamp(0)).await.unwrap().tasks;
    assert_eq!(tasks, found.len() as u64, "a task for each, and none for the others");
    store.close().await;
    found
}

enum Death {
    At(&'static str),
    After(usize),
}

#[tokio::test]
async fn a_crash_loses_nothing_and_halves_nothing() {
    use Death::{After, At};
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("paymux.db");
    let (mut acknowledged, mut before) = (BTreeSet::new(), BTreeSet::new());
    let deaths = [
        At("store.before_commit"),
        At("store.after_commit"),
        After(1),
        At("store.before_commit:2"),
        At("store.after_commit:3"),
        At("store.before_commit:40"),
        After(300),
        At("store.after_commit:50"),
        // Past the first checkpoint.
        After(1_400),
        At("store.before_commit:90"),
    ];
    for death in deaths {
        let first = before.last().map_or(0, |it| it + 1);
        let (point, kill_after) = match death {
            At(point) => (Some(point), usize::MAX),
            After(count) => (None, count),
        };
        let mut child = start(&file, first, point, None);
        let said = listen(&mut child, kill_after);
        assert!(!child.wait().unwrap().success());
        let news = numbers(&said, "ok");
        assert_eq!(news.len(), said.len(), "only acknowledgements: {said:?}");
        assert!(news.len() >= if point.is_some() { 0 } else { kill_after }, "{said:?}");
        acknowledged.extend(&news);
        let after = found(&file, &acknowledged).await;
        let unheard = after.difference(&acknowledged).count();
        match point {
            Some("store.before_commit") => assert_eq!(after.len(), before.len()),
            Some("store.after_commit") => assert!(unheard > 0, "written, and never said"),
            Some(_) | None => assert!(after.len() > before.len(), "{point:?}"),
        }
        acknowledged.clone_from(&after);
        before = after;
    }
}

/// No file may grow beyond 300 KiB: writing the log fails as on a broken disk.
#[cfg(unix)]
#[tokio::test]
async fn a_broken_disk_stops_the_store_and_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("paymux.db");
    let script = "trap '' XFSZ; ulimit -f 600; exec \"$0\" \"$@\"";
    let mut child = start(&file, 0, None, Some(script));
    let said = listen(&mut child, usize::MAX);
    assert!(child.wait().unwrap().success(), "it ends by itself: {said:?}");
    assert_eq!(said.last().map(String::as_str), Some("failed true"));
    let (acknowledged, unknown) = (numbers(&said, "ok"), numbers(&said, "unknown"));
    assert!(!acknowledged.is_empty() && !unknown.is_empty(), "{said:?}");
    let found = found(&file, &acknowledged).await;
    let refused = numbers(&said, "refused");
    assert!(found.is_disjoint(&refused), "refused means not written: {refused:?}");
    let told: BTreeSet<u16> = acknowledged.union(&unknown).copied().collect();
    assert!(found.is_subset(&told));
}
