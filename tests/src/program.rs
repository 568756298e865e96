//! The gateway's program, built the way this test was built.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Build {
    /// What is shipped.
    Plain,
    /// With named places where the environment can make it die.
    Crashpoints,
}

impl Build {
    const fn name(self) -> &'static str {
        match self {
            Self::Plain => "paymux-plain",
            Self::Crashpoints => "paymux-crashpoints",
        }
    }
}

/// Where the program is; cargo is asked once by each process of tests.
pub fn program(build: Build) -> &'static Path {
    static PLAIN: OnceLock<PathBuf> = OnceLock::new();
    static CRASHPOINTS: OnceLock<PathBuf> = OnceLock::new();
    let built = match build {
        Build::Plain => &PLAIN,
        Build::Crashpoints => &CRASHPOINTS,
    };
    built.get_or_init(|| built_by_cargo(build))
}

/// Runs the program to its end.
pub fn run(arguments: &[&str]) -> Output {
    let ended = Command::new(program(Build::Plain)).args(arguments).output();
    ended.expect("the program can be started")
}

/// With one variable more in its environment.
pub fn run_with(arguments: &[&str], (name, value): &(&str, String)) -> Output {
    let mut program = Command::new(program(Build::Plain));
    let ended = program.args(arguments).env(name, value).output();
    ended.expect("the program can be started")
}

/// A link of its own is kept of each build: the next one may have other features.
fn built_by_cargo(build: Build) -> PathBuf {
    let folder = folder();
    let kept = folder.join("rig");
    fs::create_dir_all(&kept).expect("the target folder can be written");
    let lock = File::create(kept.join("lock")).expect("the target folder can be written");
    lock.lock().expect("files can be locked");
    cargo(build, &folder);
    let (fresh, link) = (kept.join("fresh"), kept.join(build.name()));
    let _ = fs::remove_file(&fresh);
    let built = folder.join("paymux");
    fs::hard_link(&built, &fresh).expect("cargo built it, and links can be made beside it");
    fs::rename(&fresh, &link).expect("a link can be put in its place");
    link
}

/// As a person builds it, which `tests/run` has done already.
fn cargo(build: Build, folder: &Path) {
    let profile = folder.file_name().and_then(|it| it.to_str()).unwrap_or_default();
    let profile = if profile == "debug" { "dev" } else { profile };
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["build", "--quiet", "-p", "paymux", "--bin", "paymux", "--profile", profile]);
    cargo.arg("--manifest-path").arg(concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.toml"));
    cargo.arg("--target-dir").arg(folder.parent().expect("a profile has a target folder"));
    if build == Build::Crashpoints {
        cargo.args(["--features", "paymux/crashpoints"]);
    }
    let status = cargo.status().expect("cargo runs");
    assert!(status.success(), "the gateway does not build");
}

/// `target/PROFILE`: this runs from `target/PROFILE/deps`.
fn folder() -> PathBuf {
    let own = std::env::current_exe().expect("a process knows its program");
    let folder = own.parent().and_then(Path::parent);
    folder.expect("cargo puts tests two folders deep").to_owned()
}
