//! The merchants' guides of docs/merchants, in both languages.

use askama::Template as _;

use super::{Page, markdown};

/// A guide in one language.
struct Guide {
    name: &'static str,
    language: &'static str,
    text: &'static str,
}

macro_rules! guides {
    ($($name:literal)*) => {
        const ALL: &[Guide] = &[$(
            Guide {
                name: $name,
                language: "en",
                text: include_str!(concat!("../../../../docs/merchants/", $name, ".md")),
            },
            Guide {
                name: $name,
                language: "zh-CN",
                text: include_str!(concat!("../../../../docs/zh-CN/merchants/", $name, ".md")),
            },
        )*];
    };
}

guides! {
    "first-payment" "payments" "cashier" "attempts" "payers" "refunds" "transfers" "splits"
    "settlements" "webhooks" "signing" "raw-calls" "app-tokens" "moving-from-epay"
    "moving-from-jeepay"
}

impl Guide {
    /// Its first heading.
    fn title(&self) -> &'static str {
        self.text.lines().next().unwrap_or_default().trim_start_matches("# ")
    }
}

/// Where a guide is served, if it is one.
pub(super) fn path(language: &str, name: &str) -> Option<String> {
    let guide = find(language, name)?;
    let below = if language == "en" { "/docs" } else { "/docs/zh-CN" };
    Some(format!("{below}/guides/{}", guide.name))
}

fn find(language: &str, name: &str) -> Option<&'static Guide> {
    ALL.iter().find(|it| it.name == name && it.language == language)
}

/// Where each guide of a language is, and its title.
pub(super) fn links(language: &str) -> Vec<(String, String)> {
    let of = ALL.iter().filter(|it| it.language == language);
    of.filter_map(|it| Some((path(language, it.name)?, it.title().to_owned()))).collect()
}

pub(super) fn page(language: &'static str, name: String) -> Option<String> {
    let guide = find(language, &name)?;
    let other = if language == "en" { ("zh-CN", "中文") } else { ("en", "English") };
    let page = Page {
        language,
        title: guide.title(),
        other: path(other.0, &name).map(|it| (other.1, it)),
        links: links(language),
        body: markdown::page(guide.text, language),
    };
    page.render().ok()
}
