//! `paymux man`: the manual, from the same definition as `--help`.

use std::path::Path;

use anyhow::Context as _;

pub(super) fn run(dir: Option<&Path>) -> anyhow::Result<()> {
    match dir {
        None => clap_mangen::Man::new(super::definition()).render(&mut std::io::stdout())?,
        Some(dir) => clap_mangen::generate_to(super::definition(), dir)
            .with_context(|| format!("{} cannot be written to", dir.display()))?,
    }
    Ok(())
}
