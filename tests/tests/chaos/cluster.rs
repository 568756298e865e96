//! Three nodes of which one loses its way, or its time: the others do its work, unharmed.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use paymux_sandbox::AutopayRule;
use paymux_tests::audit::audit;
use paymux_tests::config::Setup;
use paymux_tests::customer::{Customer, Served};
use paymux_tests::nodes::Nodes;
use paymux_tests::wait::{PATIENCE, until};

use super::case::{brisk, case, serve_all};

const NODES: usize = 3;
/// Who is served while one node is lost.
const CROWD: usize = 18;
/// The node that something happens to.
const LOST: usize = 2;

fn setup() -> Setup {
    Setup {
        store: "connect_timeout = \"1s\"\nstatement_timeout = \"2s\"\nlock_timeout = \"1s\"\n\
                path = \"none\""
            .to_owned(),
        worker: "lease = \"12s\"\npoll = \"100ms\"",
        ..brisk()
    }
}

async fn serve(nodes: &Nodes, name: &str) -> Vec<Served> {
    let customer = |it: usize| Customer {
        api: nodes.api.clone(),
        shop: nodes.shop.clone(),
        order_no: format!("{name}-{it}"),
        channel: if it.is_multiple_of(2) { "alipay" } else { "wechat" },
        amount: 888,
        back: None,
    };
    serve_all((0..CROWD).map(customer).collect()).await
}

async fn is_ready(nodes: &Nodes, ready: bool) {
    let node = &nodes.nodes[LOST];
    let seen = async || {
        let answer = nodes.api.http.get(&node.ops("/readyz")).await;
        (answer.is_ok_and(|it| it.status == 200) == ready).then_some(())
    };
    until(&format!("the node is ready: {ready}"), seen).await;
}

/// How often a delivery was heard again, where everything else is as it should be.
async fn is_whole(nodes: &Nodes, served: &[Served]) -> u64 {
    assert!(nodes.come_to_rest(PATIENCE).await, "there is still something to do");
    let Nodes { api, shop, sandbox, .. } = nodes;
    let operator = nodes.nodes[0].operator();
    let audit = audit((api, &operator), shop, sandbox, served).await;
    assert!(audit.findings.is_empty(), "{}", audit.findings.join("\n  "));
    audit.repeated
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_loses_one_of_its_ways() {
    let nodes = Nodes::start_apart(NODES, setup()).await;
    nodes.sandbox.set_autopay(AutopayRule { channel: None, delay_ms: 60 });
    let ways = &nodes.ways[LOST];
    let mut served = case("K02", async {
        ways.redis.hold();
        let served = serve(&nodes, "redis").await;
        is_ready(&nodes, true).await;
        ways.redis.release();
        served
    })
    .await;
    served.extend(
        case("K03", async {
            ways.channels.hold();
            let served = serve(&nodes, "channels").await;
            is_ready(&nodes, true).await;
            ways.channels.release();
            served
        })
        .await,
    );
    assert_eq!(is_whole(&nodes, &served).await, 0, "nothing is heard twice");
    case("K01", async {
        ways.postgres.hold();
        served.extend(serve(&nodes, "database").await);
        is_ready(&nodes, false).await;
        ways.postgres.release();
        is_ready(&nodes, true).await;
        is_whole(&nodes, &served).await;
    })
    .await;
}

/// A clock of one's own, put between a program and its system.
struct Clock {
    preload: PathBuf,
    file: PathBuf,
}

impl Clock {
    fn build(folder: &Path) -> Self {
        let (source, preload) = (folder.join("clock.c"), folder.join("clock.so"));
        std::fs::write(&source, include_str!("clock.c")).expect("our own folder");
        let mut cc = Command::new("cc");
        cc.args(["-shared", "-fPIC", "-O1", "-o"]).arg(&preload).arg(&source).arg("-ldl");
        assert!(cc.status().is_ok_and(|it| it.success()), "a C compiler is needed");
        let file = folder.join("clock.bin");
        std::fs::write(&file, 0_i64.to_ne_bytes()).expect("our own folder");
        Self { preload, file }
    }

    /// From now on it is so many seconds ahead.
    fn step(&self, seconds: i64) {
        let file = OpenOptions::new().write(true).open(&self.file);
        let written = file.and_then(|mut it| it.write_all(&seconds.to_ne_bytes()));
        written.expect("our own file");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_whose_clock_is_wrong() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let clock = Clock::build(folder.path());
    let mut nodes = Nodes::prepare(NODES, setup()).await;
    nodes.sandbox.set_autopay(AutopayRule { channel: None, delay_ms: 60 });
    let (preload, file) = (clock.preload.display().to_string(), clock.file.display().to_string());
    let environment = [("LD_PRELOAD", &*preload), ("PAYMUX_TEST_CLOCK", &*file)];
    for index in 0..NODES {
        let environment = if index == LOST { &environment[..] } else { &[] };
        nodes.nodes[index].start(environment).await.expect("it starts");
    }
    case("K05", async {
        let mut served = serve(&nodes, "right").await;
        for (name, seconds) in [("ahead", 600), ("behind", -600)] {
            clock.step(seconds);
            is_ready(&nodes, false).await;
            nodes.front.serve_by(LOST, false);
            served.extend(serve(&nodes, name).await);
        }
        assert!(nodes.nodes[LOST].logs().contains("s apart"), "it says why");
        clock.step(0);
        is_ready(&nodes, true).await;
        nodes.front.serve_by(LOST, true);
        served.extend(serve(&nodes, "again").await);
        assert_eq!(is_whole(&nodes, &served).await, 0, "nothing is heard twice");
    })
    .await;
}
