//! A child process: started, watched through `/proc`, and ended with its owner.

use std::ops::Sub;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::Context as _;
use serde_json::{Value, json};
use tokio::process::{Child, Command};

/// Clock ticks a second in `/proc/PID/stat`: 100 on every Linux.
const TICKS: u64 = 100;

pub struct Process {
    child: Child,
    pub id: u32,
    pub log: PathBuf,
}

/// What a process has used so far.
#[derive(Clone, Copy, Debug, Default)]
pub struct Usage {
    pub cpu: Duration,
    pub resident_kib: u64,
    pub written_kib: u64,
}

impl Process {
    pub fn start(program: &Path, arguments: &[&str], log: PathBuf) -> anyhow::Result<Self> {
        let file = std::fs::OpenOptions::new().create(true).append(true).open(&log)?;
        let child = Command::new(program)
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(file)
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("cannot start {}", program.display()))?;
        let id = child.id().context("the process ended at once")?;
        Ok(Self { child, id, log })
    }

    /// Whether it still runs.
    pub fn lives(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// As an operator would, and waits for the end.
    pub async fn stop(&mut self) -> anyhow::Result<()> {
        let id = self.id.to_string();
        Command::new("kill").args(["-TERM", &id]).status().await?;
        self.child.wait().await?;
        Ok(())
    }

    pub fn usage(&self) -> anyhow::Result<Usage> {
        usage(self.id).context("the process is gone")
    }

    pub fn said(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }
}

pub fn usage(id: u32) -> anyhow::Result<Usage> {
    let read = |name: &str| std::fs::read_to_string(format!("/proc/{id}/{name}"));
    let stat = read("stat")?;
    // The name in parentheses may hold blanks; the fields behind it do not.
    let fields: Vec<_> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks = |index: usize| fields.get(index).and_then(|it| it.parse::<u64>().ok());
    let ticks = ticks(11).unwrap_or(0) + ticks(12).unwrap_or(0);
    Ok(Usage {
        cpu: Duration::from_millis(ticks * 1000 / TICKS),
        resident_kib: number(&read("status")?, "VmRSS:"),
        written_kib: number(&read("io").unwrap_or_default(), "write_bytes:") / 1024,
    })
}

fn number(text: &str, name: &str) -> u64 {
    let line = text.lines().find_map(|it| it.strip_prefix(name)).unwrap_or_default();
    line.split_whitespace().next().and_then(|it| it.parse().ok()).unwrap_or(0)
}

impl Usage {
    pub fn json(&self) -> Value {
        json!({
            "cpu_ms": u64::try_from(self.cpu.as_millis()).unwrap_or(u64::MAX),
            "resident_kib": self.resident_kib,
            "written_kib": self.written_kib,
        })
    }
}

/// What was used since; memory is as it is now.
impl Sub for Usage {
    type Output = Self;

    fn sub(self, before: Self) -> Self {
        Self {
            cpu: self.cpu.saturating_sub(before.cpu),
            resident_kib: self.resident_kib,
            written_kib: self.written_kib.saturating_sub(before.written_kib),
        }
    }
}
