//! A PostgreSQL of one's own, whose databases are cheap and forgotten.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

use crate::daemon::{Daemon, home};
use crate::ports;

/// Where Debian puts the server's programs.
const VERSIONS: &str = "/usr/lib/postgresql";

pub struct Postgres {
    daemon: Daemon,
    programs: PathBuf,
    databases: AtomicU32,
    pub port: u16,
}

impl Postgres {
    /// Quick: what is written is in the kernel's hands, and on no disk.
    pub fn start() -> Self {
        Self::with(&["fsync=off"], &[])
    }

    /// Speaks TLS, too, with this certificate and its key, both PEM.
    pub fn start_tls(certificate: &str, key: &str) -> Self {
        let files = [("server.crt", certificate), ("server.key", key)];
        Self::with(&["fsync=off", "ssl=on"], &files)
    }

    /// As in production, and a little slower: for tests that crash this server.
    pub fn start_durable() -> Self {
        Self::with(&["fsync=on"], &[])
    }

    /// `files` are put into the folder of its data, where it looks for them.
    fn with(settings: &[&str], files: &[(&str, &str)]) -> Self {
        let (home, port, programs) = (home("paymux-postgres-"), ports::free(), programs());
        initialize(&home, &programs);
        let server = programs.join("postgres");
        let data = home.join("data");
        files.iter().for_each(|(name, text)| give(&data.join(name), text));
        let port_text = port.to_string();
        let mut command = as_server();
        command.extend([text(&server), "-D", text(&data), "-p", &port_text]);
        let private =
            ["listen_addresses=127.0.0.1", "unix_socket_directories=", "max_connections=200"];
        command.extend(private.iter().chain(settings).flat_map(|it| ["-c", it]));
        // INT is the fast shutdown: it does not wait for clients.
        let daemon = Daemon::start(home, "INT", &command);
        let postgres = Self { daemon, programs, databases: AtomicU32::new(0), port };
        postgres.wait();
        postgres
    }

    fn wait(&self) {
        self.daemon.wait("postgres", || self.execute("postgres", "SELECT 1"));
    }

    /// Throws everybody out, writes everything down, and starts again.
    pub fn restart_fast(&self) {
        self.daemon.end("INT");
        self.start_again();
    }

    /// Drops everything where it stands, as in a crash, and recovers.
    pub fn restart_immediate(&self) {
        self.daemon.end("QUIT");
        self.start_again();
    }

    /// Until [`Postgres::start_again`], on the same port and with the same data.
    pub fn stop(&self) {
        self.daemon.end("INT");
    }

    pub fn start_again(&self) {
        self.daemon.begin();
        self.wait();
    }

    /// Stands still: takes connections, and answers nobody.
    pub fn freeze(&self) {
        self.daemon.signal_all("STOP");
    }

    pub fn thaw(&self) {
        self.daemon.signal_all("CONT");
    }

    /// A new, empty database.
    pub fn database(&self) -> String {
        let name = format!("paymux_{}", self.databases.fetch_add(1, Ordering::Relaxed));
        assert!(self.execute("postgres", &format!("CREATE DATABASE {name}")), "{}", self.log());
        format!("postgres://postgres@127.0.0.1:{}/{name}", self.port)
    }

    /// Runs one statement; whether it worked.
    pub fn execute(&self, database: &str, statement: &str) -> bool {
        let port = self.port.to_string();
        let status = Command::new(self.programs.join("psql"))
            .args(["-h", "127.0.0.1", "-p", &port, "-U", "postgres", "-d", database])
            .args(["-q", "-v", "ON_ERROR_STOP=1", "-c", statement])
            .output();
        status.is_ok_and(|it| it.status.success())
    }

    pub fn log(&self) -> String {
        self.daemon.log()
    }
}

/// The newest version that is installed.
fn programs() -> PathBuf {
    let found = std::fs::read_dir(VERSIONS).into_iter().flatten().flatten();
    let versions = found.filter_map(|it| it.file_name().to_str()?.parse::<u32>().ok());
    let newest = versions.max().expect("install the package postgresql");
    Path::new(VERSIONS).join(newest.to_string()).join("bin")
}

fn initialize(home: &Path, programs: &Path) {
    let initdb = programs.join("initdb");
    let data = home.join("data");
    std::fs::create_dir(&data).expect("our own folder");
    hand_over(&data);
    let mut command = as_server();
    command.extend([text(&initdb), "-D", text(&data), "-U", "postgres"]);
    command.extend(["--auth=trust", "--no-sync", "--encoding=UTF8", "--locale=C"]);
    let done = Command::new(command[0]).args(&command[1..]).output().expect("initdb starts");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
}

/// Writes a file of the server's own.
fn give(path: &Path, text: &str) {
    std::fs::write(path, text).expect("our own folder");
    std::fs::set_permissions(path, Permissions::from_mode(0o600)).expect("our own file");
    hand_over(path);
}

fn hand_over(path: &Path) {
    if is_root() {
        let owned = Command::new("chown").arg("postgres").arg(path).status();
        assert!(owned.is_ok_and(|it| it.success()), "cannot be given to postgres");
    }
}

/// The server refuses to run as root.
fn as_server() -> Vec<&'static str> {
    if is_root() {
        vec!["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
    } else {
        vec![]
    }
}

fn is_root() -> bool {
    let id = Command::new("id").arg("-u").output().expect("id starts");
    id.stdout == b"0\n"
}

fn text(path: &Path) -> &str {
    path.to_str().expect("temporary folders are UTF-8")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_database_is_new() {
        let postgres = Postgres::start();
        let (one, two) = (postgres.database(), postgres.database());
        assert_ne!(one, two);
        assert!(postgres.execute("paymux_0", "CREATE TABLE t (n int)"));
        assert!(!postgres.execute("paymux_1", "SELECT * FROM t"));
    }

    #[test]
    fn it_comes_back_with_its_data() {
        let postgres = Postgres::start_durable();
        postgres.database();
        assert!(postgres.execute("paymux_0", "CREATE TABLE t (n int)"));
        postgres.restart_immediate();
        assert!(postgres.execute("paymux_0", "INSERT INTO t VALUES (1)"), "{}", postgres.log());
        postgres.restart_fast();
        assert!(postgres.execute("paymux_0", "SELECT 1 / n FROM t"));
        postgres.stop();
        assert!(!postgres.execute("paymux_0", "SELECT 1"));
        postgres.start_again();
        postgres.freeze();
        postgres.thaw();
        assert!(postgres.execute("paymux_0", "DELETE FROM t"));
    }
}
