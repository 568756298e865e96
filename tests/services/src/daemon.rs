//! A child that cannot outlive us: a shell holds it, and ends it when our end of its pipe closes.

use std::fs::Permissions;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Longer than any of the services needs on a slow machine.
const PATIENCE: Duration = Duration::from_secs(60);
const PAUSE: Duration = Duration::from_millis(20);

/// `read` fails when we close the pipe, on purpose or by dying.
const KEEPER: &str = r#"
home=$1; signal=$2; shift 2
begin() { "$@" </dev/null >>"$home/log" 2>&1 & child=$!; echo $child >"$home/pid"; }
begin "$@"
while read -r word; do
    case $word in
        end) wait $child ;;
        begin) begin "$@" ;;
    esac
    echo "$word"
done
kill -CONT $child $(cat /proc/$child/task/$child/children) 2>/dev/null
kill -"$signal" $child 2>/dev/null
wait $child
rm -rf "$home"
"#;

/// A running service and its folder.
pub(crate) struct Daemon {
    keeper: Child,
    pipe: Mutex<Option<(ChildStdin, BufReader<ChildStdout>)>>,
    home: PathBuf,
}

impl Daemon {
    /// `signal` is the one that stops the service at once, without waiting for its clients.
    pub(crate) fn start(home: PathBuf, signal: &str, command: &[&str]) -> Self {
        let mut keeper = Command::new("sh")
            .args(["-c", KEEPER, "keeper"])
            .arg(&home)
            .arg(signal)
            .args(command)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("sh starts");
        let out = keeper.stdout.take().map(BufReader::new);
        let pipe = Mutex::new(keeper.stdin.take().zip(out));
        Self { keeper, pipe, home }
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
        assert!(send(signal, &self.pid()), "{signal} was not sent");
    }

    /// Sends a signal to the service and to its children.
    pub(crate) fn signal_all(&self, signal: &str) {
        let pid = self.pid();
        // First the service, so that no child is born meanwhile.
        assert!(send(signal, &pid), "{signal} was not sent");
        let children = std::fs::read_to_string(format!("/proc/{pid}/task/{pid}/children"));
        for child in children.expect("the service runs").split_whitespace() {
            // A child may end by itself meanwhile.
            send(signal, child);
        }
    }

    /// Ends it by a signal, and returns when it is gone.
    pub(crate) fn end(&self, signal: &str) {
        self.signal(signal);
        self.ask("end");
    }

    /// Begins it once more, in the same folder.
    pub(crate) fn begin(&self) {
        self.ask("begin");
    }

    /// Says a word to the keeper, which repeats it when it has obeyed.
    fn ask(&self, word: &str) {
        let mut pipe = self.pipe.lock().unwrap_or_else(PoisonError::into_inner);
        let (to, from) = pipe.as_mut().expect("open until we are dropped");
        writeln!(to, "{word}").expect("the keeper lives");
        let mut answer = String::new();
        from.read_line(&mut answer).expect("the keeper lives");
        assert_eq!(answer.trim(), word, "the keeper obeys");
    }

    fn pid(&self) -> String {
        let pid = std::fs::read_to_string(self.home.join("pid")).expect("the keeper wrote it");
        pid.trim().to_owned()
    }

    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(self.home.join("log")).unwrap_or_default()
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        self.pipe.get_mut().unwrap_or_else(PoisonError::into_inner).take();
        let _ = self.keeper.wait();
    }
}

fn send(signal: &str, pid: &str) -> bool {
    let mut kill = Command::new("kill");
    let sent = kill.args([&format!("-{signal}"), pid]).stderr(Stdio::null()).status();
    sent.is_ok_and(|it| it.success())
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
