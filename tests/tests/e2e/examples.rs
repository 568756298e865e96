//! The examples of docs/examples, as they stand: each creates a payment at a real gateway, and each
//! believes a genuine webhook, and no other.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http::Request;
use http_body_util::Full;
use paymux_tests::config::{API_KEY, Setup, WEBHOOK_SECRET};
use paymux_tests::http::Http;
use paymux_tests::rig::Rig;
use paymux_tests::wait::until;
use paymux_tests::webhook;
use tokio::io::AsyncWriteExt as _;
use tokio::process::{Child, Command};

use super::signing_page::at_hand;

/// A language: its folder, what must be at hand, and how its two programs are started.
struct Language {
    folder: &'static str,
    needs: &'static [&'static [&'static str]],
    create: &'static [&'static str],
    /// `PORT` stands for the port.
    receive: &'static [&'static str],
}

const LANGUAGES: [Language; 5] = [
    Language {
        folder: "python",
        needs: &[&["python3", "--version"]],
        create: &["python3", "create_payment.py"],
        receive: &["python3", "verify_webhook.py"],
    },
    Language {
        folder: "node",
        needs: &[&["node", "--version"]],
        create: &["node", "create_payment.mjs"],
        receive: &["node", "verify_webhook.mjs"],
    },
    Language {
        folder: "java",
        needs: &[&["java", "--version"], &["javac", "--version"]],
        create: &["java", "CreatePayment.java"],
        receive: &["java", "VerifyWebhook.java"],
    },
    Language {
        folder: "go",
        needs: &[&["go", "version"]],
        create: &["go", "run", "create_payment.go"],
        // What `go run` starts would outlive it.
        receive: &["sh", "-c", "go build -o $BUILT verify_webhook.go && exec $BUILT"],
    },
    Language {
        folder: "php",
        needs: &[&["php", "--version"]],
        create: &["php", "create_payment.php"],
        receive: &["php", "-S", "127.0.0.1:PORT", "verify_webhook.php"],
    },
];

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/examples").join(name)
}

fn program(language: &str, words: &[&str], environment: &[(&str, &str)]) -> Command {
    let mut command = Command::new(words[0]);
    command
        .args(&words[1..])
        .current_dir(folder(language))
        .envs(environment.iter().copied())
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .stdin(Stdio::null())
        .kill_on_drop(true);
    command
}

async fn said(mut command: Command) -> String {
    let ended = command.output().await.expect("it is at hand");
    let (out, error) = (ended.stdout, String::from_utf8_lossy(&ended.stderr));
    assert!(ended.status.success(), "{command:?}: {error}");
    String::from_utf8_lossy(&out).into_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_example_creates_a_payment() {
    let rig = Rig::start(Setup::default()).await;
    let curl = ("curl", &["sh", "create_payment.sh"][..]);
    let mut programs = vec![];
    if at_hand("docs/examples/curl", &[&["curl", "--version"]]) {
        programs.push(curl);
    }
    for it in LANGUAGES {
        if at_hand(&format!("docs/examples/{}", it.folder), it.needs) {
            programs.push((it.folder, it.create));
        }
    }
    assert!(programs.len() >= 2, "nothing is at hand");
    for (language, words) in programs {
        let order_no = format!("example-{language}");
        let environment = [
            ("PAYMUX_URL", rig.api.base.as_str()),
            ("PAYMUX_KEY", API_KEY),
            ("ORDER_NO", &order_no),
        ];
        let said = said(program(language, words, &environment)).await;
        let found = rig.api.get(&format!("/v1/payments?order_no={order_no}")).await.json();
        let payment = &found["data"][0];
        assert_eq!(payment["status"], "pending", "{language}: {found}");
        for shown in [&payment["id"], &payment["action"]["qr_code"]] {
            assert!(said.contains(shown.as_str().expect("a text")), "{language}: {said}");
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "a receiver compares with its own clock")]
fn now() -> u64 {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    now.expect("the clock is right").as_secs()
}

const BODY: &str = r#"{"id":"evt_1","type":"payment.succeeded","data":{"subject":"一杯茶"}}"#;

/// What comes, and whether it is to be believed.
fn cases() -> Vec<(&'static str, bool, [String; 3], &'static str)> {
    let sign = |secret: &str, at: u64| webhook::signature(secret, "evt_1", at, BODY.as_bytes());
    let at = |at: u64, signature: String| ["evt_1".to_owned(), at.to_string(), signature];
    let (now, other) = (now(), "whsec_cGF5bXV4LXRlc3RzLXdlYmhvb2stc2VjcmV0LTAwMg==");
    let genuine = sign(WEBHOOK_SECRET, now);
    vec![
        ("genuine", true, at(now, genuine.clone()), BODY),
        ("one of two", true, at(now, format!("v1,AAAA {genuine} v1a,AAAA")), BODY),
        ("another body", false, at(now, genuine.clone()), "{}"),
        ("another secret", false, at(now, sign(other, now)), BODY),
        ("another time", false, at(now - 1, genuine.clone()), BODY),
        ("old", false, at(now - 400, sign(WEBHOOK_SECRET, now - 400)), BODY),
        ("early", false, at(now + 400, sign(WEBHOOK_SECRET, now + 400)), BODY),
        ("not a time", false, ["evt_1".into(), "soon".into(), genuine], BODY),
        ("unsigned", false, at(now, String::new()), BODY),
    ]
}

fn free_port() -> u16 {
    let socket = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    socket.local_addr().expect("it listens").port()
}

/// Killed when it is dropped. What has to be built first goes into the folder.
async fn receiver(language: &Language, port: u16, folder: &Path) -> Child {
    let text = port.to_string();
    let words: Vec<_> = language.receive.iter().map(|it| it.replace("PORT", &text)).collect();
    let words: Vec<_> = words.iter().map(String::as_str).collect();
    let built = folder.join("receiver").display().to_string();
    let environment =
        [("WEBHOOK_SECRET", WEBHOOK_SECRET), ("PORT", text.as_str()), ("BUILT", built.as_str())];
    let mut command = program(language.folder, &words, &environment);
    let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("at hand");
    let open = async || std::net::TcpStream::connect(("127.0.0.1", port)).ok();
    until(&format!("the receiver in {}", language.folder), open).await;
    child
}

#[tokio::test(flavor = "multi_thread")]
async fn every_example_believes_what_is_genuine_alone() {
    let http = Http::default();
    for language in LANGUAGES {
        if !at_hand(&format!("docs/examples/{}", language.folder), language.needs) {
            continue;
        }
        let (port, folder) = (free_port(), tempfile::tempdir().expect("a temporary folder"));
        let mut child = receiver(&language, port, folder.path()).await;
        for (what, genuine, [id, at, signature], body) in cases() {
            let request = Request::post(format!("http://127.0.0.1:{port}/"))
                .header("webhook-id", id)
                .header("webhook-timestamp", at)
                .header("webhook-signature", signature)
                .header("content-type", "application/json")
                .body(Full::new(Bytes::from(body)));
            let answer = http.send(request.expect("a request")).await.expect("an answer");
            let expected = if genuine { 204 } else { 401 };
            assert_eq!(answer.status, expected, "{}: {what}", language.folder);
        }
        child.kill().await.expect("it was running");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_shell_believes_what_is_genuine_alone() {
    if !at_hand("docs/examples/curl", &[&["openssl", "version"], &["od", "--version"]]) {
        return;
    }
    // The shell takes a time for granted.
    for (what, genuine, [id, at, signature], body) in
        cases().into_iter().filter(|it| it.0 != "not a time")
    {
        let environment = [
            ("WEBHOOK_SECRET", WEBHOOK_SECRET),
            ("WEBHOOK_ID", &id),
            ("WEBHOOK_TIMESTAMP", &at),
            ("WEBHOOK_SIGNATURE", &signature),
        ];
        let mut command = program("curl", &["sh", "verify_webhook.sh"], &environment);
        let piped = command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        let mut child = piped.spawn().expect("a shell");
        let mut input = child.stdin.take().expect("it was piped");
        input.write_all(body.as_bytes()).await.expect("it reads");
        drop(input);
        let ended = tokio::time::timeout(Duration::from_secs(60), child.wait()).await;
        let status = ended.expect("it ends").expect("it was running");
        assert_eq!(status.success(), genuine, "{what}");
    }
}
