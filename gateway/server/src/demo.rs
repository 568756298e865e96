//! The whole trip on one command: gateway, simulated channels and a shop, one payment each.

mod cashier;
mod client;
mod narrator;
mod shop;
mod story;

use std::net::SocketAddr;

use anyhow::Context as _;
use paymux_sandbox::{Channel, Config, Sandbox};
use paymux_store::sqlite::Sqlite;
use tokio::net::TcpListener;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

use crate::app::{self, Running};
use crate::embedded::{self, API_KEY, Plan, loopback};
use crate::signals;
use client::Api;
use narrator::Narrator;
use shop::Shop;
use story::Story;

/// The channels' notification schedules are walked this much faster.
const TIME_SCALE: u32 = 30;
/// The demo's own retry schedule: a failure, a timeout, and a success within two seconds.
const SCHEDULE: &str = r#"["0s", "400ms", "400ms", "2s", "10s"]"#;

/// Everything that runs during the demo.
struct Stage {
    gateway: Running,
    public: SocketAddr,
    sandbox: Sandbox,
    shop: Shop,
}

/// Plays the demo; with `exit` it ends afterwards, else it goes on serving.
pub async fn run(exit: bool) -> anyhow::Result<()> {
    tracing_subscriber::registry()
        .with(tracing_subscriber::filter::LevelFilter::INFO)
        .with(Narrator::new())
        .init();
    let folder = tempfile::tempdir().context("no folder for the database")?;
    let stage = Stage::set(folder.path(), !exit).await?;
    let played = stage.play().await;
    if played.is_ok() && !exit {
        stage.invite();
        signals::stop().await;
    }
    stage.strike().await;
    played
}

impl Stage {
    /// Well-known ports, so that links can be typed, or free ones where those are taken.
    async fn set(folder: &std::path::Path, well_known: bool) -> anyhow::Result<Self> {
        let port = |it: u16| if well_known { it } else { 0 };
        let listener = listen_near(port(9200)).await?;
        let webhook_url = format!("http://{}/webhook", listener.local_addr()?);
        let shop = Shop::open(listener);
        let sandbox = sandbox(port(9100)).await?;
        let plan = Plan {
            public: free(port(8080)).await,
            admin: free(port(8081)).await,
            ops: free(port(8082)).await,
            database: &folder.join("paymux.db"),
            webhook_url: Some(webhook_url),
            schedule: SCHEDULE,
        };
        let (settings, channels) = embedded::settings(&plan, &sandbox)?;
        let store = Sqlite::open(plan.database)?;
        let gateway = app::start(&settings, &channels, store).await?;
        let public = gateway.public.context("both roles are served")?;
        Ok(Self { gateway, public, sandbox, shop })
    }

    async fn play(&self) -> anyhow::Result<()> {
        Narrator::say("Paymux, two simulated channels and a shop, each a real server on loopback.");
        Narrator::say("The shop fails the first two deliveries of every payment.");
        let api = Api { address: self.public };
        for (channel, name) in [(Channel::Alipay, "alipay"), (Channel::Wechat, "wechat")] {
            let (shop, sandbox) = (&self.shop, &self.sandbox);
            let story = Story { api: &api, shop, sandbox, channel, name };
            story.run().await.with_context(|| format!("the {name} payment"))?;
        }
        Narrator::say("\nBoth payments made the whole trip.");
        cashier::offer(&api).await.context("the cashier")?;
        Ok(())
    }

    fn invite(&self) {
        let (public, ops, admin) = (self.public, self.gateway.ops, self.gateway.admin);
        let token = self.gateway.token_file();
        let token = token.map(|it| it.display().to_string()).unwrap_or_default();
        let wallet = self.sandbox.wallet_url();
        Narrator::say(&format!(
            r#"
Everything keeps running; stop it with Ctrl-C. Try it yourself:

  create     curl -s http://{public}/v1/payments -H 'Authorization: Bearer {API_KEY}' \
               -H 'Content-Type: application/json' -H 'Idempotency-Key: mine-1' \
               -d '{{"order_no":"mine-1","amount":100,"currency":"CNY","method":"qr","subject":"Tea"}}'
  cashier    the same with "method":"cashier": open the answer's url, by phone or computer
  plate      curl -s http://{public}/v1/plates -H 'Authorization: Bearer {API_KEY}'
  pay        open the answer's qr_code in a browser, or {wallet}
  look       curl -s 'http://{public}/v1/payments?order_no=mine-1' -H 'Authorization: Bearer {API_KEY}'
  events     curl -s 'http://{public}/v1/events' -H 'Authorization: Bearer {API_KEY}'
  operate    http://{admin}/console as the user `admin` with the token in
             {token}
  metrics    curl -s http://{ops}/metrics
"#
        ));
    }

    async fn strike(self) {
        self.gateway.stop().await;
        self.sandbox.stop().await;
    }
}

async fn sandbox(port: u16) -> anyhow::Result<Sandbox> {
    let listen = free(port).await;
    let config = Config {
        listen,
        time_scale: TIME_SCALE,
        refund_delay: std::time::Duration::from_millis(500),
        ..Config::default()
    };
    Sandbox::start(config).await.context("the sandbox did not start")
}

/// The port if it is free, else one the system chooses.
async fn free(port: u16) -> SocketAddr {
    let found = listen_near(port).await.and_then(|it| Ok(it.local_addr()?));
    found.unwrap_or_else(|_| loopback(0))
}

async fn listen_near(port: u16) -> anyhow::Result<TcpListener> {
    match TcpListener::bind(loopback(port)).await {
        Ok(listener) => Ok(listener),
        Err(_) => Ok(TcpListener::bind(loopback(0)).await?),
    }
}
