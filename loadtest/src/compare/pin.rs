//! Two cores for everything: this process and all that it starts.

use std::os::unix::process::CommandExt as _;
use std::process::Command;

/// Says that it was done, so that it is done once.
const DONE: &str = "--pinned";

/// Becomes the same program on two cores, where there are more.
pub fn to_two_cores() -> anyhow::Result<()> {
    let arguments: Vec<_> = std::env::args_os().skip(1).collect();
    let cores = std::thread::available_parallelism()?.get();
    if cores <= 2 || arguments.iter().any(|it| it == DONE) {
        return Ok(());
    }
    let error = Command::new("taskset")
        .args(["--cpu-list", "0,1"])
        .arg(std::env::current_exe()?)
        .args(arguments)
        .arg(DONE)
        .exec();
    anyhow::bail!("taskset (of util-linux) cannot be started: {error}")
}
