//! The pages lead where they say: every link inside of the repository, every anchor, every file
//! that is to be included; and the table of contents names every page of the site.

use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

use super::{none, root};

/// A Markdown file, by its path from the root.
struct Page {
    path: PathBuf,
    text: String,
}

fn pages() -> Vec<Page> {
    let mut found = vec![];
    collect(Path::new(""), &mut found);
    assert!(found.len() > 40, "the pages were not found: {}", found.len());
    found
}

fn collect(folder: &Path, found: &mut Vec<Page>) {
    let entries = std::fs::read_dir(root().join(folder)).expect("a folder can be read");
    for entry in entries.map(|it| it.expect("an entry can be read")) {
        let name = entry.file_name().into_string().expect("names are text");
        let path = folder.join(&name);
        if entry.path().is_dir() {
            if !name.starts_with('.') && !["target", "node_modules"].contains(&name.as_str()) {
                collect(&path, found);
            }
        } else if name.ends_with(".md") {
            let text = std::fs::read_to_string(entry.path()).expect("a page is text");
            found.push(Page { path, text });
        }
    }
}

fn events(page: &Page) -> impl Iterator<Item = Event<'_>> {
    Parser::new_ext(&page.text, Options::ENABLE_TABLES)
}

/// As code hosts and mdBook name a heading.
fn slug(text: &str) -> String {
    let kept = text.trim().chars().filter(|it| it.is_alphanumeric() || " -_".contains(*it));
    kept.map(|it| if it == ' ' { '-' } else { it.to_ascii_lowercase() }).collect()
}

fn anchors(page: &Page) -> BTreeSet<String> {
    let (mut found, mut open) = (BTreeSet::new(), None::<String>);
    for event in events(page) {
        if let Event::Start(Tag::Heading { .. }) = event {
            open = Some(String::new());
        } else if let Event::End(TagEnd::Heading(_)) = event {
            found.extend(open.take().map(|it| slug(&it)));
        } else if let (Some(open), Event::Text(text) | Event::Code(text)) = (&mut open, &event) {
            open.push_str(text);
        }
    }
    found
}

fn links(page: &Page) -> Vec<String> {
    let link = |it: Event<'_>| match it {
        Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
            Some(dest_url.into_string())
        }
        Event::Start(_)
        | Event::End(_)
        | Event::Text(_)
        | Event::Code(_)
        | Event::InlineMath(_)
        | Event::DisplayMath(_)
        | Event::Html(_)
        | Event::InlineHtml(_)
        | Event::FootnoteReference(_)
        | Event::SoftBreak
        | Event::HardBreak
        | Event::Rule
        | Event::TaskListMarker(_) => None,
    };
    events(page).filter_map(link).collect()
}

/// `a/./b/../c` is `a/c`.
fn plain(path: &Path) -> PathBuf {
    let mut found = PathBuf::new();
    for part in path.components() {
        if part == Component::ParentDir {
            found.pop();
        } else if part != Component::CurDir {
            found.push(part);
        }
    }
    found
}

/// Where a link leads, from the root; nothing, where it leads out.
fn target(page: &Page, link: &str) -> Option<(PathBuf, String)> {
    if link.contains("://") || link.starts_with("mailto:") {
        return None;
    }
    let (path, anchor) = link.split_once('#').unwrap_or((link, ""));
    let folder = page.path.parent().unwrap_or(Path::new(""));
    let path = if path.is_empty() { page.path.clone() } else { plain(&folder.join(path)) };
    Some((path, anchor.to_owned()))
}

#[test]
fn every_link_leads_somewhere() {
    let pages = pages();
    let (mut findings, mut seen) = (vec![], 0);
    for page in &pages {
        for link in links(page) {
            let Some((path, anchor)) = target(page, &link) else { continue };
            seen += 1;
            let known = pages.iter().find(|it| it.path == path);
            let lost = !root().join(&path).exists()
                || !anchor.is_empty() && known.is_none_or(|it| !anchors(it).contains(&anchor));
            if lost {
                findings.push(format!("{}: {link}", page.path.display()));
            }
        }
    }
    assert!(seen > 100, "the links were not found: {seen}");
    none("links inside of the repository", &findings);
}

#[test]
fn what_is_to_be_included_is_there() {
    let (mut findings, mut seen) = (vec![], 0);
    for page in pages() {
        let lines = page.text.lines().filter_map(|it| it.strip_prefix("{{#include "));
        for name in lines.filter_map(|it| it.strip_suffix("}}")) {
            seen += 1;
            let folder = page.path.parent().unwrap_or(Path::new(""));
            if !root().join(plain(&folder.join(name))).is_file() {
                findings.push(format!("{}: {name}", page.path.display()));
            }
        }
    }
    assert!(seen > 10, "they were not found: {seen}");
    none("files that pages include", &findings);
}

#[test]
fn the_table_of_contents_names_every_page() {
    let pages = pages();
    let summary = Path::new("docs/SUMMARY.md");
    let contents = pages.iter().find(|it| it.path == summary).expect("there is a summary");
    let named: BTreeSet<_> =
        links(contents).iter().filter_map(|it| target(contents, it)).map(|it| it.0).collect();
    let own = pages.iter().map(|it| &it.path).filter(|it| it.starts_with("docs"));
    let silent = own.filter(|it| *it != summary && !named.contains(*it));
    let silent: Vec<_> = silent.map(|it| it.display().to_string()).collect();
    none("docs/SUMMARY.md names every page", &silent);
}

/// A guide in one language alone would leave the other's readers behind.
#[test]
fn merchants_guides_are_in_both_languages() {
    let of = |folder: &str| -> BTreeSet<_> {
        let own = pages().into_iter().filter(|it| it.path.starts_with(folder));
        own.filter_map(|it| it.path.file_name().map(|it| it.to_owned())).collect()
    };
    assert_eq!(of("docs/merchants"), of("docs/zh-CN/merchants"));
}
