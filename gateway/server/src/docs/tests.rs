//! Pages are there, hold what they must, and link only to what is there.

use std::collections::BTreeSet;

use http::StatusCode;
use paymux_engine::problem::ALL;
use percent_encoding::percent_decode_str;

use super::problems::{CHINESE, ENGLISH};
use crate::api::tests::conform::document;
use crate::api::tests::rig::{Reply, Rig};

async fn page(rig: &Rig, path: &str) -> Reply {
    let reply = rig.get(path).await;
    assert_eq!(reply.status, StatusCode::OK, "{path}");
    let policy = reply.header("content-security-policy");
    assert!(policy.starts_with("default-src 'none'") && !policy.contains("unsafe"), "{policy}");
    reply
}

fn text(reply: &Reply) -> String {
    String::from_utf8(reply.body.to_vec()).unwrap()
}

/// What stands in quotes behind this.
fn quoted<'a>(text: &'a str, before: &str) -> BTreeSet<&'a str> {
    text.split(before).skip(1).filter_map(|it| it.split('"').next()).collect()
}

#[test]
fn every_problem_has_its_row_and_every_row_its_problem() {
    let row = |it: &&paymux_engine::problem::Kind| {
        let again = if it.retryable { "yes" } else { "no" };
        format!("| `{}` | {} | {again} | ", it.slug, it.status)
    };
    let rows: BTreeSet<_> = ALL.iter().map(row).collect();
    for of in [&ENGLISH, &CHINESE] {
        for row in &rows {
            assert!(of.text.contains(row), "{} has no {row}", of.root);
        }
        for line in of.text.lines().filter(|it| it.starts_with("| `")) {
            assert!(rows.iter().any(|it| line.starts_with(it)), "no such problem: {line}");
        }
    }
}

/// The `type` of each problem leads to a page with the words of the file.
#[tokio::test]
async fn every_problem_has_its_page() {
    let rig = Rig::new();
    for (of, kind) in
        [&ENGLISH, &CHINESE].into_iter().flat_map(|of| ALL.iter().map(move |it| (of, it)))
    {
        let page = text(&page(&rig, &format!("{}/{}", of.root, kind.slug)).await);
        assert!(page.contains("<h1 id=") && page.contains(kind.title), "{page}");
        let words = of.meaning(kind.slug).unwrap();
        let plain = words.split(['`', '[', '<', '&', '\'', '"']).next().unwrap();
        assert!(page.contains(plain), "{}: {plain}", kind.slug);
    }
    assert_eq!(rig.get("/problems/nothing").await.outcome(), "404 not-found");
    assert_eq!(rig.get("/docs/guides/nothing").await.outcome(), "404 not-found");
}

/// From page to page until all are seen: no link leads nowhere, no anchor is missing, nothing is
/// fetched from another host, and nothing that was to be included is left out.
#[tokio::test]
async fn pages_lead_to_pages() {
    let rig = Rig::new();
    let mut seen: BTreeSet<String> = BTreeSet::new();
    let mut open = vec!["/docs".to_owned()];
    let mut anchors = vec![];
    let mut own = BTreeSet::new();
    while let Some(path) = open.pop() {
        if !seen.insert(path.clone()) {
            continue;
        }
        let reply = page_or_file(&rig, &path).await;
        let Some(text) = reply else { continue };
        assert!(!text.contains("{{"), "{path} holds what was to be included");
        assert!(!text.contains("src=\"http") && !text.contains("<style"), "{path}");
        for id in quoted(&text, " id=\"") {
            own.insert(format!("{path}#{id}"));
        }
        for link in quoted(&text, " href=\"").into_iter().chain(quoted(&text, " src=\"")) {
            let (to, anchor) = link.split_once('#').unwrap_or((link, ""));
            let to = if to.is_empty() { path.as_str() } else { to };
            if !anchor.is_empty() {
                let anchor = percent_decode_str(anchor).decode_utf8().unwrap();
                anchors.push(format!("{to}#{anchor}"));
            }
            if to.starts_with('/') {
                open.push(to.to_owned());
            }
        }
    }
    assert!(seen.len() > 45, "{seen:?}");
    let lost: Vec<_> = anchors.iter().filter(|it| !own.contains(*it)).collect();
    assert!(lost.is_empty(), "no such places: {lost:?}");
}

/// The text, where it is a page.
async fn page_or_file(rig: &Rig, path: &str) -> Option<String> {
    let reply = page(rig, path).await;
    reply.header("content-type").starts_with("text/html").then(|| text(&reply))
}

#[tokio::test]
async fn the_reference_tells_of_every_operation() {
    let rig = Rig::new();
    let page = text(&page(&rig, "/docs").await);
    for part in ["paths", "webhooks"] {
        for item in document()[part].as_object().unwrap().values() {
            for operation in item.as_object().unwrap().values() {
                let id = operation["operationId"].as_str().unwrap();
                assert!(page.contains(&format!("id=\"{id}\"")), "{id}");
            }
        }
    }
}

/// A page that was written and is not served would be missed by those who link to it.
#[tokio::test]
async fn every_guide_is_served() {
    let rig = Rig::new();
    let docs = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs");
    for (folder, below) in [("merchants", "/docs"), ("zh-CN/merchants", "/docs/zh-CN")] {
        let pages = std::fs::read_dir(docs.join(folder)).unwrap();
        let names = pages.map(|it| it.unwrap().file_name().into_string().unwrap());
        let names: Vec<_> =
            names.filter_map(|it| Some(it.strip_suffix(".md")?.to_owned())).collect();
        assert!(names.len() > 5, "{names:?}");
        for name in names {
            page(&rig, &format!("{below}/guides/{name}")).await;
        }
    }
}
