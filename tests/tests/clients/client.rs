//! The channels' own client libraries: installed from their lock files, run as programs.

use std::fs::{self, File};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Which interpreter runs a client, and what installs it.
#[derive(Clone, Copy)]
pub(crate) enum Runtime {
    Node,
    Python,
}

impl Runtime {
    fn folder(self) -> &'static str {
        match self {
            Self::Node => "node",
            Self::Python => "python",
        }
    }

    fn lock(self) -> &'static str {
        match self {
            Self::Node => "package-lock.json",
            Self::Python => "requirements.txt",
        }
    }

    /// Fails at once, and says what to install, when the interpreter is missing.
    fn check(self) {
        let (program, packages) = match self {
            Self::Node => (vec!["node", "npm"], "nodejs npm"),
            Self::Python => (vec!["python3"], "python3 python3-venv python3-pip"),
        };
        for program in program {
            let found = Command::new(program).arg("--version").output();
            let found = found.is_ok_and(|it| it.status.success());
            assert!(found, "{program} is missing. Install {packages}, or run tests/run.");
        }
    }

    /// Into an empty folder that holds the client's own files.
    fn install(self, home: &Path) {
        match self {
            Self::Node => {
                let mut npm = Command::new("npm");
                run(npm.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]), home);
            }
            Self::Python => {
                run(Command::new("python3").args(["-m", "venv", "venv"]), home);
                let mut pip = Command::new(home.join("venv/bin/pip"));
                let options = ["install", "--quiet", "--no-deps", "--require-hashes"];
                run(pip.args(options).args(["--requirement", self.lock()]), home);
            }
        }
    }

    fn interpreter(self, home: &Path) -> PathBuf {
        match self {
            Self::Node => "node".into(),
            Self::Python => home.join("venv/bin/python"),
        }
    }
}

fn run(command: &mut Command, home: &Path) {
    let output = command.current_dir(home).output().expect("the program starts");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?} in {}: {said}", home.display());
}

/// An installed client, of `tests/clients/{runtime}/{name}`.
pub(crate) struct Client {
    runtime: Runtime,
    home: PathBuf,
    drive: PathBuf,
    shared: PathBuf,
}

impl Client {
    /// Installs it once for each state of its lock file; later calls find it in the build's folder.
    pub(crate) fn installed(runtime: Runtime, name: &str, drive: &str) -> Self {
        runtime.check();
        let shared = Path::new(env!("CARGO_MANIFEST_DIR")).join("clients").join(runtime.folder());
        let source = shared.join(name);
        let lock = fs::read(source.join(runtime.lock())).expect("a client has a lock file");
        let mut hasher = DefaultHasher::new();
        lock.hash(&mut hasher);
        let kept = Path::new(env!("CARGO_TARGET_TMPDIR")).join("clients");
        let home = kept.join(format!("{}-{name}-{:016x}", runtime.folder(), hasher.finish()));
        fs::create_dir_all(&kept).expect("the target folder can be written");
        let lock = File::create(home.with_extension("lock")).expect("our own folder");
        lock.lock().expect("files can be locked");
        let done = home.join("installed");
        if !done.exists() {
            prepare(&source, &home);
            runtime.install(&home);
            fs::write(&done, "").expect("our own folder");
        }
        Self { runtime, drive: source.join(drive), home, shared }
    }

    /// Runs its program with a file of settings; the lines that say what held.
    pub(crate) fn drive(&self, settings: &str) -> Vec<String> {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("settings.json");
        fs::write(&path, settings).expect("our own folder");
        let program = self.home.join(self.drive.file_name().expect("a program has a name"));
        copy(self.drive.parent().expect("it is beside its lock file"), &self.home);
        let output = Command::new(self.runtime.interpreter(&self.home))
            .arg(&program)
            .arg(&path)
            .env("PYTHONPATH", &self.shared)
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .current_dir(&self.home)
            .output()
            .expect("the interpreter starts");
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{}:\n{said}\n{error}", self.drive.display());
        said.lines().filter_map(|line| line.strip_prefix("ok ")).map(str::to_owned).collect()
    }
}

/// A folder with the client's files, without what an interrupted installation left.
fn prepare(source: &Path, home: &Path) {
    if home.exists() {
        fs::remove_dir_all(home).expect("our own folder");
    }
    fs::create_dir_all(home).expect("our own folder");
    copy(source, home);
}

/// As they are now: a program may have changed since it was installed.
fn copy(source: &Path, home: &Path) {
    for entry in fs::read_dir(source).expect("a client has a folder") {
        let entry = entry.expect("an entry can be read");
        if entry.path().is_file() {
            fs::copy(entry.path(), home.join(entry.file_name())).expect("a file can be copied");
        }
    }
}
