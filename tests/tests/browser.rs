//! Real Chromium, driven by Playwright, before the real program and both channels.
//!
//! Screenshots are kept in `target/tmp/screenshots`, for a person to look at.

#[path = "browser/cashier.rs"]
mod cashier;
#[expect(dead_code, reason = "the other half is for the channels' own clients")]
#[path = "clients/client.rs"]
mod client;
#[path = "browser/console.rs"]
mod console;
#[path = "browser/docs.rs"]
mod docs;
#[path = "e2e/cashier/setup.rs"]
mod setup;

use std::path::{Path, PathBuf};

use client::{Client, Runtime};
use serde_json::Value;

/// Where the pictures of this part are kept; those of the run before are gone.
fn screenshots(part: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("screenshots").join(part);
    if folder.exists() {
        std::fs::remove_dir_all(&folder).expect("our own folder");
    }
    folder
}

/// What held, by the words of the script.
async fn drive(script: &'static str, settings: Value) -> Vec<String> {
    let chromium = Path::new("/usr/bin/chromium");
    assert!(chromium.exists(), "{chromium:?} is missing. Install chromium, or run tests/run.");
    let run =
        move || Client::installed(Runtime::Node, "browser", script).drive(&settings.to_string());
    tokio::task::spawn_blocking(run).await.expect("the script comes to its end")
}
