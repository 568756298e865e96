//! Several gateways on one PostgreSQL and one Redis, behind one front.

use std::path::Path;
use std::time::Duration;

use paymux_sandbox::Sandbox;
use paymux_services::{Postgres, Proxy, Redis};
use tempfile::TempDir;

use crate::api::Api;
use crate::config::{self, API_KEY, Places, Setup, WEBHOOK_SECRET};
use crate::front::Front;
use crate::http::Http;
use crate::node::Node;
use crate::program::{Build, program, run};
use crate::rig::{SHOWN_LINES, sandbox};
use crate::shop::Shop;
use crate::wait::at_pace;

pub struct Nodes {
    /// Through the front.
    pub api: Api,
    pub front: Front,
    pub sandbox: Sandbox,
    pub shop: Shop,
    pub postgres: Postgres,
    pub redis: Redis,
    pub nodes: Vec<Node>,
    /// Of each node in its turn, where they have ways of their own.
    pub ways: Vec<Ways>,
    _folder: TempDir,
}

/// One node's ways to what all of them share; each can be cut without the others' noticing.
pub struct Ways {
    pub postgres: Proxy,
    pub redis: Proxy,
    pub channels: Proxy,
}

impl Nodes {
    /// So many nodes that serve, with all their surroundings.
    pub async fn start(count: usize, setup: Setup) -> Self {
        let mut nodes = Self::prepare(count, setup).await;
        nodes.start_all().await;
        nodes
    }

    /// The same, each node with ways of its own.
    pub async fn start_apart(count: usize, setup: Setup) -> Self {
        let mut nodes = Self::prepare(count, setup).await;
        nodes.ways = nodes.nodes.iter().map(|it| nodes.detour(it)).collect();
        nodes.start_all().await;
        nodes
    }

    async fn start_all(&mut self) {
        for node in &mut self.nodes {
            node.start(&[]).await.expect("it starts");
        }
    }

    /// Leads a node that has not started yet through ways of its own.
    fn detour(&self, node: &Node) -> Ways {
        let channels = self.sandbox.address().port();
        let ways = Ways {
            postgres: Proxy::to(self.postgres.port),
            redis: Proxy::to(self.redis.port),
            channels: Proxy::to(channels),
        };
        let lead = |file: &str, from: u16, to: u16| {
            let path = node.folder.join(file);
            let text = std::fs::read_to_string(&path).expect("it was written");
            let led = text.replace(&format!("127.0.0.1:{from}"), &format!("127.0.0.1:{to}"));
            assert_ne!(led, text, "{file} leads there");
            config::secret(&path, led);
        };
        lead("keys/database-url.txt", self.postgres.port, ways.postgres.port);
        lead("paymux.toml", self.redis.port, ways.redis.port);
        lead("paymux.toml", channels, ways.channels.port);
        ways
    }

    /// All but the nodes' processes.
    pub async fn prepare(count: usize, setup: Setup) -> Self {
        let built = tokio::task::spawn_blocking(|| {
            program(Build::Plain);
            (Postgres::start(), Redis::start())
        });
        let (postgres, redis) = built.await.expect("the services start");
        let folder = tempfile::tempdir().expect("a temporary folder");
        let home = |index: usize| folder.path().join(format!("node-{}", index + 1));
        let nodes: Vec<_> = (0..count).map(|it| Node::new(home(it), Build::Plain)).collect();
        let public: Vec<_> = nodes.iter().map(|it| it.ports[0]).collect();
        let front = Front::open(&public).await;
        let sandbox = Sandbox::start(sandbox(&setup)).await.expect("the sandbox starts");
        let shop = Shop::open(WEBHOOK_SECRET).await;
        let setup = shared(setup, &postgres.database(), &redis.url());
        for Node { ports, folder, .. } in &nodes {
            let (public_url, webhook_url) = (front.url(), shop.url());
            let places =
                Places { ports: *ports, public_url: &public_url, webhook_url: &webhook_url };
            config::write(folder, &setup, places, &sandbox);
        }
        migrate(&home(0));
        let (http, base) = (Http::default(), front.url());
        let api = Api { http, base, api_key: API_KEY.to_owned() };
        let ways = vec![];
        Self { api, front, sandbox, shop, postgres, redis, nodes, ways, _folder: folder }
    }

    /// No task is left: whatever is not final has one.
    pub async fn come_to_rest(&self, patience: Duration) -> bool {
        let rest = async || {
            let open = self.nodes[0].metrics().await.sum("paymux_tasks_open", &[]);
            (open == 0).then_some(())
        };
        at_pace(Duration::from_millis(200), patience, rest).await.is_some()
    }

    /// Of all nodes together.
    pub async fn sum(&self, name: &str, labels: &[(&str, &str)]) -> u64 {
        let mut sum = 0;
        for node in &self.nodes {
            sum += node.metrics().await.sum(name, labels);
        }
        sum
    }
}

impl Drop for Nodes {
    fn drop(&mut self) {
        if std::thread::panicking() {
            for (index, node) in self.nodes.iter().enumerate() {
                let words = node.last_words(SHOWN_LINES / self.nodes.len());
                eprintln!("--- last words of node {}\n{words}\n---", index + 1);
            }
        }
    }
}

/// As an operator does before the first node starts.
fn migrate(folder: &Path) {
    let config = folder.join("paymux.toml").display().to_string();
    let migrated = run(&["migrate", "--config", &config]);
    assert!(migrated.status.success(), "{}", String::from_utf8_lossy(&migrated.stderr));
}

/// Where all nodes find the same things.
fn shared(setup: Setup, database: &str, redis: &str) -> Setup {
    let url = "driver = \"postgres\"\nurl = \"file:keys/database-url.txt\"";
    let store = format!("{url}\n{}", setup.store);
    let redis = format!("[redis]\ntopology = \"single\"\nservers = [{redis:?}]\n");
    let mut setup = Setup { store, more: format!("{}\n{redis}", setup.more), ..setup };
    setup.secrets.push(("database-url.txt", database.to_owned()));
    setup
}
