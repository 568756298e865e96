//! The direction between crates. A new arrow is an edit of this list, where a reviewer sees it.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use serde_json::Value;

use super::{none, root};

/// Who may know whom, of ours.
const ARROWS: &[(&str, &[&str])] = &[
    ("paymux-core", &[]),
    ("paymux-channel", &["paymux-core"]),
    ("paymux-store", &["paymux-core"]),
    ("paymux-engine", &["paymux-channel", "paymux-core", "paymux-store"]),
    ("paymux-alipay", &["paymux-channel", "paymux-core"]),
    ("paymux-wechat", &["paymux-channel", "paymux-core"]),
    ("paymux-sandbox", &[]),
    (
        "paymux",
        &[
            "paymux-alipay",
            "paymux-channel",
            "paymux-core",
            "paymux-engine",
            "paymux-sandbox",
            "paymux-store",
            "paymux-wechat",
        ],
    ),
    ("loadtest", &["paymux-core", "paymux-services", "paymux-store"]),
    ("paymux-services", &[]),
];

/// What cannot be reached from where, however many crates lie between.
const UNREACHABLE: &[(&str, &[&str])] = &[
    ("paymux-core", &["tokio", "hyper", "serde", "rusqlite", "rand", "aws-lc-rs"]),
    ("paymux-channel", &["tokio", "hyper", "rusqlite", "redis", "rsa"]),
    ("paymux-alipay", &["tokio", "hyper", "rusqlite", "redis", "rsa"]),
    ("paymux-wechat", &["tokio", "hyper", "rusqlite", "redis", "rsa"]),
    // rustls is reached by way of Redis, which may be across a network.
    ("paymux-store", &["hyper", "axum", "rsa"]),
    ("paymux-engine", &["hyper", "axum", "rsa", "paymux-alipay", "paymux-wechat"]),
    ("paymux-sandbox", &["paymux-core", "paymux-channel"]),
];

struct Graph {
    /// Names of normal dependencies by package id.
    edges: BTreeMap<String, Vec<String>>,
    names: BTreeMap<String, String>,
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

impl Graph {
    fn read() -> Self {
        let cargo = Command::new(env!("CARGO"))
            .args(["metadata", "--format-version", "1", "--locked", "--offline"])
            .current_dir(root())
            .output()
            .expect("cargo runs");
        let error = String::from_utf8_lossy(&cargo.stderr);
        assert!(cargo.status.success(), "cargo metadata: {error}");
        let metadata: Value = serde_json::from_slice(&cargo.stdout).expect("cargo writes JSON");
        let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
        let names = list(&metadata["packages"]);
        let names = names.iter().map(|it| (text(&it["id"]), text(&it["name"]))).collect();
        let nodes = list(&metadata["resolve"]["nodes"]);
        let edges = nodes.iter().map(|node| (text(&node["id"]), normal(&list(&node["deps"]))));
        Self { edges: edges.collect(), names }
    }

    fn id(&self, name: &str) -> &str {
        let found = self.names.iter().find(|(id, it)| *it == name && id.starts_with("path+"));
        found.map(|(id, _)| id.as_str()).unwrap_or_else(|| panic!("there is no crate {name}"))
    }

    fn name(&self, id: &str) -> &str {
        self.names.get(id).map_or("", String::as_str)
    }

    fn reach(&self, id: &str) -> BTreeSet<&str> {
        let (mut seen, mut open) = (BTreeSet::new(), vec![id]);
        while let Some(next) = open.pop() {
            for id in self.edges.get(next).into_iter().flatten() {
                if seen.insert(id.as_str()) {
                    open.push(id);
                }
            }
        }
        seen.into_iter().map(|it| self.name(it)).collect()
    }
}

/// What is compiled into the crate itself: neither for its tests nor for its build script.
fn normal(dependencies: &[Value]) -> Vec<String> {
    let is_normal = |it: &&Value| {
        let kinds = it["dep_kinds"].as_array().cloned().unwrap_or_default();
        kinds.iter().any(|kind| kind["kind"].is_null())
    };
    dependencies.iter().filter(is_normal).map(|it| text(&it["pkg"])).collect()
}

#[test]
fn arrows_are_the_permitted_ones() {
    let graph = Graph::read();
    let mut findings = vec![];
    for (name, allowed) in ARROWS {
        let edges = &graph.edges[graph.id(name)];
        let ours = edges.iter().map(|it| graph.name(it)).filter(|it| it.starts_with("paymux"));
        let ours: BTreeSet<_> = ours.collect();
        let allowed: BTreeSet<_> = allowed.iter().copied().collect();
        findings.extend(ours.difference(&allowed).map(|it| format!("{name} must not know {it}")));
        findings.extend(allowed.difference(&ours).map(|it| format!("{name} has no need of {it}")));
    }
    none("direction between crates", &findings);
}

#[test]
fn what_must_not_be_reached_is_not_reached() {
    let graph = Graph::read();
    let mut findings = vec![];
    for (name, banned) in UNREACHABLE {
        let reach = graph.reach(graph.id(name));
        let found = banned.iter().filter(|it| reach.contains(*it));
        findings.extend(found.map(|it| format!("{name} reaches {it}")));
    }
    none("invariants of absence", &findings);
}

#[test]
fn the_gateway_signs_with_one_library_and_the_sandbox_with_another() {
    let graph = Graph::read();
    let knows = |id: &&String| graph.edges[*id].iter().any(|it| graph.name(it) == "rsa");
    let users: BTreeSet<_> = graph.edges.keys().filter(knows).map(|it| graph.name(it)).collect();
    let allowed = BTreeSet::from(["paymux-sandbox", "paymux-tests"]);
    let findings: Vec<_> = users.difference(&allowed).map(|it| format!("{it} uses rsa")).collect();
    assert!(users.contains("paymux-sandbox"), "the check looks at nothing");
    none("rsa stays out of the gateway's own paths", &findings);
    // TLS below the sandbox carries bytes with it; nothing of a channel is signed or sealed by it.
    let sandbox = &graph.edges[graph.id("paymux-sandbox")];
    assert!(!sandbox.iter().any(|it| graph.name(it) == "aws-lc-rs"), "the sandbox uses aws-lc-rs");
}

/// One provider of cryptography in the gateway, and nothing that needs a library of the system.
#[test]
fn nothing_banned_is_compiled() {
    let cargo = Command::new(env!("CARGO"))
        .args(["tree", "--workspace", "--edges", "normal,build", "--prefix", "none"])
        .args(["--locked", "--offline"])
        .current_dir(root())
        .output()
        .expect("cargo runs");
    let tree = String::from_utf8_lossy(&cargo.stdout);
    assert!(tree.contains("aws-lc-rs v"), "the tree was not read: {tree}");
    let banned = ["ring", "openssl-sys", "native-tls", "bindgen"];
    let found = banned.iter().filter(|it| tree.lines().any(|l| l.starts_with(&format!("{it} v"))));
    none("crates that are not compiled", &found.map(ToString::to_string).collect::<Vec<_>>());
}
