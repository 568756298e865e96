//! The gateway as a child process: started, watched, stopped or killed, and never left behind.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};

use tokio::process::{Child, Command};

pub struct Process {
    child: Child,
    log: PathBuf,
}

impl Process {
    /// What it writes to its standard error goes to `log`.
    pub fn start(
        program: &Path,
        arguments: &[&str],
        environment: &[(&str, &str)],
        log: PathBuf,
    ) -> Self {
        let file = File::create(&log).expect("a log can be written");
        let child = Command::new(program)
            .args(arguments)
            .envs(environment.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(file)
            .kill_on_drop(true)
            .spawn();
        Self { child: child.expect("the program can be started"), log }
    }

    pub fn has_ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().expect("a child can be asked")
    }

    pub async fn ended(&mut self) -> ExitStatus {
        self.child.wait().await.expect("a child can be waited for")
    }

    /// `kill -9`: nothing unwinds, nothing is flushed.
    pub async fn kill(&mut self) {
        self.child.kill().await.expect("a child can be killed");
    }

    /// Sends a signal by its name.
    pub async fn signal(&self, name: &str) {
        let Some(id) = self.child.id() else { return };
        let kill = Command::new("sh").arg("-c").arg(format!("kill -{name} {id}")).status().await;
        assert!(kill.is_ok_and(|it| it.success()), "the signal cannot be sent");
    }

    /// Of its memory, what is in use.
    pub fn resident_bytes(&self) -> u64 {
        let id = self.child.id().expect("it runs");
        let status = fs::read_to_string(format!("/proc/{id}/status")).expect("it runs");
        let line = status.lines().find_map(|it| it.strip_prefix("VmRSS:"));
        let kib = line.and_then(|it| it.trim().trim_end_matches(" kB").parse::<u64>().ok());
        kib.expect("Linux says it in kibibytes") * 1024
    }

    pub fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap_or_default()
    }
}
