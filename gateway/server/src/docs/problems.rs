//! A page for each type of problem, from the table of docs/problems.md.

use askama::Template as _;
use paymux_engine::problem::{ALL, Kind};

use super::{Page, guides, markdown};

pub(super) const TEXT: &str = include_str!("../../../../docs/problems.md");

/// What a type means, in the table's last column.
pub(super) fn meaning(slug: &str) -> Option<&'static str> {
    let head = format!("| `{slug}` | ");
    let row = TEXT.lines().find_map(|it| it.strip_prefix(&head))?;
    row.strip_suffix(" |")?.splitn(3, " | ").nth(2)
}

pub(super) fn list() -> String {
    let linked = |it: &str| match it.strip_prefix("| `").and_then(|it| it.split_once('`')) {
        Some((slug, rest)) => format!("| [`{slug}`](/problems/{slug}){rest}"),
        None => it.to_owned(),
    };
    let text: Vec<_> = TEXT.lines().map(linked).collect();
    render("Problems", markdown::page(&text.join("\n"), "en"))
}

pub(super) fn page(slug: String) -> Option<String> {
    let kind = ALL.iter().find(|it| it.slug == slug)?;
    let text = text(kind, meaning(kind.slug)?);
    Some(render(kind.title, markdown::page(&text, "en")))
}

fn text(kind: &Kind, meaning: &str) -> String {
    let again = if kind.retryable {
        "**Yes.** Repeat it with the same `Idempotency-Key`; after `Retry-After`, where the answer \
         has it."
    } else {
        "**No.** The same request will be refused again: something has to change first."
    };
    let Kind { title, slug, status, .. } = kind;
    format!(
        "# {title}\n\n`{slug}`, status {status}\n\n{meaning}\n\n## May the same request succeed \
         later?\n\n{again}\n\n[All problems](/problems)\n"
    )
}

fn render(title: &str, body: String) -> String {
    let page = Page { language: "en", title, other: None, links: guides::links("en"), body };
    page.render().unwrap_or_default()
}
