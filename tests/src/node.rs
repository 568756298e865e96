//! One gateway in a folder of its own: started, watched, frozen, killed and started again.

use std::path::PathBuf;
use std::process::ExitStatus;
use std::time::Duration;

use paymux_services::ports;

use crate::api::Api;
use crate::http::Http;
use crate::metrics::Metrics;
use crate::process::Process;
use crate::program::{Build, program};
use crate::wait::until;

pub struct Node {
    /// public, admin, ops.
    pub ports: [u16; 3],
    /// Where its configuration is.
    pub folder: PathBuf,
    /// Where its store is, and what it writes beside that.
    pub data: PathBuf,
    /// As `--role` takes them; none for all.
    pub roles: Option<&'static str>,
    build: Build,
    http: Http,
    process: Option<Process>,
    starts: usize,
    /// What processes before this one wrote.
    earlier: String,
}

impl Node {
    pub fn new(folder: PathBuf, build: Build) -> Self {
        let ports = [ports::free(), ports::free(), ports::free()];
        let (http, process, starts, earlier) = (Http::default(), None, 0, String::new());
        let data = folder.clone();
        Self { ports, folder, data, roles: None, build, http, process, starts, earlier }
    }

    /// Starts it and waits until it is ready, or until it has ended instead.
    pub async fn start(&mut self, environment: &[(&str, &str)]) -> Result<(), ExitStatus> {
        self.starts += 1;
        let log = self.folder.join(format!("gateway-{}.log", self.starts));
        let config = self.folder.join("paymux.toml").display().to_string();
        let mut arguments = vec!["serve", "--config", &config];
        arguments.extend(self.roles.iter().flat_map(|it| ["--role", it]));
        let mut process = Process::start(program(self.build), &arguments, environment, log);
        let readyz = self.ops("/readyz");
        let ready = async || {
            if let Some(status) = process.has_ended() {
                return Some(Err(status));
            }
            let answer = self.http.get(&readyz).await;
            answer.is_ok_and(|it| it.status == 200).then_some(Ok(()))
        };
        let outcome = until("the gateway is ready", ready).await;
        self.process = Some(process);
        outcome
    }

    /// Whether it ended by itself within this time.
    pub async fn ends_within(&mut self, limit: Duration) -> Option<ExitStatus> {
        let process = self.process.as_mut()?;
        tokio::time::timeout(limit, process.ended()).await.ok()
    }

    /// `kill -9`.
    pub async fn kill(&mut self) {
        let Some(mut process) = self.process.take() else { return };
        process.kill().await;
        self.earlier += &process.log();
    }

    /// `kill -STOP`: it stands still in the middle of whatever it does.
    pub async fn freeze(&self) {
        self.running().signal("STOP").await;
    }

    pub async fn thaw(&self) {
        self.running().signal("CONT").await;
    }

    /// `kill`, without waiting for what comes of it.
    pub async fn ask_to_stop(&self) {
        self.running().signal("TERM").await;
    }

    /// Asks it to read its configuration again, without waiting for what comes of it.
    pub async fn hang_up(&self) {
        self.running().signal("HUP").await;
    }

    pub async fn has_stopped(&mut self) -> ExitStatus {
        let mut process = self.process.take().expect("it runs");
        let status = process.ended().await;
        self.earlier += &process.log();
        status
    }

    pub async fn metrics(&self) -> Metrics {
        let answer = self.http.get(&self.ops("/metrics")).await.expect("metrics are served");
        Metrics(String::from_utf8_lossy(&answer.body).into_owned())
    }

    pub fn admin(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.ports[1])
    }

    /// The admin listener, as the token of this run opens it.
    pub fn operator(&self) -> Api {
        let base = format!("http://127.0.0.1:{}", self.ports[1]);
        Api { http: self.http.clone(), base, api_key: self.admin_token() }
    }

    pub fn admin_token(&self) -> String {
        let file = self.data.join(format!("paymux-admin-{}.token", self.ports[1]));
        let token = std::fs::read_to_string(file).expect("no user is configured");
        token.trim_end().to_owned()
    }

    pub fn ops(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.ports[2])
    }

    /// Of its memory, what is in use.
    pub fn resident_bytes(&self) -> u64 {
        self.running().resident_bytes()
    }

    /// Everything that was logged in this folder.
    pub fn logs(&self) -> String {
        let now = self.process.as_ref().map(Process::log);
        format!("{}{}", self.earlier, now.unwrap_or_default())
    }

    /// The end of it.
    pub fn last_words(&self, lines: usize) -> String {
        let logs = self.logs();
        let all: Vec<_> = logs.lines().collect();
        all[all.len().saturating_sub(lines)..].join("\n")
    }

    fn running(&self) -> &Process {
        self.process.as_ref().expect("it runs")
    }
}
