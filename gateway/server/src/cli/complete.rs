//! `paymux completions`: what a shell needs to know of the commands.

use clap_complete::Shell;

#[expect(clippy::unnecessary_wraps, reason = "every command may fail")]
pub(super) fn run(shell: Shell) -> anyhow::Result<()> {
    clap_complete::generate(shell, &mut super::definition(), "paymux", &mut std::io::stdout());
    Ok(())
}
