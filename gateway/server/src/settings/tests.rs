//! What the tests of the settings share: a folder for secrets, an environment, one `check`.

mod authorities;
mod bad_files;
mod bad_shared;
mod broker;
mod cashier;
mod check;
mod defaults;
mod difference;
mod doors;
mod endpoints;
mod fees;
mod good_files;
mod keys;
mod leases;
mod rules;
mod secrets;
mod settlement;

use std::fs;
use std::path::{Path, PathBuf};

use super::{Problem, Problems, Settings};

const FILE: &str = "shop.toml";

/// A folder of its own for one test, gone afterwards.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let name = format!("paymux-settings-{name}-{}", std::process::id());
        let path = std::env::temp_dir().join(name);
        fs::remove_dir_all(&path).ok();
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    /// Writes a file that its owner alone may read.
    fn write(&self, name: &str, text: impl AsRef<[u8]>) -> PathBuf {
        let path = self.0.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        mode(&path, 0o600);
        path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.0).ok();
    }
}

#[cfg(unix)]
fn mode(path: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

#[cfg(not(unix))]
fn mode(_: &Path, _: u32) {}

fn environment(name: &str) -> Option<String> {
    let value = match name {
        "KEY" => "pk_0123456789abcdef0123456789abcdef",
        "OTHER_KEY" => "pk_fedcba9876543210fedcba9876543210",
        "SHORT_KEY" => "pk_0123",
        "HOOK" => "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "OTHER_HOOK" => "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD",
        "THIRD_HOOK" => "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX",
        "PEM" => "-----BEGIN PRIVATE KEY-----",
        "BLANK" => " \n",
        "STORE_URL" => "postgres://paymux:hunter2@db.example/paymux",
        "BAD_SSL" => "postgres://paymux:hunter2@db.example/paymux?sslmode=maybe",
        "NO_DATABASE" => "postgres://paymux:hunter2@db.example",
        _ => return None,
    };
    Some(value.into())
}

fn parse(text: &str) -> Result<Settings, Problems> {
    Settings::parse(text, FILE, Path::new("/etc/paymux"), &environment)
}

/// Every problem of `text`, as `LINE: KEY: problem`.
fn problems(text: &str) -> Vec<String> {
    let problems = parse(text).err().map(|it| it.0).unwrap_or_default();
    problems.iter().map(line).collect()
}

fn line(problem: &Problem) -> String {
    assert_eq!(problem.file, FILE);
    let text = problem.to_string();
    text.strip_prefix("shop.toml:").unwrap_or(&text).into()
}
