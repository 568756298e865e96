//! Everything at once: the gateway as a process, both channels, the merchant, the tap between.

use std::path::PathBuf;
use std::process::ExitStatus;
use std::time::Duration;

use paymux_sandbox::{Config, Sandbox, SignsWith};
use tempfile::TempDir;

use crate::api::Api;
use crate::config::{self, API_KEY, Places, Setup, WEBHOOK_SECRET};
use crate::http::{Answer, Http};
use crate::metrics::Metrics;
use crate::node::Node;
use crate::program::{Build, program};
use crate::shop::Shop;
use crate::tap::Tap;

/// Of a failed test's logs, so much is shown.
pub(crate) const SHOWN_LINES: usize = 60;

/// Sandbox, shop and tap outlive every restart of the gateway; all of it ends with the rig.
pub struct Rig {
    pub api: Api,
    pub http: Http,
    pub sandbox: Sandbox,
    pub shop: Shop,
    pub tap: Tap,
    pub node: Node,
    folder: TempDir,
}

impl Rig {
    /// A gateway that serves, with all its surroundings.
    pub async fn start(setup: Setup) -> Self {
        let mut rig = Self::prepare(setup, Build::Plain).await;
        if let Err(status) = rig.start_gateway(&[]).await {
            panic!("the gateway ended with {status}");
        }
        rig
    }

    /// Everything but the gateway.
    pub async fn prepare(setup: Setup, build: Build) -> Self {
        // Compiling takes long; whatever else runs here must not stand still meanwhile.
        tokio::task::spawn_blocking(move || program(build)).await.expect("the gateway is built");
        let folder = tempfile::tempdir().expect("a temporary folder");
        let node = Node::new(folder.path().to_owned(), build);
        let (ports, public) = (node.ports, node.ports[0]);
        let sandbox = Sandbox::start(sandbox(&setup)).await.expect("the sandbox starts");
        let (shop, tap) = (Shop::open(WEBHOOK_SECRET).await, Tap::open(public).await);
        let behind = if setup.tapped { tap.address.port() } else { public };
        let (public_url, webhook_url) = (format!("http://127.0.0.1:{behind}"), shop.url());
        let places = Places { ports, public_url: &public_url, webhook_url: &webhook_url };
        config::write(folder.path(), &setup, places, &sandbox);
        let http = Http::default();
        let base = format!("http://127.0.0.1:{public}");
        let api = Api { http: http.clone(), base, api_key: API_KEY.to_owned() };
        Self { api, http, sandbox, shop, tap, node, folder }
    }

    /// Starts it and waits until it is ready, or until it has ended instead.
    pub async fn start_gateway(&mut self, environment: &[(&str, &str)]) -> Result<(), ExitStatus> {
        self.node.start(environment).await
    }

    /// Whether it ended by itself within this time.
    pub async fn ends_within(&mut self, limit: Duration) -> Option<ExitStatus> {
        self.node.ends_within(limit).await
    }

    /// `kill -9`.
    pub async fn kill_gateway(&mut self) {
        self.node.kill().await;
    }

    /// `kill`, without waiting for what comes of it.
    pub async fn ask_to_stop(&self) {
        self.node.ask_to_stop().await;
    }

    pub async fn hang_up(&self) {
        self.node.hang_up().await;
    }

    /// Exchanges the configuration in one step, as editors do.
    pub fn edit(&self, change: impl FnOnce(String) -> String) {
        let (path, next) = (self.path("paymux.toml"), self.path("paymux.toml.next"));
        let text = std::fs::read_to_string(&path).expect("the configuration");
        std::fs::write(&next, change(text)).expect("the folder can be written");
        std::fs::rename(next, path).expect("the folder can be written");
    }

    pub async fn reload(&self) -> Answer {
        self.operator().act("/admin/v1/reload").await
    }

    /// The admin listener, as the token of this run opens it.
    pub fn operator(&self) -> Api {
        self.node.operator()
    }

    pub fn admin(&self, path: &str) -> String {
        self.node.admin(path)
    }

    pub async fn has_stopped(&mut self) -> ExitStatus {
        self.node.has_stopped().await
    }

    pub async fn metrics(&self) -> Metrics {
        self.node.metrics().await
    }

    pub fn ops(&self, path: &str) -> String {
        self.node.ops(path)
    }

    /// Everything that all gateways of this rig have logged.
    pub fn logs(&self) -> String {
        self.node.logs()
    }

    /// In the folder of the gateway.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}

impl Drop for Rig {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("--- the gateway's last words\n{}\n---", self.node.last_words(SHOWN_LINES));
        }
    }
}

pub(crate) fn sandbox(setup: &Setup) -> Config {
    let by_certificate =
        if setup.certificates { SignsWith::Certificate } else { SignsWith::PublicKey };
    let mut config = Config {
        time_scale: setup.time_scale,
        refund_delay: Duration::from_millis(setup.refund_delay_ms),
        wechat_signs_with: by_certificate,
        ..Config::default()
    };
    (setup.sandbox)(&mut config);
    config
}
