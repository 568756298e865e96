//! `paymux`: what is typed goes to [`paymux::cli`].

use std::process::ExitCode;

fn main() -> ExitCode {
    paymux::cli::main()
}
