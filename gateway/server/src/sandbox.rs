//! `paymux sandbox`: the simulated channels alone.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use paymux_sandbox::{Config, Sandbox};

use crate::embedded::loopback;
use crate::settings::{Log, LogFormat};
use crate::{serve, signals};

pub async fn run(config: Option<PathBuf>) -> anyhow::Result<()> {
    serve::log(&Log { format: LogFormat::Text, filter: "info".into() })?;
    let config = match config {
        Some(path) => Config::load(&path)?,
        None => Config { listen: loopback(9100), ..Config::default() },
    };
    let sandbox = Sandbox::start(config).await?;
    tracing::info!(
        alipay = sandbox.alipay_url(),
        wechat = sandbox.wechat_url(),
        wallet = sandbox.wallet_url(),
        "ready"
    );
    signals::stop().await;
    sandbox.stop().await;
    Ok(())
}

pub fn init(dir: &Path) -> anyhow::Result<()> {
    let report = paymux_sandbox::init(dir)?;
    writeln!(
        std::io::stdout(),
        "wrote {} files\n  simulated channels:  paymux sandbox --config {}\n  gateway:             paymux serve --config {}",
        report.files.len(),
        report.sandbox_config.display(),
        report.gateway_config.display(),
    )?;
    Ok(())
}
