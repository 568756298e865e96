//! A RabbitMQ of one's own, which can be stopped, started again, frozen and alarmed.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::daemon::{Daemon, home, listens};
use crate::ports;

/// Without the wrapper of the package, which would write to the system's folders.
const PROGRAMS: &str = "/usr/lib/rabbitmq/bin";

/// Erlang's name server in the foreground, so that it ends with us, and the broker beside it,
/// started again whenever it ended, unless it is to stay down.
const KEEPER: &str = r#"
trap 'kill -9 $names; kill -9 $(cat "$HOME/broker.pid"); exit' TERM
epmd -address 127.0.0.1 &
names=$!
while :; do
  if [ -e "$HOME/down" ]; then sleep 0.05; continue; fi
  "$1/rabbitmq-server" &
  echo $! >"$HOME/broker.pid"
  wait $!
done
"#;

pub struct Rabbitmq {
    daemon: Daemon,
    home: PathBuf,
    environment: Vec<String>,
    pub port: u16,
    /// Where it speaks TLS, if it does.
    pub secure_port: Option<u16>,
}

impl Rabbitmq {
    pub fn start() -> Self {
        Self::started(home("paymux-rabbitmq-"), None)
    }

    /// That speaks TLS as well, with a certificate and its key, both as PEM.
    pub fn secure(certificate: &str, key: &str) -> Self {
        let (home, port) = (home("paymux-rabbitmq-"), ports::free());
        let put = |name: &str, text: &str| {
            let path = home.join(name);
            std::fs::write(&path, text).expect("our own folder");
            path.to_str().expect("temporary folders are UTF-8").to_owned()
        };
        let (certificate, key) = (put("certificate.pem", certificate), put("key.pem", key));
        put(
            "rabbitmq.conf",
            &format!(
                "listeners.ssl.local = 127.0.0.1:{port}\n\
                 ssl_options.cacertfile = {certificate}\n\
                 ssl_options.certfile = {certificate}\n\
                 ssl_options.keyfile = {key}\n\
                 ssl_options.verify = verify_none\n\
                 ssl_options.fail_if_no_peer_cert = false\n"
            ),
        );
        Self::started(home, Some(port))
    }

    fn started(home: PathBuf, secure_port: Option<u16>) -> Self {
        let port = ports::free();
        give_away(&home);
        let environment = environment(&home, port);
        let programs = programs();
        let mut command = as_server(&environment);
        command.extend(["sh", "-c", KEEPER, "keeper", &programs].map(str::to_owned));
        let command: Vec<_> = command.iter().map(String::as_str).collect();
        let daemon = Daemon::start(home.clone(), "TERM", &command);
        let rabbitmq = Self { daemon, home, environment, port, secure_port };
        rabbitmq.wait();
        rabbitmq
    }

    fn wait(&self) {
        let ports = [Some(self.port), self.secure_port];
        self.daemon.wait("rabbitmq", || ports.into_iter().flatten().all(listens));
    }

    /// As by `kill -9`.
    pub fn stop(&self) {
        std::fs::write(self.home.join("down"), "").expect("our own folder");
        self.signal("KILL");
        self.daemon.wait("the end of rabbitmq", || !listens(self.port));
    }

    pub fn start_again(&self) {
        std::fs::remove_file(self.home.join("down")).expect("it was stopped");
        self.wait();
    }

    /// It keeps its connections and says nothing any more.
    pub fn freeze(&self) {
        self.signal("STOP");
    }

    pub fn thaw(&self) {
        self.signal("CONT");
    }

    /// Out of memory, as far as it knows: it reads nothing from those who publish.
    pub fn alarm(&self) {
        self.control(&["set_vm_memory_high_watermark", "absolute", "1"]);
    }

    pub fn calm(&self) {
        self.control(&["set_vm_memory_high_watermark", "0.4"]);
    }

    /// `rabbitmqctl`.
    pub fn control(&self, arguments: &[&str]) {
        let mut command = as_server(&self.environment);
        command.push(format!("{}/rabbitmqctl", programs()));
        let done = Command::new(&command[0]).args(&command[1..]).args(arguments).output();
        let done = done.expect("rabbitmqctl starts");
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    }

    pub fn log(&self) -> String {
        self.daemon.log()
    }

    fn signal(&self, signal: &str) {
        let pid = std::fs::read_to_string(self.home.join("broker.pid")).expect("it runs");
        let sent = Command::new("kill").args([&format!("-{signal}"), pid.trim()]).status();
        assert!(sent.is_ok_and(|it| it.success()), "the process of rabbitmq is gone");
    }
}

/// Nothing is shared with another broker on this machine: neither names, nor ports, nor folders.
fn environment(home: &Path, port: u16) -> Vec<String> {
    let home = home.to_str().expect("temporary folders are UTF-8");
    vec![
        "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin".into(),
        format!("HOME={home}"),
        format!("ERL_EPMD_PORT={}", ports::free()),
        format!("RABBITMQ_NODENAME=paymux-{port}@localhost"),
        "RABBITMQ_NODE_IP_ADDRESS=127.0.0.1".into(),
        format!("RABBITMQ_NODE_PORT={port}"),
        format!("RABBITMQ_DIST_PORT={}", ports::free()),
        format!("RABBITMQ_MNESIA_BASE={home}/mnesia"),
        format!("RABBITMQ_LOG_BASE={home}/log.d"),
        "RABBITMQ_LOGS=-".into(),
        format!("RABBITMQ_CONFIG_FILE={home}/rabbitmq"),
        format!("RABBITMQ_ADVANCED_CONFIG_FILE={home}/advanced"),
        format!("RABBITMQ_CONF_ENV_FILE={home}/env.conf"),
        format!("RABBITMQ_ENABLED_PLUGINS_FILE={home}/plugins"),
        // The script becomes the broker, in place of watching over it: one process to stop.
        "RUNNING_UNDER_SYSTEMD=true".into(),
        "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS=+S 2:2 -kernel inet_dist_use_interface {127,0,0,1}"
            .into(),
    ]
}

fn programs() -> String {
    assert!(Path::new(PROGRAMS).exists(), "install the package rabbitmq-server");
    PROGRAMS.into()
}

/// With this environment and no other, and never as root.
fn as_server(environment: &[String]) -> Vec<String> {
    let mut command = vec![];
    if is_root() {
        let user = ["setpriv", "--reuid=rabbitmq", "--regid=rabbitmq", "--clear-groups"];
        command.extend(user.map(str::to_owned));
    }
    command.extend(["env".to_owned(), "-i".to_owned()]);
    command.extend(environment.iter().cloned());
    command
}

fn give_away(home: &Path) {
    if is_root() {
        let owned = Command::new("chown").arg("rabbitmq").arg(home).status();
        assert!(owned.is_ok_and(|it| it.success()), "cannot give the folder to rabbitmq");
    }
}

fn is_root() -> bool {
    let id = Command::new("id").arg("-u").output().expect("id starts");
    id.stdout == b"0\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_goes_and_comes_back_at_its_port() {
        let rabbitmq = Rabbitmq::start();
        rabbitmq.control(&["add_user", "shop", "secret"]);
        rabbitmq.stop();
        assert!(!listens(rabbitmq.port));
        rabbitmq.start_again();
        rabbitmq.control(&["authenticate_user", "shop", "secret"]);
        let port = rabbitmq.port;
        drop(rabbitmq);
        // Its last connections may be let go of by the system a moment later.
        for _ in 0..500 {
            if !listens(port) {
                return;
            }
            std::thread::park_timeout(std::time::Duration::from_millis(20));
        }
        panic!("it still listens");
    }
}
