//! `paymux serve` and `paymux config check`.

use std::io::{IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use paymux_engine::traces::TARGET;
use paymux_sandbox::{Config, Sandbox};
use paymux_store::Store;
use paymux_store::memory::MemoryStore;
use paymux_store::postgres::Postgres;
use paymux_store::sqlite::Sqlite;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Layer as _};

use crate::app::{self, Running, managing};
use crate::clock::APART;
use crate::embedded::{self, API_KEY, Plan, WEBHOOK_SECRET, loopback};
use crate::settings::{self, Channels, Driver, Log, LogFormat, Problems, Roles, Settings};
use crate::{postgres_tls, registry, signals, traces};

/// It logs whole messages and logins; what matters of it is in our own lines.
const SILENT: &str = "lapin=off";

const DEFAULT_CONFIG: &str = "paymux.toml";
/// Where the guides' receivers listen; whoever starts one late is told within seconds.
const WEBHOOK_URL: &str = "http://127.0.0.1:9000/";
const WEBHOOK_PAUSES: &str = r#"["0s", "3s", "5s", "10s", "15s", "30s", "1m", "5m", "15m", "1h"]"#;

/// Serves until told to stop.
pub async fn run(config: Option<PathBuf>, roles: Roles) -> anyhow::Result<()> {
    let default = PathBuf::from(DEFAULT_CONFIG);
    match config.or_else(|| default.exists().then_some(default)) {
        Some(path) => configured(&path, roles).await,
        None => sandboxed(roles).await,
    }
}

pub fn check(path: &Path) -> anyhow::Result<()> {
    let summary = settings::check(path, registry::PLUGINS).map_err(|it| anyhow::anyhow!("{it}"))?;
    writeln!(std::io::stdout(), "{summary}")?;
    Ok(())
}

async fn configured(path: &Path, roles: Roles) -> anyhow::Result<()> {
    let beginning = beginning(path).map_err(|it| anyhow::anyhow!("{it}"))?.with(roles);
    log_and_trace(&beginning.ground.log, beginning.ground.traces.as_ref())?;
    let served = serve(beginning).await;
    traces::end().await;
    served
}

/// What is known before the store is open; the rest may stand in it.
pub(crate) struct Beginning {
    ground: Settings,
    /// None where the rest is still to be read.
    channels: Option<Channels>,
}

/// With keys for what the store has, the file alone need not be whole.
pub(crate) fn beginning(path: &Path) -> Result<Beginning, Problems> {
    if settings::seal_keys(path)?.is_empty() {
        let (ground, channels) = settings::open(path, registry::PLUGINS)?;
        return Ok(Beginning { ground, channels: Some(channels) });
    }
    Ok(Beginning { ground: Settings::load_ground(path)?, channels: None })
}

impl Beginning {
    fn with(mut self, roles: Roles) -> Self {
        self.ground.roles = roles;
        self
    }

    /// Without a key for what the store has, nothing is served that would lack it.
    pub(crate) async fn complete<S: Store>(
        self,
        store: &S,
    ) -> Result<(Settings, Channels), Problems> {
        let Self { ground, channels } = self;
        let book = managing::book(store, &ground.managed.seal_keys).await?;
        if let Some(channels) = channels {
            return Ok((ground, channels));
        }
        let path = ground.file.as_deref().unwrap_or(Path::new(DEFAULT_CONFIG));
        let (settings, channels) = settings::open_with(path, registry::PLUGINS, &book)?;
        Ok((Settings { roles: ground.roles, ..settings }, channels))
    }
}

/// Without a configuration: the demo's accounts at simulated channels, gone at exit.
async fn sandboxed(roles: Roles) -> anyhow::Result<()> {
    let sandbox = Sandbox::start(Config { listen: loopback(9100), ..Config::default() }).await?;
    let folder = tempfile::tempdir().context("no folder for the database")?;
    let plan = Plan {
        public: loopback(8080),
        admin: loopback(8081),
        ops: loopback(8082),
        database: &folder.path().join("paymux.db"),
        webhook_url: Some(WEBHOOK_URL.to_owned()),
        schedule: WEBHOOK_PAUSES,
    };
    let (ground, channels) = embedded::settings(&plan, &sandbox)?;
    let beginning = Beginning { ground, channels: Some(channels) }.with(roles);
    log(&beginning.ground.log)?;
    tracing::warn!(
        api_key = API_KEY,
        webhooks = WEBHOOK_URL,
        webhook_secret = WEBHOOK_SECRET,
        wallet = sandbox.wallet_url(),
        "no {DEFAULT_CONFIG} here: serving simulated channels, and nothing is kept"
    );
    serve(beginning).await?;
    sandbox.stop().await;
    Ok(())
}

async fn serve(beginning: Beginning) -> anyhow::Result<()> {
    let settings = &beginning.ground;
    let alone = matches!(settings.store.driver, Driver::Memory | Driver::Sqlite { .. });
    if alone && !settings.roles.worker {
        tracing::warn!("this store belongs to one process: nobody works on its tasks");
    }
    match settings.store.driver.clone() {
        Driver::Memory => {
            let store = MemoryStore::default();
            until(signals::stop(), beginning, store).await
        }
        Driver::Sqlite { path } => {
            let store = Sqlite::open(&path)?;
            let stop = async {
                tokio::select! {
                    () = signals::stop() => {}
                    () = broken(&store) => {}
                }
            };
            until(stop, beginning, store.clone()).await?;
            let failed = *store.failed().borrow();
            store.close().await;
            anyhow::ensure!(!failed, "the disk failed: nothing more may be written to this file");
            Ok(())
        }
        Driver::Postgres(postgres) => {
            let tls = postgres_tls::connector(&postgres)?;
            let store = Postgres::open(&postgres.options, tls).await?.keeping_time(APART);
            until(signals::stop(), beginning, store.clone()).await?;
            store.close().await;
            Ok(())
        }
    }
}

/// After a failed write or fsync nobody knows what the disk holds; only a new start finds out.
async fn broken(store: &Sqlite) {
    let mut failed = store.failed();
    if failed.wait_for(|it| *it).await.is_err() {
        std::future::pending::<()>().await;
    }
}

async fn until<S: Store>(
    stop: impl Future<Output = ()>,
    beginning: Beginning,
    store: S,
) -> anyhow::Result<()> {
    let completed = beginning.complete(&store).await;
    let (settings, channels) = completed.map_err(|it| anyhow::anyhow!("{it}"))?;
    let running = app::start(&settings, &channels, store).await?;
    let Running { public, admin, ops, .. } = &running;
    let roles = settings.roles;
    match public {
        Some(public) => tracing::info!(%public, %admin, %ops, %roles, "ready"),
        None => tracing::info!(%admin, %ops, %roles, "ready"),
    }
    stop.await;
    running.stop().await;
    tracing::info!("stopped");
    Ok(())
}

pub(crate) fn log(log: &Log) -> anyhow::Result<()> {
    log_and_trace(log, None)
}

/// Who writes lines sees no span of traces, and who keeps traces sees nothing else.
fn log_and_trace(log: &Log, traces: Option<&settings::Traces>) -> anyhow::Result<()> {
    let filter = EnvFilter::try_new(&log.filter).context("`log.filter`")?;
    let silent = [SILENT.to_owned(), format!("{TARGET}=off")];
    let filter = silent
        .iter()
        .fold(filter, |filter, it| filter.add_directive(it.parse().expect("a directive")));
    let lines = tracing_subscriber::fmt::layer()
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr);
    let lines = match log.format {
        LogFormat::Text => lines.boxed(),
        LogFormat::Json => lines.json().flatten_event(true).boxed(),
    };
    let spans = traces
        .map(traces::begin)
        .map(|it| it.layer().with_filter(Targets::new().with_target(TARGET, LevelFilter::TRACE)));
    tracing_subscriber::registry().with(lines.with_filter(filter)).with(spans).init();
    Ok(())
}
