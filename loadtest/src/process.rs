//! A child process: started, watched through `/proc`, and ended with its owner.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use anyhow::Context as _;
use tokio::process::{Child, Command};

/// Clock ticks a second in `/proc/PID/stat`: 100 on every Linux.
const TICKS: u64 = 100;

pub(crate) struct Process {
    child: Child,
    id: u32,
}

/// What a process has used so far.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Usage {
    pub(crate) cpu: Duration,
    pub(crate) resident_kib: u64,
    pub(crate) written_kib: u64,
}

impl Process {
    pub(crate) fn start(program: &Path, arguments: &[&str], log: &Path) -> anyhow::Result<Self> {
        let log = std::fs::File::create(log)?;
        let child = Command::new(program)
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("cannot start {}", program.display()))?;
        let id = child.id().context("the process ended at once")?;
        Ok(Self { child, id })
    }

    /// Whether it still runs.
    pub(crate) fn lives(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    pub(crate) fn usage(&self) -> anyhow::Result<Usage> {
        let read = |name: &str| std::fs::read_to_string(format!("/proc/{}/{name}", self.id));
        let stat = read("stat").context("the process is gone")?;
        // The name in parentheses may hold blanks; the fields behind it do not.
        let fields: Vec<_> =
            stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
        let ticks = |index: usize| fields.get(index).and_then(|it| it.parse::<u64>().ok());
        let ticks = ticks(11).unwrap_or(0) + ticks(12).unwrap_or(0);
        Ok(Usage {
            cpu: Duration::from_millis(ticks * 1000 / TICKS),
            resident_kib: number(&read("status")?, "VmRSS:"),
            written_kib: number(&read("io").unwrap_or_default(), "write_bytes:") / 1024,
        })
    }
}

fn number(text: &str, name: &str) -> u64 {
    let line = text.lines().find_map(|it| it.strip_prefix(name)).unwrap_or_default();
    line.split_whitespace().next().and_then(|it| it.parse().ok()).unwrap_or(0)
}
