//! A Redis of one's own; nothing is persisted.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::time::Duration;

use crate::daemon::{Daemon, home, listens};
use crate::ports;

/// For an answer; longer than any test leaves a server frozen.
const PATIENCE: Duration = Duration::from_secs(30);

pub struct Redis {
    /// None while it is stopped.
    daemon: Option<Daemon>,
    arguments: Vec<String>,
    pub port: u16,
}

impl Redis {
    pub fn start() -> Self {
        Self::on(ports::free())
    }

    /// At a given port, to come back where one went away.
    pub fn on(port: u16) -> Self {
        Self::with(port, &[])
    }

    /// A cluster of one node, which has all slots.
    pub fn cluster() -> Self {
        // The port of the cluster's own bus, 10000 higher by default, may not exist.
        let bus = ports::free().to_string();
        let redis =
            Self::with(ports::free(), &["--cluster-enabled", "yes", "--cluster-port", &bus]);
        redis.say("CLUSTER ADDSLOTSRANGE 0 16383");
        let daemon = redis.daemon.as_ref().expect("it was started");
        daemon.wait("the cluster", || redis.say("CLUSTER INFO").starts_with("cluster_state:ok"));
        redis
    }

    /// By TLS alone, with a certificate and its key.
    pub fn tls(certificate: &Path, key: &Path) -> Self {
        let port = ports::free();
        let path = |it: &Path| it.to_str().expect("temporary folders are UTF-8").to_owned();
        let (text, certificate, key) = (port.to_string(), path(certificate), path(key));
        let mut arguments = vec!["--port", "0", "--tls-port", &text, "--tls-auth-clients", "no"];
        arguments.extend(["--tls-cert-file", &certificate, "--tls-key-file", &key]);
        arguments.extend(["--tls-ca-cert-file", &certificate]);
        Self::with(port, &arguments)
    }

    /// Follows `primary`, and has all that it has.
    pub fn replica(primary: &Self) -> Self {
        let port = primary.port.to_string();
        let replica = Self::with(ports::free(), &["--replicaof", "127.0.0.1", &port]);
        let daemon = replica.daemon.as_ref().expect("it was started");
        daemon.wait("the replica", || {
            primary.say("SET replicated yes");
            replica.say("EXISTS replicated") == "1"
        });
        replica
    }

    /// Waits until this sentinel has heard of a replica that could take over.
    pub fn knows_replica(&self) {
        let daemon = self.daemon.as_ref().expect("it was started");
        daemon.wait("the sentinel", || self.info("sentinel").contains(",slaves=1,"));
    }

    /// A sentinel that watches `master` under the name `paymux`.
    pub fn sentinel(master: &Self) -> Self {
        let port = ports::free();
        let home = home("paymux-sentinel-");
        let watch = format!(
            "sentinel monitor paymux 127.0.0.1 {} 1\n\
             sentinel down-after-milliseconds paymux 1000\n\
             sentinel failover-timeout paymux 5000\n",
            master.port
        );
        let settings = home.join("sentinel.conf");
        std::fs::write(&settings, watch).expect("our own folder");
        let settings = settings.to_str().expect("temporary folders are UTF-8").to_owned();
        let text = port.to_string();
        let command = ["redis-server", &settings, "--sentinel", "--port", &text];
        let daemon =
            Daemon::start(home, "KILL", &[&command[..], &["--bind", "127.0.0.1"]].concat());
        daemon.wait("the sentinel", || listens(port));
        Self { daemon: Some(daemon), arguments: vec![], port }
    }

    fn with(port: u16, arguments: &[&str]) -> Self {
        let arguments = arguments.iter().map(ToString::to_string).collect();
        let mut redis = Self { daemon: None, arguments, port };
        redis.restart();
        redis
    }

    /// Ends it if it runs, and starts it at the same port, empty.
    pub fn restart(&mut self) {
        self.stop();
        let (port, home) = (self.port.to_string(), home("paymux-redis-"));
        let folder = home.to_str().expect("temporary folders are UTF-8").to_owned();
        let mut command = vec!["redis-server", "--port", &port, "--bind", "127.0.0.1"];
        command.extend(["--dir", &folder, "--save", "", "--appendonly", "no"]);
        command.extend(self.arguments.iter().map(String::as_str));
        let daemon = Daemon::start(home, "KILL", &command);
        daemon.wait("redis", || listens(self.port));
        self.daemon = Some(daemon);
    }

    /// Its port refuses connections from now on.
    pub fn stop(&mut self) {
        self.daemon = None;
    }

    /// Its port takes connections and answers nothing.
    pub fn freeze(&self) {
        self.signal("STOP");
    }

    pub fn thaw(&self) {
        self.signal("CONT");
    }

    pub fn flush(&self) {
        assert_eq!(self.say("FLUSHALL"), "OK");
    }

    /// Says a command, and gives the first line of its answer that is text.
    pub fn say(&self, command: &str) -> String {
        let mut lines = self.ask(command).lines().map(|it| it.expect("it answers"));
        let head = lines.next().expect("it answers");
        match head.split_at(1) {
            ("$" | "*", _) => lines.next().unwrap_or_default(),
            (_, rest) => rest.to_owned(),
        }
    }

    /// What it says of itself.
    fn info(&self, section: &str) -> String {
        let (mut answer, mut head) = (self.ask(&format!("INFO {section}")), String::new());
        answer.read_line(&mut head).expect("it answers");
        let length = head.trim().strip_prefix('$').and_then(|it| it.parse().ok());
        let mut text = vec![0; length.expect("a bulk string")];
        answer.read_exact(&mut text).expect("it answers");
        String::from_utf8_lossy(&text).into_owned()
    }

    fn ask(&self, command: &str) -> BufReader<TcpStream> {
        let stream = TcpStream::connect(("127.0.0.1", self.port)).expect("it listens");
        stream.set_read_timeout(Some(PATIENCE)).expect("a limit above zero");
        (&stream).write_all(format!("{command}\r\n").as_bytes()).expect("it reads");
        BufReader::new(stream)
    }

    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    pub fn log(&self) -> String {
        self.daemon.as_ref().map(Daemon::log).unwrap_or_default()
    }

    fn signal(&self, signal: &str) {
        self.daemon.as_ref().expect("it runs").signal(signal);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_answers_comes_back_and_is_gone_with_its_handle() {
        let mut redis = Redis::start();
        assert_eq!(redis.say("PING"), "PONG");
        assert_eq!(redis.say("SET a 1"), "OK");
        redis.restart();
        assert_eq!(redis.say("EXISTS a"), "0");
        redis.stop();
        assert!(!listens(redis.port));
        redis.restart();
        let port = redis.port;
        drop(redis);
        assert!(!listens(port));
    }

    #[test]
    fn a_frozen_one_takes_connections_and_answers_when_it_is_thawed() {
        let redis = Redis::start();
        redis.freeze();
        let mut stream = TcpStream::connect(("127.0.0.1", redis.port)).unwrap();
        stream.set_read_timeout(Some(Duration::from_millis(100))).unwrap();
        stream.write_all(b"PING\r\n").unwrap();
        let mut answer = [0; 7];
        assert!(std::io::Read::read(&mut stream, &mut answer).is_err(), "it is frozen");
        redis.thaw();
        assert_eq!(redis.say("PING"), "PONG");
    }

    #[test]
    fn a_cluster_has_all_slots_and_a_sentinel_knows_its_master() {
        let cluster = Redis::cluster();
        assert_eq!(cluster.say("SET a 1"), "OK");
        let master = Redis::start();
        let sentinel = Redis::sentinel(&master);
        let told = sentinel.say("SENTINEL CKQUORUM paymux");
        assert!(told.starts_with("OK 1 usable"), "{told}");
    }
}
