//! A PostgreSQL of one's own, whose databases are cheap and forgotten.

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
    /// Durability is off: what tests kill is the gateway, or this server but not its machine.
    pub fn start() -> Self {
        let (home, port, programs) = (home("paymux-postgres-"), ports::free(), programs());
        initialize(&home, &programs);
        let server = programs.join("postgres");
        let data = home.join("data");
        let port_text = port.to_string();
        let mut command = as_server();
        command.extend([text(&server), "-D", text(&data), "-p", &port_text]);
        for setting in ["listen_addresses=127.0.0.1", "unix_socket_directories=", "fsync=off"] {
            command.extend(["-c", setting]);
        }
        command.extend(["-c", "max_connections=200"]);
        // INT is the fast shutdown: it does not wait for clients.
        let daemon = Daemon::start(home, "INT", &command);
        let postgres = Self { daemon, programs, databases: AtomicU32::new(0), port };
        postgres.daemon.wait("postgres", || postgres.execute("postgres", "SELECT 1"));
        postgres
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
    let root = is_root();
    if root {
        let owned = Command::new("chown").arg("postgres").arg(&data).status();
        assert!(owned.is_ok_and(|it| it.success()), "cannot give the folder to postgres");
    }
    let mut command = as_server();
    command.extend([text(&initdb), "-D", text(&data), "-U", "postgres"]);
    command.extend(["--auth=trust", "--no-sync", "--encoding=UTF8", "--locale=C"]);
    let done = Command::new(command[0]).args(&command[1..]).output().expect("initdb starts");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
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
}
