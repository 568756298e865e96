//! How the program's own commands are let in at a running gateway's admin listener.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use http::Uri;

use super::access::run_token;
use crate::settings::admin_token;

/// From the environment or, for a gateway without users, from the file its run has written into
/// this folder or one of `folders`.
pub(crate) fn find(admin: &str, folders: &[&Path]) -> anyhow::Result<String> {
    if let Some(token) = admin_token() {
        return Ok(token);
    }
    let uri: Uri = admin.parse().context("this is no URL")?;
    let port = uri.port_u16().unwrap_or(80);
    let paths = std::iter::once(Path::new(".")).chain(folders.iter().copied());
    let mut paths = paths.map(|it| run_token::path(it, port));
    let found: Option<PathBuf> = paths.find(|it| it.exists());
    let Some(path) = found else {
        anyhow::bail!(
            "no token for {admin}: set PAYMUX_ADMIN_TOKEN, or run this where the gateway's run has \
             written paymux-admin-{port}.token"
        );
    };
    let token = std::fs::read_to_string(&path);
    let token = token.with_context(|| format!("{} cannot be read", path.display()))?;
    Ok(token.trim_end().to_owned())
}
