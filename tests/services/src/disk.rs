//! A small disk of one's own, which can be filled to its last byte.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::daemon::home;

/// What fills it.
const BALLAST: &str = "ballast";

pub struct Disk {
    folder: PathBuf,
}

impl Disk {
    /// None where mounting is not permitted, which is said loudly.
    pub fn mount(bytes: usize) -> Option<Self> {
        let folder = home("paymux-disk-");
        let size = format!("size={bytes},mode=0777");
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", &size, "tmpfs"]).arg(&folder).stderr(Stdio::null());
        if mount.status().is_ok_and(|it| it.success()) {
            return Some(Self { folder });
        }
        let _ = fs::remove_dir(&folder);
        eprintln!("SKIPPED: a full disk needs the right to mount one; run this as root");
        None
    }

    pub fn path(&self) -> &Path {
        &self.folder
    }

    /// Until not one more byte can be written.
    pub fn fill(&self) {
        let mut ballast = File::create(self.folder.join(BALLAST)).expect("it can be written");
        for size in [1 << 16, 1 << 12, 1] {
            while ballast.write_all(&vec![0; size]).is_ok() {}
        }
    }

    pub fn make_room(&self) {
        fs::remove_file(self.folder.join(BALLAST)).expect("it was filled");
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // Whoever still has a file open on it keeps that until it closes it.
        let _ = Command::new("umount").arg("-l").arg(&self.folder).status();
        let _ = fs::remove_dir(&self.folder);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_full_and_has_room_again() {
        let Some(disk) = Disk::mount(1 << 20) else { return };
        let write = || fs::write(disk.path().join("file"), [1; 4096]);
        write().unwrap();
        disk.fill();
        assert!(fs::write(disk.path().join("other"), [1; 4096]).is_err());
        disk.make_room();
        write().unwrap();
        let folder = disk.path().to_owned();
        drop(disk);
        assert!(!folder.exists());
    }
}
