//! WeChat Pay's SDKs as the merchant: other people's code signs, verifies, seals and reads, so that
//! what the sandbox says is what WeChat Pay would say. They are installed once, by their pinned
//! lists, into the target folder.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use paymux_sandbox::{Config, Credentials, Rotation, Sandbox, SignsWith};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;

/// Each takes seconds; one that waits for a notification that never comes must not hang.
const PATIENCE: Duration = Duration::from_mins(2);

/// Beside this file: `clients/{language}/wechat`.
fn sources(language: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("clients").join(language).join("wechat")
}

/// A folder of its own for each list of packages, so that another list installs anew.
fn cache(language: &str, list: &Path) -> PathBuf {
    let text = fs::read(list).expect("the list of packages is there");
    let mark = hex(&Sha256::digest(text)[..8]);
    Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("clients-wechat-{language}-{mark}"))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Runs to its end; a missing program says what to install.
async fn run(mut command: Command, packages: &str) {
    let name = command.as_std().get_program().to_string_lossy().into_owned();
    let output = command.stdin(Stdio::null()).output().await;
    let output = output.unwrap_or_else(|error| {
        panic!("{name}: {error}. Install the packages {packages}, or start with tests/run.")
    });
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{name} failed; it needs the packages {packages}:\n{said}");
}

/// Whether the folder is complete; a half-made one is made again.
fn is_made(folder: &Path) -> bool {
    let made = folder.join("made").exists();
    if !made {
        fs::remove_dir_all(folder).ok();
        fs::create_dir_all(folder).expect("the target folder can be written");
    }
    made
}

fn mark_made(folder: &Path) {
    fs::write(folder.join("made"), "").expect("the target folder can be written");
}

/// The folder whose `node_modules` hold the SDK.
async fn node() -> PathBuf {
    let from = sources("node");
    let folder = cache("node", &from.join("package-lock.json"));
    if !is_made(&folder) {
        for name in ["package.json", "package-lock.json"] {
            fs::copy(from.join(name), folder.join(name)).expect("the list can be copied");
        }
        let mut npm = Command::new("npm");
        npm.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]).current_dir(&folder);
        run(npm, "nodejs and npm").await;
        mark_made(&folder);
    }
    folder
}

/// The interpreter that finds the SDK.
async fn python() -> PathBuf {
    let list = sources("python").join("requirements.txt");
    let folder = cache("python", &list);
    let interpreter = folder.join("bin/python");
    if !is_made(&folder) {
        let mut venv = Command::new("python3");
        venv.args(["-m", "venv"]).arg(&folder);
        run(venv, "python3 and python3-venv").await;
        let mut pip = Command::new(&interpreter);
        pip.args(["-m", "pip", "install", "--quiet", "--require-hashes", "-r"]).arg(&list);
        run(pip, "python3 and python3-venv").await;
        mark_made(&folder);
    }
    interpreter
}

/// What a merchant knows, and where the sandbox is.
fn settings(sandbox: &Sandbox) -> Value {
    let Credentials { wechat: own, alipay } = Credentials::demo();
    let root = format!("http://{}", sandbox.address());
    json!({
        "base": sandbox.wechat_url(),
        "tls_base": sandbox.wechat_tls_url(),
        "weixin": sandbox.weixin_url(),
        "control": format!("{root}/control"),
        "invoke": format!("{root}/wallet/wechat/invoke"),
        "app_id": own.app_id,
        "app_secret": own.app_secret,
        "mch_id": own.mch_id,
        "sub_mch_id": own.sub_mch_id,
        "merchant_serial": own.merchant_serial,
        "private_key": own.private_key_pem,
        "other_private_key": alipay.private_key_pem,
        "merchant_certificate": own.certificate_pem,
        "api_v2_key": own.api_v2_key,
        "api_v3_key": own.api_v3_key,
        "public_key_id": own.public_key_id,
        "public_key": own.public_key_pem,
        "certificate_serial": own.platform_certificate_serial,
        "certificate": own.platform_certificate_pem,
        "ca": own.tls_ca_pem,
    })
}

/// Gives the settings on standard input, and fails with what the driver says.
async fn drive(mut command: Command, settings: &Value) {
    let name = command.as_std().get_program().to_string_lossy().into_owned();
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    let mut child = command.spawn().unwrap_or_else(|error| panic!("{name}: {error}"));
    let mut input = child.stdin.take().expect("standard input is a pipe");
    input.write_all(settings.to_string().as_bytes()).await.expect("the driver reads");
    drop(input);
    let output = tokio::time::timeout(PATIENCE, child.wait_with_output()).await;
    let output = output.expect("the driver ends in time").expect("the driver ends");
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8_lossy(&said);
    assert!(output.status.success(), "{name}:\n{said}");
    assert!(said.contains("everything: as it should be"), "{name} stopped half-way:\n{said}");
}

async fn sandbox(wechat_signs_with: SignsWith) -> Sandbox {
    let config = Config { wechat_signs_with, time_scale: 1000, ..Config::default() };
    Sandbox::start(config).await.expect("the sandbox starts")
}

#[tokio::test(flavor = "multi_thread")]
async fn the_sdk_of_node_agrees_with_the_sandbox() {
    let modules = node().await.join("node_modules");
    for with in [SignsWith::PublicKey, SignsWith::Certificate] {
        let sandbox = sandbox(with).await;
        let mut node = Command::new("node");
        node.arg(sources("node").join("drive.cjs")).env("NODE_PATH", &modules);
        drive(node, &settings(&sandbox)).await;
        sandbox.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_sdk_of_python_agrees_with_the_sandbox() {
    let interpreter = python().await;
    for with in [SignsWith::PublicKey, SignsWith::Certificate] {
        let sandbox = sandbox(with).await;
        if with == SignsWith::Certificate {
            // The SDK knows the old certificate and has to fetch the one that signs.
            sandbox.rotate_wechat_certificate(Rotation::Switched);
        }
        let mut settings = settings(&sandbox);
        settings["by_certificate"] = json!(with == SignsWith::Certificate);
        let mut python = Command::new(&interpreter);
        python.arg(sources("python").join("drive.py"));
        drive(python, &settings).await;
        sandbox.stop().await;
    }
}
