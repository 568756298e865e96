//! The page for merchants is true: its example byte by byte, and its programs as they stand.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use paymux_tests::config::Setup;
use paymux_tests::rig::Rig;
use paymux_tests::signer::{self, Signer, Told, Wish};
use serde_json::Value;
use tokio::process;

const PAGE: &str = include_str!("../../../docs/merchants/signing.md");
const NAME: &str = "docs/merchants/signing.md";

/// The block that is marked with this name, its last line end included.
fn block(name: &str) -> &'static str {
    let begin = format!("example={name}\n");
    let (_, rest) = PAGE.split_once(&begin).unwrap_or_else(|| panic!("{name} is on the page"));
    &rest[..rest.find("```").expect("a block has an end")]
}

#[test]
fn the_worked_example_is_true() {
    let signer = Signer::hmac("shop", "shop-2026", signer::SECRET);
    let mut lines = block("request").lines();
    let mut line = || lines.next().expect("six lines").to_owned();
    let wish = Wish {
        method: line(),
        target: line(),
        timestamp: line().parse().expect("seconds"),
        nonce: line(),
        body: line().into_bytes(),
        idempotency_key: line(),
    };
    assert_eq!(wish.text(), block("request").as_bytes());
    assert!(PAGE.contains(&format!("These are the {} bytes", wish.text().len())));
    assert!(PAGE.contains(signer::SECRET));
    assert_eq!(signer.authorization(&wish), block("authorization").trim_end());
    let (status, body) = (201, br#"{"id":"pay_01JGFJJZ00GH00000000000007"}"#.as_slice());
    assert!(PAGE.contains(std::str::from_utf8(body).expect("text")));
    let told = Told { status, signature: block("signature").trim_end(), body };
    assert!(signer.believes(&wish, told, &Value::Null));
    let code = signer.sign(block("response").as_bytes());
    assert!(block("signature").contains(&format!("signature=\"{code}\"")));
}

const PYTHON: &[&str] = &["python3", "--version"];
const CRYPTOGRAPHY: &[&str] = &["python3", "-c", "import cryptography"];
const OPENSSL: &[&str] = &["openssl", "version"];
const CURL: &[&str] = &["curl", "--version"];

/// Whether all of this can be started here; a person sees what was left out.
pub(super) fn at_hand(page: &str, tools: &[&[&str]]) -> bool {
    let is_missing = |tool: &&&[&str]| {
        let ended = Command::new(tool[0]).args(&tool[1..]).stdin(Stdio::null()).output();
        !ended.is_ok_and(|it| it.status.success())
    };
    let missing: Vec<_> = tools.iter().filter(is_missing).collect();
    if !missing.is_empty() {
        eprintln!("SKIPPED: an example of {page}, for want of {missing:?}");
    }
    missing.is_empty()
}

fn write(folder: &Path, name: &str, text: &str) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, text).expect("a temporary folder can be written");
    path
}

async fn run(rig: &Rig, program: &str, script: &Path, more: &[(&str, &str)]) -> String {
    let ended = process::Command::new(program)
        .arg(script)
        .env("PAYMUX_URL", &rig.api.base)
        .env("MERCHANT_ID", "tests")
        .envs(more.iter().copied())
        .stdin(Stdio::null())
        .output();
    let Output { status, stdout, stderr } = ended.await.expect("it is at hand");
    let (stdout, stderr) = (String::from_utf8_lossy(&stdout), String::from_utf8_lossy(&stderr));
    assert!(status.success(), "{program} {more:?}: {stdout}{stderr}");
    stdout.into_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_programs_run_as_they_stand() {
    let rig = Rig::start(Setup { merchant: "require_signature = true", ..Setup::default() }).await;
    let folder = tempfile::tempdir().expect("a temporary folder");
    let secret = rig.path("keys/request-secret.txt").display().to_string();
    if at_hand(NAME, &[PYTHON]) {
        let script = write(folder.path(), "hmac.py.txt", block("hmac"));
        let more = [("KEY_ID", "hmac-1"), ("SECRET_FILE", secret.as_str())];
        let said = run(&rig, "python3", &script, &more).await;
        assert!(said.starts_with("201 pending\n") && said.contains("python-1"), "{said}");
    }
    if at_hand(NAME, &[OPENSSL, CURL]) {
        let script = write(folder.path(), "shell.sh", block("shell"));
        let rsa = write(folder.path(), "rsa.pem", signer::RSA).display().to_string();
        let ed25519 = write(folder.path(), "ed25519.pem", signer::ED25519).display().to_string();
        for (kind, key_file) in [("hmac", &secret), ("rsa", &rsa), ("ed25519", &ed25519)] {
            let (key_id, order_no) = (format!("{kind}-1"), format!("shell-{kind}"));
            let more = [
                ("KIND", kind),
                ("KEY_ID", &key_id),
                ("KEY_FILE", key_file),
                ("ORDER_NO", &order_no),
            ];
            let said = run(&rig, "sh", &script, &more).await;
            assert!(said.starts_with("HTTP/1.1 201 Created"), "{kind}: {said}");
            assert!(said.to_lowercase().contains("\npaymux-signature: "), "{kind}: {said}");
        }
    }
}

#[test]
fn the_program_for_key_pairs_signs_as_it_must() {
    if !at_hand(NAME, &[CRYPTOGRAPHY]) {
        return;
    }
    let folder = tempfile::tempdir().expect("a temporary folder");
    let script = write(folder.path(), "pair.py.txt", block("pair"));
    let text = write(folder.path(), "text", block("request"));
    for (name, pem, signer) in [
        ("rsa.pem", signer::RSA, Signer::rsa("shop", "k", signer::RSA)),
        ("ed25519.pem", signer::ED25519, Signer::ed25519("shop", "k", signer::ED25519)),
    ] {
        let key = write(folder.path(), name, pem);
        let text = std::fs::File::open(&text).expect("it was written");
        let ended = Command::new("python3").arg(&script).arg(key).stdin(text).output();
        let said = ended.expect("it is at hand").stdout;
        let said = String::from_utf8_lossy(&said).trim().to_owned();
        assert_eq!(said, signer.sign(block("request").as_bytes()), "{name}");
    }
}
