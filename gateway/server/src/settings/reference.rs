//! Secrets that stand elsewhere: `env:NAME` and `file:PATH`.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fs::{self, File, Metadata};
use std::io::Read as _;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use paymux_channel::Secret;
use zeroize::Zeroizing;

use super::Environment;

/// The longest certificate chain is far shorter.
const MAX_SECRET_BYTES: u64 = 64 * 1024;

pub(super) struct References<'a> {
    pub(super) base_dir: &'a Path,
    pub(super) environment: &'a Environment<'a>,
    /// What was found already: one reading of a configuration sees one value of each.
    seen: RefCell<BTreeMap<String, Secret>>,
}

#[derive(Debug, thiserror::Error)]
pub(super) enum ReferenceError {
    #[error("the environment has no variable of this name, or it is not UTF-8")]
    Unset,
    #[error("refers to something empty")]
    Empty,
    #[error("{path} cannot be read: {source}")]
    Unreadable { path: PathBuf, source: std::io::Error },
    #[error("{0} must be, or lead to, a regular file")]
    NotAFile(PathBuf),
    #[error(
        "{path} has mode {mode:04o}: others must not read it, nor the group write it (chmod 600)"
    )]
    Shared { path: PathBuf, mode: u32 },
    #[error("{0} is larger than 64 KiB")]
    TooLarge(PathBuf),
    #[error("{0} is not UTF-8")]
    NotText(PathBuf),
}

impl<'a> References<'a> {
    pub(super) fn new(base_dir: &'a Path, environment: &'a Environment<'a>) -> Self {
        Self { base_dir, environment, seen: RefCell::default() }
    }

    /// `None` when the text is no reference.
    pub(super) fn resolve(&self, text: &str) -> Option<Result<Secret, ReferenceError>> {
        if let Some(secret) = self.seen.borrow().get(text) {
            return Some(Ok(secret.clone()));
        }
        let found = self.look_up(text)?;
        if let Ok(secret) = &found {
            self.seen.borrow_mut().insert(text.to_owned(), secret.clone());
        }
        Some(found)
    }

    fn look_up(&self, text: &str) -> Option<Result<Secret, ReferenceError>> {
        let found = if let Some(name) = text.strip_prefix("env:") {
            self.variable(name)
        } else {
            read(&self.base_dir.join(text.strip_prefix("file:")?))
        };
        Some(found.and_then(|it| {
            if it.expose().trim().is_empty() { Err(ReferenceError::Empty) } else { Ok(it) }
        }))
    }

    fn variable(&self, name: &str) -> Result<Secret, ReferenceError> {
        // The system's look-up panics on names that can be none.
        let possible = !name.is_empty() && !name.contains(['=', '\0']);
        let value = possible.then(|| (self.environment)(name)).flatten();
        value.map(Secret::new).ok_or(ReferenceError::Unset)
    }
}

fn read(path: &Path) -> Result<Secret, ReferenceError> {
    let unreadable = |source| ReferenceError::Unreadable { path: path.into(), source };
    // Looked at before it is opened, since opening a pipe waits; and again after, since it may
    // have been exchanged in between. Links are followed: mounted secrets are links.
    let before = fs::metadata(path).map_err(unreadable)?;
    if !before.is_file() {
        return Err(ReferenceError::NotAFile(path.into()));
    }
    let file = File::open(path).map_err(unreadable)?;
    let metadata = file.metadata().map_err(unreadable)?;
    if !is_same(&before, &metadata) {
        return Err(ReferenceError::NotAFile(path.into()));
    }
    refuse_shared(path, &metadata)?;
    text(path, file, metadata.len())
}

fn text(path: &Path, file: File, len: u64) -> Result<Secret, ReferenceError> {
    if len > MAX_SECRET_BYTES {
        return Err(ReferenceError::TooLarge(path.into()));
    }
    let mut file = file.take(MAX_SECRET_BYTES);
    if is_binary(path) {
        let mut bytes = Zeroizing::new(vec![]);
        let unreadable = |source| ReferenceError::Unreadable { path: path.into(), source };
        file.read_to_end(&mut bytes).map_err(unreadable)?;
        return Ok(Secret::new(STANDARD.encode(&*bytes)));
    }
    let mut text = String::new();
    file.read_to_string(&mut text).map_err(|source| {
        if source.kind() == std::io::ErrorKind::InvalidData {
            ReferenceError::NotText(path.into())
        } else {
            ReferenceError::Unreadable { path: path.into(), source }
        }
    })?;
    text.truncate(text.trim_end_matches(['\r', '\n']).len());
    Ok(Secret::new(text))
}

/// A PKCS#12 file is no text; its base64 is.
fn is_binary(path: &Path) -> bool {
    path.extension().is_some_and(|it| it == "p12" || it == "pfx")
}

#[cfg(unix)]
fn is_same(one: &Metadata, other: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    (one.dev(), one.ino()) == (other.dev(), other.ino())
}

#[cfg(not(unix))]
fn is_same(_: &Metadata, other: &Metadata) -> bool {
    other.is_file()
}

#[cfg(unix)]
fn refuse_shared(path: &Path, metadata: &Metadata) -> Result<(), ReferenceError> {
    use std::os::unix::fs::MetadataExt as _;
    let mode = metadata.mode() & 0o7777;
    let shared = mode & 0o027 != 0;
    if shared { Err(ReferenceError::Shared { path: path.into(), mode }) } else { Ok(()) }
}

#[cfg(not(unix))]
#[expect(clippy::unnecessary_wraps, reason = "the systems that have modes refuse")]
fn refuse_shared(_: &Path, _: &Metadata) -> Result<(), ReferenceError> {
    Ok(())
}
