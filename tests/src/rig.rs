//! Everything at once: the gateway as a process, both channels, the merchant, the tap between.

use std::path::PathBuf;
use std::process::ExitStatus;
use std::time::Duration;

use paymux_sandbox::{Config, Sandbox, SignsWith};
use paymux_services::ports;
use tempfile::TempDir;

use crate::api::Api;
use crate::config::{self, API_KEY, Places, Setup, WEBHOOK_SECRET};
use crate::http::Http;
use crate::metrics::Metrics;
use crate::process::Process;
use crate::program::{Build, program};
use crate::shop::Shop;
use crate::tap::Tap;
use crate::wait::until;

/// Of a failed test's logs, so much is shown.
const SHOWN_LINES: usize = 60;

/// Sandbox, shop and tap outlive every restart of the gateway; all of it ends with the rig.
pub struct Rig {
    pub api: Api,
    pub http: Http,
    pub sandbox: Sandbox,
    pub shop: Shop,
    pub tap: Tap,
    /// public, admin, ops.
    pub ports: [u16; 3],
    gateway: Option<Process>,
    build: Build,
    starts: usize,
    /// What gateways before this one wrote.
    earlier: String,
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
        let ports = [ports::free(), ports::free(), ports::free()];
        let sandbox = Sandbox::start(sandbox(&setup)).await.expect("the sandbox starts");
        let (shop, tap) = (Shop::open(WEBHOOK_SECRET).await, Tap::open(ports[0]).await);
        let behind = if setup.tapped { tap.address.port() } else { ports[0] };
        let (public_url, webhook_url) = (format!("http://127.0.0.1:{behind}"), shop.url());
        let places = Places { ports, public_url: &public_url, webhook_url: &webhook_url };
        config::write(folder.path(), &setup, places, &sandbox);
        let http = Http::default();
        let base = format!("http://127.0.0.1:{}", ports[0]);
        let api = Api { http: http.clone(), base, api_key: API_KEY.to_owned() };
        let (starts, earlier, gateway) = (0, String::new(), None);
        Self { api, http, sandbox, shop, tap, ports, gateway, build, starts, earlier, folder }
    }

    /// Starts it and waits until it is ready, or until it has ended instead.
    pub async fn start_gateway(&mut self, environment: &[(&str, &str)]) -> Result<(), ExitStatus> {
        self.starts += 1;
        let log = self.path(&format!("gateway-{}.log", self.starts));
        let config = self.path("paymux.toml").display().to_string();
        let arguments = ["serve", "--config", &config];
        let mut gateway = Process::start(program(self.build), &arguments, environment, log);
        let readyz = self.ops("/readyz");
        let ready = async || {
            if let Some(status) = gateway.has_ended() {
                return Some(Err(status));
            }
            let answer = self.http.get(&readyz).await;
            answer.is_ok_and(|it| it.status == 200).then_some(Ok(()))
        };
        let outcome = until("the gateway is ready", ready).await;
        self.gateway = Some(gateway);
        outcome
    }

    /// Whether it ended by itself within this time.
    pub async fn ends_within(&mut self, limit: Duration) -> Option<ExitStatus> {
        let gateway = self.gateway.as_mut()?;
        tokio::time::timeout(limit, gateway.ended()).await.ok()
    }

    /// `kill -9`.
    pub async fn kill_gateway(&mut self) {
        let Some(mut gateway) = self.gateway.take() else { return };
        gateway.kill().await;
        self.earlier += &gateway.log();
    }

    /// `kill`, without waiting for what comes of it.
    pub async fn ask_to_stop(&self) {
        self.gateway.as_ref().expect("it runs").terminate().await;
    }

    pub async fn has_stopped(&mut self) -> ExitStatus {
        let mut gateway = self.gateway.take().expect("it runs");
        let status = gateway.ended().await;
        self.earlier += &gateway.log();
        status
    }

    pub async fn metrics(&self) -> Metrics {
        let answer = self.http.get(&self.ops("/metrics")).await.expect("metrics are served");
        Metrics(String::from_utf8_lossy(&answer.body).into_owned())
    }

    pub fn ops(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.ports[2])
    }

    /// Everything that all gateways of this rig have logged.
    pub fn logs(&self) -> String {
        let now = self.gateway.as_ref().map(Process::log);
        format!("{}{}", self.earlier, now.unwrap_or_default())
    }

    /// In the folder of the gateway.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}

impl Drop for Rig {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let logs = self.logs();
            let lines: Vec<_> = logs.lines().collect();
            let shown = lines[lines.len().saturating_sub(SHOWN_LINES)..].join("\n");
            eprintln!("--- the gateway's last words\n{shown}\n---");
        }
    }
}

fn sandbox(setup: &Setup) -> Config {
    let by_certificate =
        if setup.certificates { SignsWith::Certificate } else { SignsWith::PublicKey };
    Config {
        time_scale: setup.time_scale,
        refund_delay: Duration::from_millis(setup.refund_delay_ms),
        wechat_signs_with: by_certificate,
        ..Config::default()
    }
}
