//! The token of one run, where no user is configured: whoever may read the gateway's files may be
//! its administrator, and nobody else.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use aws_lc_rs::digest::{SHA256, digest};
use paymux_engine::clock::World;
use paymux_engine::endpoint::ApiKeyHash;

use super::user::{Role, User};

/// Says in any list of secrets what it is.
const PREFIX: &str = "pmx_run_";

/// Gone with the run, as far as the run can still remove it.
pub(crate) struct RunToken {
    pub(crate) user: User,
    pub(crate) path: PathBuf,
}

/// By the port, so that several nodes of one folder have a file each.
pub(crate) fn path(folder: &Path, port: u16) -> PathBuf {
    folder.join(format!("paymux-admin-{port}.token"))
}

impl RunToken {
    pub(crate) fn write(folder: &Path, port: u16, world: &dyn World) -> io::Result<Self> {
        let (path, token) = (path(folder, port), token(world));
        // Whatever stands there, a link included, is another run's.
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            Ok(()) | Err(_) => {}
        }
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        private(&mut options);
        options.open(&path)?.write_all(format!("{token}\n").as_bytes())?;
        let mark = digest(&SHA256, token.as_bytes()).as_ref().to_vec();
        let tokens = vec![ApiKeyHash::of(&token)];
        Ok(Self { user: User { role: Role::Admin, password: None, tokens, mark }, path })
    }
}

impl Drop for RunToken {
    fn drop(&mut self) {
        // It opens nothing any more.
        let _ = fs::remove_file(&self.path);
    }
}

fn token(world: &dyn World) -> String {
    format!("{PREFIX}{:032x}{:032x}", world.entropy(), world.entropy())
}

#[cfg(unix)]
fn private(options: &mut OpenOptions) {
    use std::os::unix::fs::OpenOptionsExt as _;
    options.mode(0o600);
}

#[cfg(not(unix))]
fn private(_: &mut OpenOptions) {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::RealWorld;

    #[test]
    #[cfg(unix)]
    fn it_is_its_owners_alone_and_replaces_what_was_there() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let elsewhere = folder.path().join("elsewhere");
        fs::write(&elsewhere, "untouched").unwrap();
        std::os::unix::fs::symlink(&elsewhere, path(folder.path(), 8081)).unwrap();
        let token = RunToken::write(folder.path(), 8081, &RealWorld::default()).unwrap();
        let text = fs::read_to_string(&token.path).unwrap();
        assert_eq!(text.len(), PREFIX.len() + 64 + 1);
        assert!(token.user.tokens[0].equals(&ApiKeyHash::of(text.trim_end())));
        let metadata = fs::symlink_metadata(&token.path).unwrap();
        assert_eq!((metadata.is_file(), metadata.permissions().mode() & 0o777), (true, 0o600));
        assert_eq!(fs::read_to_string(&elsewhere).unwrap(), "untouched");
        let path = token.path.clone();
        drop(token);
        assert!(!path.exists());
    }
}
