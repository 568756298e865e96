//! A PostgreSQL of one's own, whose databases are cheap and forgotten.

use std::fs::Permissions;
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use crate::daemon::{Daemon, home};
use crate::ports;

/// Where Debian puts the server's programs.
const VERSIONS: &str = "/usr/lib/postgresql";

pub struct Postgres {
    daemon: Daemon,
    programs: PathBuf,
    databases: AtomicU32,
    marks: AtomicU32,
    pub port: u16,
}

/// A connection that keeps its locks and its snapshot.
pub struct Session(Child);

impl Drop for Session {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
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

    /// With other settings of its own.
    pub fn start_with(settings: &[&str]) -> Self {
        Self::with(&[&["fsync=off"], settings].concat(), &[])
    }

    /// As in production, and a little slower: for tests that crash this server.
    pub fn start_durable() -> Self {
        Self::with(&["fsync=on"], &[])
    }

    /// With its data in a folder that may have little room.
    pub fn start_in(folder: &Path) -> Self {
        let data = folder.join("data");
        initialize(&data, &programs());
        // Nothing runs beside that would take or give room.
        Self::over(home("paymux-postgres-"), &data, &["fsync=off", "autovacuum=off"], &[])
    }

    /// `files` are put into the folder of its data, where it looks for them.
    fn with(settings: &[&str], files: &[(&str, &str)]) -> Self {
        let home = home("paymux-postgres-");
        let data = home.join("data");
        initialize(&data, &programs());
        Self::over(home, &data, settings, files)
    }

    fn over(home: PathBuf, data: &Path, settings: &[&str], files: &[(&str, &str)]) -> Self {
        let (port, programs) = (ports::free(), programs());
        let server = programs.join("postgres");
        files.iter().for_each(|(name, text)| give(&data.join(name), text));
        let port_text = port.to_string();
        let mut command = as_server();
        command.extend([text(&server), "-D", text(data), "-p", &port_text]);
        let private =
            ["listen_addresses=127.0.0.1", "unix_socket_directories=", "max_connections=200"];
        command.extend(private.iter().chain(settings).flat_map(|it| ["-c", it]));
        // INT is the fast shutdown: it does not wait for clients.
        let daemon = Daemon::start(home, "INT", &command);
        let (databases, marks) = (AtomicU32::new(0), AtomicU32::new(0));
        let postgres = Self { daemon, programs, databases, marks, port };
        postgres.wait();
        postgres
    }

    fn wait(&self) {
        self.daemon.wait("postgres", || self.execute("postgres", "SELECT 1"));
    }

    /// A server that follows this one and may take its place; it is as far as this one is now.
    pub fn standby(&self) -> Self {
        let home = home("paymux-standby-");
        let (data, port) = (home.join("data"), self.port.to_string());
        give_folder(&data);
        let backup = self.programs.join("pg_basebackup");
        let mut command = as_server();
        command.extend([text(&backup), "-h", "127.0.0.1", "-p", &port, "-U", "postgres"]);
        command.extend(["-D", text(&data), "-R", "-X", "stream", "-c", "fast", "--no-sync"]);
        let done = Command::new(command[0]).args(&command[1..]).output().expect("it starts");
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        Self::over(home, &data, &["fsync=off"], &[])
    }

    /// Until everything that this server has written is on the other one, too.
    pub fn is_followed_by(&self, standby: &Self) {
        let mark = self.marks.fetch_add(1, Ordering::Relaxed);
        let mark = format!("followed_{mark}");
        assert!(self.execute("postgres", &format!("CREATE TABLE {mark} ()")), "{}", self.log());
        let seen = format!("SELECT FROM {mark}");
        standby.daemon.wait("the standby", || standby.execute("postgres", &seen));
    }

    /// A standby takes the place of whom it followed.
    pub fn promote(&self) {
        assert!(self.execute("postgres", "SELECT pg_promote(true, 60)"), "{}", self.log());
        let writes = "CREATE TABLE promoted ()";
        self.daemon.wait("the promotion", || self.execute("postgres", writes));
    }

    /// Somebody else's connection, with whatever these statements took, until it is dropped.
    pub fn session(&self, database: &str, statements: &str) -> Session {
        let session = self.try_session(database, statements);
        session.unwrap_or_else(|| panic!("{statements}: {}", self.log()))
    }

    /// None, if the server refuses it.
    pub fn try_session(&self, database: &str, statements: &str) -> Option<Session> {
        let port = self.port.to_string();
        let psql = Command::new(self.programs.join("psql"))
            .args(["-h", "127.0.0.1", "-p", &port, "-U", "postgres", "-d", database])
            .args(["-q", "-A", "-t", "-v", "ON_ERROR_STOP=1"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn();
        let mut psql = psql.expect("psql starts");
        let input = psql.stdin.as_mut().expect("it is piped");
        // A refusal may have ended it already; then it echoes nothing.
        let _ = writeln!(input, "{statements};\n\\echo taken");
        let output = BufReader::new(psql.stdout.take().expect("it is piped"));
        let taken = output.lines().map_while(Result::ok).any(|it| it == "taken");
        let session = Session(psql);
        taken.then_some(session)
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

    /// The same, as in a crash.
    pub fn crash(&self) {
        self.daemon.end("QUIT");
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

fn initialize(data: &Path, programs: &Path) {
    let initdb = programs.join("initdb");
    give_folder(data);
    let mut command = as_server();
    command.extend([text(&initdb), "-D", text(data), "-U", "postgres"]);
    command.extend(["--auth=trust", "--no-sync", "--encoding=UTF8", "--locale=C"]);
    let done = Command::new(command[0]).args(&command[1..]).output().expect("initdb starts");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
}

/// Makes a folder of the server's own, as it demands it.
fn give_folder(path: &Path) {
    std::fs::create_dir(path).expect("our own folder");
    std::fs::set_permissions(path, Permissions::from_mode(0o700)).expect("our own folder");
    hand_over(path);
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

    #[test]
    fn a_standby_has_what_it_saw_and_takes_over() {
        let primary = Postgres::start();
        let standby = primary.standby();
        primary.database();
        assert!(primary.execute("paymux_0", "CREATE TABLE t (n int)"));
        primary.is_followed_by(&standby);
        standby.stop();
        assert!(primary.execute("paymux_0", "CREATE TABLE late (n int)"));
        primary.crash();
        standby.start_again();
        assert!(!standby.execute("paymux_0", "INSERT INTO t VALUES (1)"), "it only follows");
        standby.promote();
        assert!(standby.execute("paymux_0", "INSERT INTO t VALUES (1)"));
        assert!(!standby.execute("paymux_0", "SELECT FROM late"), "it never heard of that");
    }

    #[test]
    fn a_session_keeps_what_it_took() {
        let postgres = Postgres::start();
        postgres.database();
        assert!(postgres.execute("paymux_0", "CREATE TABLE t (n int)"));
        let session = postgres.session("paymux_0", "BEGIN; LOCK TABLE t");
        let look = "SET lock_timeout = '100ms'; SELECT FROM t";
        assert!(!postgres.execute("paymux_0", look));
        drop(session);
        postgres.daemon.wait("its end", || postgres.execute("paymux_0", look));
    }
}
