//! The guides' Markdown as HTML: with anchors for headings, and links that lead to pages we serve.

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd, html};

use super::{guides, samples};

/// In this language links to guides stay in this language.
pub(super) fn page(text: &str, language: &str) -> String {
    let text = samples::included(text);
    let mut out = String::new();
    html::push_html(&mut out, events(&text, language).into_iter());
    // What scrolls must be reached by the keyboard, too.
    out.replace("<pre>", "<pre tabindex=\"0\">").replace("<table>", "<table tabindex=\"0\">")
}

fn events<'a>(text: &'a str, language: &str) -> Vec<Event<'a>> {
    let mut events: Vec<_> = Parser::new_ext(text, Options::ENABLE_TABLES).collect();
    anchor(&mut events);
    // Of a link to a page that is not served, its words stay.
    let mut dropped = vec![];
    events.retain_mut(|event| {
        if let Event::Start(Tag::Link { dest_url, .. }) = event {
            let to = target(dest_url, language);
            dropped.push(to.is_none());
            return to.map(|it| *dest_url = it.into()).is_some();
        }
        *event != Event::End(TagEnd::Link) || dropped.pop() != Some(true)
    });
    events
}

/// Where a link of the files leads here; nowhere, if it is to a page that is not served.
fn target(url: &str, language: &str) -> Option<String> {
    if url.starts_with(['#', '/']) || url.starts_with("https://") {
        return Some(url.to_owned());
    }
    let (path, anchor) = url
        .split_once('#')
        .map_or((url, String::new()), |(path, anchor)| (path, format!("#{anchor}")));
    let name = path.rsplit('/').next()?.strip_suffix(".md")?;
    if name == "problems" {
        let below = if language == "en" { "" } else { "/zh-CN" };
        return Some(format!("{below}/problems{anchor}"));
    }
    let guide = guides::path(language, name)?;
    Some(format!("{guide}{anchor}"))
}

/// Each heading can be linked to, by the name that mdBook and code hosts give it.
fn anchor(events: &mut [Event<'_>]) {
    for at in 0..events.len() {
        let (open, rest) = events[at..].split_at_mut(1);
        if let Event::Start(Tag::Heading { id, .. }) = &mut open[0] {
            let inside = rest.iter().take_while(|it| !is_heads_end(it));
            *id = Some(slug(&inside.filter_map(words).collect::<String>()).into());
        }
    }
}

fn is_heads_end(event: &Event<'_>) -> bool {
    matches!(event, Event::End(TagEnd::Heading(_)))
}

fn words<'a>(event: &'a Event<'_>) -> Option<&'a str> {
    if let Event::Text(it) | Event::Code(it) = event { Some(it) } else { None }
}

fn slug(text: &str) -> String {
    let kept = text.chars().filter(|it| it.is_alphanumeric() || " -_".contains(*it));
    kept.map(|it| if it == ' ' { '-' } else { it.to_ascii_lowercase() }).collect()
}
