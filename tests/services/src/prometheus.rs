//! A Prometheus of one's own, that scrapes and evaluates every second.

use std::path::Path;

use crate::daemon::{Daemon, home, listens};
use crate::ports;

pub struct Prometheus {
    daemon: Daemon,
    pub port: u16,
}

impl Prometheus {
    /// Scrapes `/metrics` at this port of our own machine, as the job `paymux`.
    pub fn start(target: u16, rules: &[&Path]) -> Self {
        let (port, home) = (ports::free(), home("paymux-prometheus-"));
        let settings = home.join("prometheus.yml");
        std::fs::write(&settings, config(target, rules)).expect("our own folder");
        let listen = format!("--web.listen-address=127.0.0.1:{port}");
        let settings = format!("--config.file={}", settings.display());
        let data = format!("--storage.tsdb.path={}", home.join("data").display());
        let daemon = Daemon::start(home, "KILL", &["prometheus", &listen, &settings, &data]);
        daemon.wait("prometheus", || listens(port));
        Self { daemon, port }
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    pub fn log(&self) -> String {
        self.daemon.log()
    }
}

fn config(target: u16, rules: &[&Path]) -> String {
    let rules: Vec<_> = rules.iter().map(|it| format!("\"{}\"", it.display())).collect();
    format!(
        "global: {{ scrape_interval: 1s, evaluation_interval: 1s }}\n\
         rule_files: [{}]\n\
         scrape_configs:\n\
         - job_name: paymux\n  \
           static_configs: [{{ targets: [\"127.0.0.1:{target}\"] }}]\n",
        rules.join(", ")
    )
}
