//! Why a command failed, what to do about it, and the code it ends with.

use std::process::ExitCode;

pub(super) const EXIT_CODES: &str = "Exit codes: 0 done, 1 failed or refused, 2 wrong arguments, \
    3 the gateway does not answer, 4 it does not let us in, 5 there is no such thing.";

#[derive(Debug, thiserror::Error)]
pub(super) enum CliError {
    #[error(
        "{url} does not answer: {why}\n  Is the gateway running, and is this its admin listener? \
         Name another one with --admin URL."
    )]
    Silent { url: String, why: String },
    #[error(
        "the gateway does not let us in: {0}\n  Give a user's token with --token or in \
         PAYMUX_ADMIN_TOKEN; `admin.users` of its configuration says who has which role."
    )]
    NotLetIn(String),
    #[error("{0}")]
    NoToken(String),
    #[error("{0}")]
    Missing(String),
    /// Somebody else was first.
    #[error("{0}")]
    Changed(String),
    #[error("{0}")]
    Refused(String),
}

impl CliError {
    pub(super) fn code(&self) -> ExitCode {
        match self {
            Self::Changed(_) | Self::Refused(_) => ExitCode::FAILURE,
            Self::Silent { .. } => ExitCode::from(3),
            Self::NotLetIn(_) | Self::NoToken(_) => ExitCode::from(4),
            Self::Missing(_) => ExitCode::from(5),
        }
    }
}
