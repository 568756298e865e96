//! `paymux admin hash-password`: a password from standard input, its hash to standard output.

use std::io::{BufRead as _, IsTerminal as _, Write as _};

use super::access::password::{MAX_CHARS, hash};

/// Of one line, so that nobody waits for an endless one.
const MAX_BYTES: u64 = 4 * MAX_CHARS as u64 + 2;

pub fn run() -> anyhow::Result<()> {
    let stdin = std::io::stdin();
    if stdin.is_terminal() {
        write!(std::io::stderr(), "Password (it will be seen): ")?;
    }
    let mut line = zeroize::Zeroizing::new(String::new());
    std::io::Read::take(stdin.lock(), MAX_BYTES).read_line(&mut line)?;
    writeln!(std::io::stdout(), "{}", hash(line.trim_end_matches(['\r', '\n']))?)?;
    Ok(())
}
