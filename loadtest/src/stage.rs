//! A gateway, both simulated channels and the merchants: separate processes, free ports, a folder
//! of their own.

mod ports;
mod settings;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use serde_json::{Value, json};

use crate::client::Client;
use crate::latency::now;
use crate::merchants::{Inbox, Temper};
use crate::process::Process;
use crate::relay::Relay;
use crate::store::{Kind, Services};
use ports::Ports;
pub use settings::Signing;

/// Long enough for a slow machine; a start takes a fraction of a second.
const START: Duration = Duration::from_secs(30);

/// What is to be built.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    pub store: Kind,
    pub signing: Signing,
    pub temper: Temper,
    /// Notifications go to us first, to be sent when and how we like.
    pub caught: bool,
    /// The gateway's program; by default the one built beside this.
    pub paymux: Option<PathBuf>,
    /// Deliveries under way at once to one merchant.
    pub places: Option<u32>,
}

pub struct Stage {
    pub client: Client,
    pub inbox: Inbox,
    pub relay: Relay,
    pub gateway: Process,
    pub sandbox: Process,
    /// From the start of the program to its first good answer.
    pub cold_start: Duration,
    pub plan: Plan,
    pub services: Services,
    pub dir: PathBuf,
    keys: Vec<String>,
    ports: Ports,
    paymux: PathBuf,
    folder: tempfile::TempDir,
}

impl Stage {
    pub async fn set(plan: Plan) -> anyhow::Result<Self> {
        let kind = plan.store;
        let services = tokio::task::spawn_blocking(move || Services::start(kind)).await?;
        let paymux = plan.paymux.clone().map_or_else(beside, Ok)?;
        let folder = tempfile::Builder::new().prefix("paymux-load-").tempdir()?;
        let dir = folder.path().join("setup");
        command(&paymux, &["sandbox", "init", &dir.display().to_string()]).await?;
        let ports = Ports::choose()?;
        let keys = settings::write(&dir, &plan, &services, &ports)?;
        let [merchants, relay] = [ports.merchants, ports.relay];
        let inbox = Inbox::open(listener(merchants).await?, plan.temper);
        let relay = Relay::open(listener(relay).await?);
        let client = Client::default();
        let config = |name: &str| dir.join(name).display().to_string();
        if kind != Kind::Sqlite {
            command(&paymux, &["migrate", "--config", &config("paymux.toml")]).await?;
        }
        let arguments = ["sandbox", "--config", &config("sandbox.toml")];
        let mut sandbox = Process::start(&paymux, &arguments, dir.join("sandbox.log"))?;
        let books = format!("http://127.0.0.1:{}/control/books", ports.sandbox);
        ready(&client, &books, &mut sandbox).await?;
        let begun = now();
        let gateway = serve(&client, &paymux, &dir, &ports, &[]).await?;
        let cold_start = begun.elapsed();
        let stage = Self {
            client,
            inbox,
            relay,
            gateway,
            sandbox,
            cold_start,
            plan,
            services,
            dir,
            keys,
            ports,
            paymux,
            folder,
        };
        Ok(stage)
    }

    /// Stops the gateway and starts it again, perhaps with other roles.
    pub async fn restart(&mut self, arguments: &[&str]) -> anyhow::Result<()> {
        self.gateway.stop().await?;
        self.start(arguments).await
    }

    /// Without its worker, which would ask the channel about payments that wait for news, and make
    /// the news old.
    pub async fn without_worker(mut self) -> anyhow::Result<Self> {
        self.restart(&["--role", "api"]).await?;
        Ok(self)
    }

    pub async fn start(&mut self, arguments: &[&str]) -> anyhow::Result<()> {
        let started = serve(&self.client, &self.paymux, &self.dir, &self.ports, arguments);
        self.gateway = started.await?;
        Ok(())
    }

    /// Where the channel would reach the gateway.
    pub fn gateway_url(&self) -> String {
        format!("http://127.0.0.1:{}", self.ports.public)
    }

    pub fn payments(&self) -> String {
        format!("{}/v1/payments", self.gateway_url())
    }

    pub fn admin(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.ports.admin)
    }

    /// What this run of the gateway wrote beside its store for whoever operates it.
    pub fn admin_token(&self) -> anyhow::Result<String> {
        let path = self.dir.join(format!("paymux-admin-{}.token", self.ports.admin));
        Ok(std::fs::read_to_string(path)?.trim().to_owned())
    }

    pub fn sandbox(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.ports.sandbox)
    }

    pub const fn webhooks(&self) -> u16 {
        self.ports.merchants
    }

    /// A merchant's API key; there are at least as many merchants as `plan` says.
    pub fn key(&self, merchant: u32) -> &str {
        let index = usize::try_from(merchant).unwrap_or(0) % self.keys.len();
        &self.keys[index]
    }

    pub const fn merchants(&self) -> u32 {
        if self.plan.temper.merchants == 0 { 1 } else { self.plan.temper.merchants }
    }

    /// From now on payers pay by themselves, this long after they could.
    pub async fn let_payers_pay(&self, delay_ms: u64) -> anyhow::Result<()> {
        let rule = json!({ "delay_ms": delay_ms });
        self.control("/control/autopay", &rule).await.map(drop)
    }

    pub async fn control(&self, path: &str, body: &Value) -> anyhow::Result<Value> {
        let (status, answer) = self.client.post(&self.sandbox(path), ("", "x"), body).await?;
        ensure!(status < 300, "the sandbox refused {path}: {answer}");
        Ok(answer)
    }

    /// Keeps the folder, with the store and all logs, and says where it is.
    pub fn keep(&mut self, findings: &[String]) -> anyhow::Result<PathBuf> {
        self.folder.disable_cleanup(true);
        std::fs::write(self.folder.path().join("findings.txt"), findings.join("\n"))?;
        Ok(self.folder.path().to_owned())
    }
}

async fn listener(port: u16) -> anyhow::Result<tokio::net::TcpListener> {
    Ok(tokio::net::TcpListener::bind(("127.0.0.1", port)).await?)
}

async fn serve(
    client: &Client,
    paymux: &Path,
    dir: &Path,
    ports: &Ports,
    arguments: &[&str],
) -> anyhow::Result<Process> {
    let config = dir.join("paymux.toml").display().to_string();
    let arguments = [&["serve", "--config", &config], arguments].concat();
    let mut gateway = Process::start(paymux, &arguments, dir.join("gateway.log"))?;
    let readyz = format!("http://127.0.0.1:{}/readyz", ports.ops);
    ready(client, &readyz, &mut gateway).await?;
    Ok(gateway)
}

/// The gateway's program as cargo builds it, beside this one.
fn beside() -> anyhow::Result<PathBuf> {
    let own = std::env::current_exe()?;
    let paymux = own.parent().context("no folder")?.join("paymux");
    let kind = if cfg!(debug_assertions) { "" } else { " --release" };
    ensure!(paymux.exists(), "{} is missing: run `cargo build{kind}`", paymux.display());
    Ok(paymux)
}

async fn command(program: &Path, arguments: &[&str]) -> anyhow::Result<()> {
    let done = tokio::process::Command::new(program).args(arguments).output().await?;
    let error = String::from_utf8_lossy(&done.stderr);
    ensure!(done.status.success(), "`paymux {}` failed: {error}", arguments.join(" "));
    Ok(())
}

async fn ready(client: &Client, url: &str, process: &mut Process) -> anyhow::Result<()> {
    let begun: Instant = now();
    while begun.elapsed() < START {
        if let Ok((200, _)) = client.get(url, "").await {
            return Ok(());
        }
        ensure!(process.lives(), "it ended: {}", process.said());
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    anyhow::bail!("{url} did not answer: {}", process.said())
}
