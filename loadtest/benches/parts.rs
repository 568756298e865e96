//! What the parts of a payment cost, each alone: `cargo bench -p loadtest`.

use std::collections::BTreeMap;

use aws_lc_rs::encoding::{AsDer as _, Pkcs8V1Der, PublicKeyX509Der};
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::KeyPair as _;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use divan::{Bencher, black_box};
use loadtest::rows::Rows;
use paymux_channel::canonical::sorted_pairs;
use paymux_channel::rsa::{PrivateKey, PublicKey};
use paymux_core::payment::{Event, Method, Receipt};
use paymux_core::route::{
    Candidate, Contender, Draw, Facts, Health, LocalTime, Rules, Taken, decide,
};
use paymux_core::{Currency, MerchantId, Money, OrderNo, Timestamp};
use paymux_store::sqlite::Sqlite;
use paymux_store::{Change, Store as _};

const THEN_MS: i64 = 1_790_000_000_000;
/// As long as what Alipay and WeChat Pay have signed.
const MESSAGE: &[u8] = &[b'm'; 600];

fn main() {
    divan::main();
}

fn keys() -> (PrivateKey, PublicKey) {
    let pair = KeyPair::generate(KeySize::Rsa2048).expect("a key");
    let private: Pkcs8V1Der<'_> = pair.as_der().expect("PKCS#8");
    let public: PublicKeyX509Der<'_> = pair.public_key().as_der().expect("X.509");
    let text = |der: &[u8]| STANDARD.encode(der);
    let private = PrivateKey::parse(&text(private.as_ref())).expect("a private key");
    (private, PublicKey::parse(&text(public.as_ref())).expect("a public key"))
}

#[divan::bench]
fn sign(bencher: Bencher<'_, '_>) {
    let (private, _) = keys();
    bencher.bench(|| private.sign(black_box(MESSAGE)).expect("a signature"));
}

#[divan::bench]
fn verify(bencher: Bencher<'_, '_>) {
    let (private, public) = keys();
    let signature = private.sign(MESSAGE).expect("a signature");
    bencher.bench(|| assert!(public.verifies(black_box(MESSAGE), &signature)));
}

#[divan::bench]
fn canonical_string(bencher: Bencher<'_, '_>) {
    let pair = |it: u32| (format!("field_{:02}", it * 7 % 20), "value".repeat(5));
    let pairs: Vec<_> = (0..20).map(pair).collect();
    bencher.bench(|| {
        sorted_pairs(black_box(&pairs).iter().map(|(key, value)| (key.as_str(), value.as_str())))
    });
}

#[divan::bench]
fn route_decision(bencher: Bencher<'_, '_>) {
    let merchant: MerchantId = "shop".parse().expect("an id");
    let order_no: OrderNo = "order-1".parse().expect("a number");
    let (rules, metadata) = (Rules::default(), BTreeMap::new());
    let candidates = ["alipay-1", "alipay-2", "wechat-1"].map(|account| Candidate {
        account: account.parse().expect("an id"),
        channel: account.split('-').next().unwrap_or_default().into(),
        methods: vec![Method::Qr],
        code_prefixes: vec![],
    });
    let contenders: Vec<_> = candidates
        .iter()
        .map(|it| Contender { candidate: it, health: Health::Fit, taken: Taken::default() })
        .collect();
    bencher.bench(|| {
        let facts = Facts {
            merchant: &merchant,
            method: Method::Qr,
            channel: Some("wechat"),
            amount: Money::new(100, Currency::Cny).expect("money"),
            user_agent: None,
            code_prefix: None,
            client_ip: None,
            metadata: &metadata,
            now: Timestamp(THEN_MS),
            local: LocalTime::new(0, 12, 0),
            draw: Draw::of(&merchant, Some(&order_no)),
            tried: &[],
        };
        decide(black_box(&rules), &facts, &contenders)
    });
}

#[divan::bench]
fn apply_paid(bencher: Bencher<'_, '_>) {
    let rows = Rows::new(THEN_MS).expect("rows");
    let (_, payment) = rows.created(1).expect("a payment");
    let receipt = Receipt {
        amount: payment.order.amount,
        channel_trade_no: "2026112222001".into(),
        paid_at: Timestamp(THEN_MS),
    };
    let attempt = payment.current().expect("an attempt").id;
    let paid = Event::Paid { attempt, receipt };
    bencher.bench(|| black_box(&payment).apply(&paid, Timestamp(THEN_MS)));
}

/// The commits of so many notifications at once, in SQLite.
#[divan::bench(args = [1, 64], sample_count = 20, sample_size = 1)]
fn commit_paid(bencher: Bencher<'_, '_>, at_once: u32) {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let folder = tempfile::tempdir().expect("a folder");
    let store = runtime.block_on(async { Sqlite::open(&folder.path().join("bench.db")) });
    let store = store.expect("a store");
    let (rows, mut next) = (Rows::new(THEN_MS).expect("rows"), 0);
    bencher
        .with_inputs(|| {
            let numbers = next..next + at_once;
            next += at_once;
            numbers.map(|it| prepare(&runtime, &store, &rows, it)).collect::<Vec<_>>()
        })
        .bench_local_values(|changes| {
            runtime.block_on(async {
                let commits = changes.into_iter().map(|it| {
                    let store = store.clone();
                    tokio::spawn(async move { store.commit(it).await })
                });
                for commit in commits.collect::<Vec<_>>() {
                    commit.await.expect("it ends").expect("it is written");
                }
            });
        });
}

/// A pending payment in the store, and the commit that tells it that it is paid.
fn prepare(runtime: &tokio::runtime::Runtime, store: &Sqlite, rows: &Rows, number: u32) -> Change {
    let ([intent, answered], payment) = rows.created(number).expect("a payment");
    runtime.block_on(async {
        store.commit(intent).await.expect("it is written");
        store.commit(answered).await.expect("it is written");
    });
    rows.paid(&payment).expect("it can be paid")
}
