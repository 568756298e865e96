//! A gateway, both simulated channels and a merchant: separate processes, free ports, a temporary
//! folder.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use serde_json::json;

use crate::client::Client;
use crate::inbox::{Inbox, now};
use crate::process::Process;

/// The ports `paymux sandbox init` writes, each replaced by a free one.
const PORTS: [u16; 5] = [8080, 8081, 8082, 9100, 9200];
/// The limits that protect one merchant's neighbours and accounts would hide the gateway's own.
const ROOM: &str = "
[limits]
merchant_per_second = 100000
[quotas]
alipay = { total = 100000, pay = 100000, query = 100000, refund = 100000 }
wechat = { total = 100000, pay = 100000, query = 100000, refund = 100000 }
";
/// Long enough for a slow machine; a start takes a fraction of a second.
const START: Duration = Duration::from_secs(20);
/// How long a simulated payer thinks.
const THINKING_MS: u64 = 20;

pub(crate) struct Stage {
    pub(crate) client: Client,
    pub(crate) inbox: Inbox,
    pub(crate) gateway: Process,
    /// From the start of the program to its first good answer.
    pub(crate) cold_start: Duration,
    ports: [u16; 5],
    _sandbox: Process,
    _folder: tempfile::TempDir,
}

impl Stage {
    pub(crate) async fn set(paymux: Option<&Path>) -> anyhow::Result<Self> {
        let paymux = paymux.map_or_else(beside, |it| Ok(it.to_owned()))?;
        let folder = tempfile::tempdir()?;
        let dir = folder.path().join("setup");
        init(&paymux, &dir).await?;
        let ports = choose_ports(&dir)?;
        let key = std::fs::read_to_string(dir.join("keys/merchant-api-key.txt"))?;
        let client = Client::new(key.trim().to_owned());
        let inbox = Inbox::open(tokio::net::TcpListener::bind(("127.0.0.1", ports[4])).await?);
        let start = |arguments: &[&str], log| Process::start(&paymux, arguments, &dir.join(log));
        let config = |name: &str| dir.join(name).display().to_string();
        let mut sandbox = start(&["sandbox", "--config", &config("sandbox.toml")], "sandbox.log")?;
        let orders = format!("http://127.0.0.1:{}/control/orders", ports[3]);
        ready(&client, &orders, &mut sandbox, &dir.join("sandbox.log")).await?;
        let begun = now();
        let mut gateway = start(&["serve", "--config", &config("paymux.toml")], "gateway.log")?;
        let readyz = format!("http://127.0.0.1:{}/readyz", ports[2]);
        ready(&client, &readyz, &mut gateway, &dir.join("gateway.log")).await?;
        let cold_start = begun.elapsed();
        let stage =
            Self { client, inbox, gateway, cold_start, ports, _sandbox: sandbox, _folder: folder };
        stage.let_payers_pay().await?;
        Ok(stage)
    }

    pub(crate) fn payments(&self) -> String {
        format!("http://127.0.0.1:{}/v1/payments", self.ports[0])
    }

    pub(crate) fn sandbox(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.ports[3])
    }

    async fn let_payers_pay(&self) -> anyhow::Result<()> {
        let rule = json!({ "delay_ms": THINKING_MS });
        let (status, answer) =
            self.client.post(&self.sandbox("/control/autopay"), "autopay", &rule).await?;
        ensure!(status < 300, "the sandbox refused to pay by itself: {answer}");
        Ok(())
    }
}

/// The gateway's program as cargo builds it, beside this one.
fn beside() -> anyhow::Result<PathBuf> {
    let own = std::env::current_exe()?;
    let paymux = own.parent().context("no folder")?.join("paymux");
    ensure!(paymux.exists(), "{} is missing: cargo build --release", paymux.display());
    Ok(paymux)
}

async fn init(paymux: &Path, dir: &Path) -> anyhow::Result<()> {
    let status = tokio::process::Command::new(paymux)
        .args(["sandbox", "init"])
        .arg(dir)
        .stdout(std::process::Stdio::null())
        .status()
        .await?;
    ensure!(status.success(), "`paymux sandbox init` failed");
    Ok(())
}

/// Free ports in both files, and room for more than one merchant's ordinary traffic.
fn choose_ports(dir: &Path) -> anyhow::Result<[u16; 5]> {
    // All are held until all are chosen, so that no port is chosen twice.
    let held: Vec<_> =
        PORTS.iter().map(|_| TcpListener::bind("127.0.0.1:0")).collect::<Result<_, _>>()?;
    let mut ports = PORTS;
    for (port, held) in ports.iter_mut().zip(&held) {
        *port = held.local_addr()?.port();
    }
    for (name, more) in [("paymux.toml", ROOM), ("sandbox.toml", "")] {
        let path = dir.join(name);
        let mut text = std::fs::read_to_string(&path)? + more;
        for (old, new) in PORTS.iter().zip(ports) {
            text = text.replace(&format!(":{old}"), &format!(":{new}"));
        }
        std::fs::write(&path, text)?;
    }
    Ok(ports)
}

async fn ready(
    client: &Client,
    url: &str,
    process: &mut Process,
    log: &Path,
) -> anyhow::Result<()> {
    let begun: Instant = now();
    while begun.elapsed() < START {
        if let Ok((200, _)) = client.get(url).await {
            return Ok(());
        }
        ensure!(process.lives(), "it ended: {}", std::fs::read_to_string(log)?);
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    anyhow::bail!("{url} did not answer: {}", std::fs::read_to_string(log)?)
}
