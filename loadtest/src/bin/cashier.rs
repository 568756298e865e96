//! How soon a payer sees the cashier's first byte: the most pages a second, then half as many on
//! a fixed schedule. Run it on two cores: `taskset -c 0,1 cargo run --release -p loadtest
//! --bin cashier`.

use std::io::Write as _;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use bytes::Bytes;
use clap::Parser;
use http::Request;
use http_body_util::{BodyExt as _, Full};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::{Value, json};

use loadtest::process::Process;

type Hyper = Client<HttpConnector, Full<Bytes>>;

/// The ports `paymux sandbox init` writes, each replaced by a free one.
const PORTS: [u16; 5] = [8080, 8081, 8082, 9100, 9200];
/// Enough to keep two cores busy.
const CONNECTIONS: usize = 16;
/// All pages are asked for from one address here. The key of links stands in the file already.
const CASHIER: &str = "[limits]
merchant_per_second = 100000
[cashier]
client_per_second = 10000
client_burst = 100000
requests = 1000
";
const START: Duration = Duration::from_secs(20);
/// A page that did not come.
const NEVER: Duration = Duration::from_secs(3600);

#[derive(Parser)]
#[command(version, about)]
struct Arguments {
    /// For how long each of the two phases runs.
    #[arg(long, default_value_t = 10)]
    seconds: u64,
    /// Ends with 1 where the 99th percentile at half load is longer.
    #[arg(long, default_value_t = 5)]
    under_ms: u64,
    /// The gateway's program; by default the one built beside this.
    #[arg(long)]
    paymux: Option<PathBuf>,
}

fn main() -> ExitCode {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime can be built");
    match runtime.block_on(run(&Arguments::parse())) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("cashier: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: &Arguments) -> anyhow::Result<bool> {
    let stage = Stage::set(arguments.paymux.as_deref()).await?;
    let lasts = Duration::from_secs(arguments.seconds.max(1));
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let most = most(&stage, lasts).await;
    let (idle, pause) = (stage.running.0.usage()?, lasts * 2 / most.max(2));
    let mut took = half(&stage, pause, most / 2).await;
    took.sort_unstable();
    let busy = stage.running.0.usage()?;
    let at = |percent: usize| {
        let index = (took.len() * percent).div_ceil(100).saturating_sub(1);
        took.get(index).copied().unwrap_or_default()
    };
    let seconds = u32::try_from(lasts.as_secs())?;
    let [p50, p99, last] = [50, 99, 100].map(|it| at(it).as_micros());
    let cpu = ((busy.cpu - idle.cpu) / seconds).as_millis();
    let text = format!(
        "at most       {} pages/s, {CONNECTIONS} connections\n\
         at half load  {} pages/s, {} pages\n\
         first byte    p50 {p50} µs, p99 {p99} µs, last {last} µs\n\
         the gateway   {cpu} ms of CPU a second, {} KiB resident, {} KiB written\n\
         the machine   {}",
        most / seconds,
        most / 2 / seconds,
        took.len(),
        busy.resident_kib,
        busy.written_kib,
        load.trim(),
    );
    writeln!(std::io::stdout(), "{text}")?;
    Ok(at(99) <= Duration::from_millis(arguments.under_ms))
}

/// One page behind the other, on each connection: how many in all.
async fn most(stage: &Stage, lasts: Duration) -> u32 {
    let (end, count) = (Instant::now() + lasts, Arc::new(AtomicU32::new(0)));
    let one = |_| {
        let (stage, count) = (stage.clone(), Arc::clone(&count));
        tokio::spawn(async move {
            while Instant::now() < end {
                if stage.page().await.is_ok() {
                    count.fetch_add(1, Ordering::Relaxed);
                }
            }
        })
    };
    let all: Vec<_> = (0..CONNECTIONS).map(one).collect();
    for it in all {
        it.await.expect("a visitor does not panic");
    }
    count.load(Ordering::Relaxed)
}

/// On a schedule that waits for no answer: from when a page was due until its first byte.
async fn half(stage: &Stage, pause: Duration, count: u32) -> Vec<Duration> {
    let (took, begun) = (Arc::new(Mutex::new(vec![])), Instant::now());
    let mut visits = vec![];
    for number in 0..count {
        let due = begun + pause * number;
        tokio::time::sleep_until(due.into()).await;
        let (stage, took) = (stage.clone(), Arc::clone(&took));
        visits.push(tokio::spawn(async move {
            let seen = stage.page().await.map_or(NEVER, |it| it - due);
            took.lock().unwrap_or_else(PoisonError::into_inner).push(seen);
        }));
    }
    for it in visits {
        it.await.expect("a visitor does not panic");
    }
    std::mem::take(&mut *took.lock().unwrap_or_else(PoisonError::into_inner))
}

#[derive(Clone)]
struct Stage {
    hyper: Hyper,
    page: String,
    /// The gateway, the channels, and where their files are.
    running: Arc<(Process, Process, tempfile::TempDir)>,
}

impl Stage {
    async fn set(paymux: Option<&Path>) -> anyhow::Result<Self> {
        let paymux = paymux.map_or_else(beside, |it| Ok(it.to_owned()))?;
        let folder = tempfile::tempdir()?;
        let dir = folder.path().join("setup");
        let init = std::process::Command::new(&paymux)
            .args(["sandbox", "init"])
            .arg(&dir)
            .stdout(std::process::Stdio::null())
            .status()?;
        ensure!(init.success(), "`paymux sandbox init` failed");
        let ports = choose_ports(&dir)?;
        let start = |command: &str, config: &str| {
            let config = dir.join(config).display().to_string();
            let log = dir.join(format!("{command}.log"));
            Process::start(&paymux, &[command, "--config", &config], log)
        };
        let sandbox = start("sandbox", "sandbox.toml")?;
        let mut gateway = start("serve", "paymux.toml")?;
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        let hyper = Client::builder(TokioExecutor::new()).build(connector);
        ready(&hyper, &format!("http://127.0.0.1:{}/readyz", ports[2]), &mut gateway).await?;
        let key = std::fs::read_to_string(dir.join("keys/merchant-api-key.txt"))?;
        let page = offered(&hyper, ports[0], key.trim()).await?;
        Ok(Self { hyper, page, running: Arc::new((gateway, sandbox, folder)) })
    }

    /// When its first byte came; the rest is read too, as a browser does.
    async fn page(&self) -> anyhow::Result<Instant> {
        let request = Request::get(&self.page).header("user-agent", "Mozilla/5.0 (X11; Linux)");
        let answer = self.hyper.request(request.body(Full::default())?).await?;
        let first = Instant::now();
        ensure!(answer.status() == 200, "{}", answer.status());
        answer.into_body().collect().await?;
        Ok(first)
    }
}

/// A payment whose payer has not chosen, as its page is seen most.
async fn offered(hyper: &Hyper, port: u16, key: &str) -> anyhow::Result<String> {
    let order = json!({
        "order_no": "page", "amount": 888, "currency": "CNY", "method": "cashier", "subject": "Tea",
    });
    let request = Request::post(format!("http://127.0.0.1:{port}/v1/payments"))
        .header("authorization", format!("Bearer {key}"))
        .header("content-type", "application/json")
        .header("idempotency-key", "page")
        .body(Full::from(order.to_string()))?;
    let body = hyper.request(request).await?.into_body().collect().await?.to_bytes();
    let payment: Value = serde_json::from_slice(&body)?;
    let url = payment["action"]["url"].as_str().with_context(|| payment.to_string())?;
    let path = url.find("/c/").map(|it| &url[it..]).context("no link")?;
    Ok(format!("http://127.0.0.1:{port}{path}"))
}

async fn ready(hyper: &Hyper, url: &str, gateway: &mut Process) -> anyhow::Result<()> {
    let begun = Instant::now();
    while begun.elapsed() < START {
        let request = Request::get(url).body(Full::default())?;
        if hyper.request(request).await.is_ok_and(|it| it.status() == 200) {
            return Ok(());
        }
        ensure!(gateway.lives(), "the gateway ended");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    anyhow::bail!("{url} does not answer")
}

/// The gateway's program as cargo builds it, beside this one.
fn beside() -> anyhow::Result<PathBuf> {
    let own = std::env::current_exe()?;
    let paymux = own.parent().context("no folder")?.join("paymux");
    ensure!(paymux.exists(), "{} is missing: cargo build --release", paymux.display());
    Ok(paymux)
}

fn choose_ports(dir: &Path) -> anyhow::Result<[u16; 5]> {
    // All are held until all are chosen, so that no port is chosen twice.
    let held: Vec<_> =
        PORTS.iter().map(|_| TcpListener::bind("127.0.0.1:0")).collect::<Result<_, _>>()?;
    let mut ports = PORTS;
    for (port, held) in ports.iter_mut().zip(&held) {
        *port = held.local_addr()?.port();
    }
    for (name, more) in [("paymux.toml", CASHIER), ("sandbox.toml", "[cashier]\n")] {
        let path = dir.join(name);
        let mut text = std::fs::read_to_string(&path)?.replace("[cashier]\n", more);
        for (old, new) in PORTS.iter().zip(ports) {
            text = text.replace(&format!(":{old}"), &format!(":{new}"));
        }
        std::fs::write(&path, text)?;
    }
    Ok(ports)
}
