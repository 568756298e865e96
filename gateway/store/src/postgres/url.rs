//! Where the server is and how it is trusted: a libpq url, read strictly and never shown.

use std::fmt;
use std::str::FromStr;

use tokio_postgres::Config;
use tokio_postgres::config::{Host, SslMode};

/// A parsed url. Its `Debug` is stars: it may hold a password.
#[derive(Clone, PartialEq, Eq)]
pub struct Url {
    pub(super) config: Config,
    trust: Trust,
}

/// What a connection demands of the server, after libpq's `sslmode`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trust {
    /// `disable`: plain text.
    Plain,
    /// `prefer` and `require`: TLS with anybody.
    Encrypted,
    /// `verify-full`: TLS with the host that was named.
    Verified,
}

/// Says nothing of the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UrlError {
    #[error(
        "must be a url such as postgres://user:password@host:5432/database?sslmode=verify-full, \
         with special characters of the password as %XX"
    )]
    Form,
    #[error("`sslmode` must be disable, prefer, require or verify-full")]
    SslMode,
    #[error("names no host")]
    Host,
    #[error("names no database")]
    Database,
}

impl Url {
    pub fn trust(&self) -> Trust {
        self.trust
    }
}

impl FromStr for Url {
    type Err = UrlError;

    fn from_str(text: &str) -> Result<Self, UrlError> {
        let (rest, ssl_mode) = split(text)?;
        let mut config: Config = rest.parse().map_err(|_| UrlError::Form)?;
        if config.get_hosts().is_empty() {
            return Err(UrlError::Host);
        }
        if config.get_dbname().is_none_or(str::is_empty) {
            return Err(UrlError::Database);
        }
        let default = if is_near(&config) { "prefer" } else { "verify-full" };
        let (mode, trust) = match ssl_mode.as_deref().unwrap_or(default) {
            "disable" => (SslMode::Disable, Trust::Plain),
            "prefer" => (SslMode::Prefer, Trust::Encrypted),
            "require" => (SslMode::Require, Trust::Encrypted),
            "verify-full" => (SslMode::Require, Trust::Verified),
            _ => return Err(UrlError::SslMode),
        };
        config.ssl_mode(mode);
        Ok(Self { config, trust })
    }
}

impl fmt::Debug for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// Takes `sslmode` out of the url: the library knows no `verify-full`.
fn split(text: &str) -> Result<(String, Option<String>), UrlError> {
    if !["postgres://", "postgresql://"].iter().any(|it| text.starts_with(it)) {
        return Err(UrlError::Form);
    }
    let Some((head, query)) = text.split_once('?') else { return Ok((text.into(), None)) };
    let (ours, others): (Vec<_>, Vec<_>) =
        query.split('&').partition(|it| it.starts_with("sslmode="));
    let mode = ours.last().and_then(|it| it.strip_prefix("sslmode=")).map(str::to_owned);
    Ok((format!("{head}?{}", others.join("&")), mode))
}

/// Nobody listens in between this machine and itself.
fn is_near(config: &Config) -> bool {
    config.get_hosts().iter().all(|it| match it {
        Host::Unix(_) => true,
        Host::Tcp(name) => {
            let address: Option<std::net::IpAddr> = name.parse().ok();
            name == "localhost" || address.is_some_and(|it| it.is_loopback())
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trust_is_read_from_the_mode_and_by_default_from_the_host() {
        let check = |url: &str, expect: Result<Trust, UrlError>| {
            assert_eq!(url.parse::<Url>().map(|it| it.trust()), expect, "{url}");
        };
        use Trust::{Encrypted, Plain, Verified};
        check("postgres://u:p@db.example/paymux", Ok(Verified));
        check("postgresql://u@127.0.0.1:5433/paymux", Ok(Encrypted));
        check("postgres://u@localhost,db.example/paymux", Ok(Verified));
        check("postgres://u@%2Frun%2Fpostgresql/paymux", Ok(Encrypted));
        check("postgres://u@db/paymux?sslmode=disable", Ok(Plain));
        check("postgres://u@db/paymux?sslmode=prefer&application_name=a", Ok(Encrypted));
        check("postgres://u@db/paymux?connect_timeout=1&sslmode=require", Ok(Encrypted));
        check("postgres://u@[::1]/paymux?sslmode=verify-full", Ok(Verified));
        check("postgres://u@db/paymux?sslmode=verify-ca", Err(UrlError::SslMode));
        check("postgres://u@db/paymux?sslmode=", Err(UrlError::SslMode));
        check("postgres://u@db/paymux?colour=red", Err(UrlError::Form));
        check("mysql://u@db/paymux", Err(UrlError::Form));
        check("host=db dbname=paymux", Err(UrlError::Form));
        check("postgres://u@db", Err(UrlError::Database));
        check("postgres:///paymux", Err(UrlError::Host));
        check("", Err(UrlError::Form));
    }

    #[test]
    fn nothing_of_it_is_shown() {
        let url: Url = "postgres://paymux:hunter2@db/paymux".parse().unwrap();
        assert_eq!(format!("{url:?}"), "***");
        let error = "postgres://paymux:hunter2@db:x/paymux".parse::<Url>().unwrap_err();
        assert!(!format!("{error} {error:?}").contains("hunter2"));
    }
}
