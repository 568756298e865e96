//! A child that cannot outlive us: a shell holds it, and ends it when our end of its pipe closes.

use std::fs::Permissions;
use std::net::{SocketAddr, TcpStream};
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Longer than any of the services needs on a slow machine.
const PATIENCE: Duration = Duration::from_secs(60);
const PAUSE: Duration = Duration::from_millis(20);

/// `read` returns when we close the pipe, on purpose or by dying.
const KEEPER: &str = r#"
home=$1; signal=$2; shift 2
"$@" </dev/null >"$home/log" 2>&1 &
child=$!
echo $child >"$home/pid"
read -r _
kill -CONT $child 2>/dev/null
kill -"$signal" $child 2>/dev/null
wait $child
rm -rf "$home"
"#;

/// A running service and its folder.
pub(crate) struct Daemon {
    keeper: Child,
    home: PathBuf,
}

impl Daemon {
    /// `signal` is the one that stops the service at once, without waiting for its clients.
    pub(crate) fn start(home: PathBuf, signal: &str, command: &[&str]) -> Self {
        let keeper = Command::new("sh")
            .args(["-c", KEEPER, "keeper"])
            .arg(&home)
            .arg(signal)
            .args(command)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("sh starts");
        Self { keeper, home }
    }

    /// Until `ready` says so.
    pub(crate) fn wait(&self, what: &str, ready: impl Fn() -> bool) {
        let begun = Instant::now();
        while !ready() {
            assert!(begun.elapsed() < PATIENCE, "{what} is not ready:\n{}", self.log());
            std::thread::park_timeout(PAUSE);
        }
    }

    /// Sends a signal to the service itself.
    pub(crate) fn signal(&self, signal: &str) {
        let pid = std::fs::read_to_string(self.home.join("pid")).expect("the keeper wrote it");
        let sent = Command::new("kill").args([&format!("-{signal}"), pid.trim()]).status();
        assert!(sent.is_ok_and(|it| it.success()), "{signal} was not sent");
    }

    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(self.home.join("log")).unwrap_or_default()
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        drop(self.keeper.stdin.take());
        let _ = self.keeper.wait();
    }
}

/// A folder that the daemon's keeper removes; others may enter it, since services that refuse to
/// run as root run as a user of their own.
pub(crate) fn home(name: &str) -> PathBuf {
    let folder = tempfile::Builder::new().prefix(name).tempdir().expect("a temporary folder");
    let path = folder.keep();
    std::fs::set_permissions(&path, Permissions::from_mode(0o755)).expect("our own folder");
    path
}

pub(crate) fn listens(port: u16) -> bool {
    let address = SocketAddr::from(([127, 0, 0, 1], port));
    TcpStream::connect_timeout(&address, Duration::from_secs(1)).is_ok()
}
