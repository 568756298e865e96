//! A page for each type of problem, from the tables of docs/problems.md and of its Chinese twin.

use askama::Template as _;
use paymux_engine::problem::{ALL, Kind};

use super::{Page, guides, markdown};

/// The pages in one language.
pub(super) struct Problems {
    language: &'static str,
    /// What its pages stand below.
    pub(super) root: &'static str,
    /// The same in the other language, and its name there.
    other: (&'static str, &'static str),
    title: &'static str,
    again: &'static str,
    yes: &'static str,
    no: &'static str,
    status: &'static str,
    all: &'static str,
    pub(super) text: &'static str,
}

pub(super) const ENGLISH: Problems = Problems {
    language: "en",
    root: "/problems",
    other: ("/zh-CN/problems", "中文"),
    title: "Problems",
    again: "May the same request succeed later?",
    yes: "**Yes.** Repeat it with the same `Idempotency-Key`; after `Retry-After`, where the answer \
          has it.",
    no: "**No.** The same request will be refused again: something has to change first.",
    status: "status",
    all: "All problems",
    text: include_str!("../../../../docs/problems.md"),
};

pub(super) const CHINESE: Problems = Problems {
    language: "zh-CN",
    root: "/zh-CN/problems",
    other: ("/problems", "English"),
    title: "错误类型",
    again: "同一请求之后可能成功吗？",
    yes: "**可能。** 请用同一个 `Idempotency-Key` 重发；应答带有 `Retry-After` 时，请在此之后。",
    no: "**不能。** 同一请求会再次被拒绝，必须先有所改变。",
    status: "状态码",
    all: "全部错误类型",
    text: include_str!("../../../../docs/zh-CN/problems.md"),
};

impl Problems {
    /// What a type means, in the table's last column.
    pub(super) fn meaning(&self, slug: &str) -> Option<&'static str> {
        let head = format!("| `{slug}` | ");
        let row = self.text.lines().find_map(|it| it.strip_prefix(&head))?;
        row.strip_suffix(" |")?.splitn(3, " | ").nth(2)
    }

    pub(super) fn list(&self) -> String {
        let linked = |it: &str| match it.strip_prefix("| `").and_then(|it| it.split_once('`')) {
            Some((slug, rest)) => format!("| [`{slug}`]({}/{slug}){rest}", self.root),
            None => it.to_owned(),
        };
        let text: Vec<_> = self.text.lines().map(linked).collect();
        self.render(self.title, "", &text.join("\n"))
    }

    pub(super) fn page(&self, slug: &str) -> Option<String> {
        let kind = ALL.iter().find(|it| it.slug == slug)?;
        let text = self.one(kind, self.meaning(kind.slug)?);
        Some(self.render(kind.title, &format!("/{slug}"), &text))
    }

    fn one(&self, kind: &Kind, meaning: &str) -> String {
        let Self { again, status: word, all, root, .. } = self;
        let told = if kind.retryable { self.yes } else { self.no };
        let Kind { title, slug, status, .. } = kind;
        format!(
            "# {title}\n\n`{slug}`, {word} {status}\n\n{meaning}\n\n## {again}\n\n{told}\n\n\
             [{all}]({root})\n"
        )
    }

    fn render(&self, title: &str, below: &str, text: &str) -> String {
        let (root, name) = self.other;
        let page = Page {
            language: self.language,
            title,
            other: Some((name, format!("{root}{below}"))),
            links: guides::links(self.language),
            body: markdown::page(text, self.language),
        };
        page.render().unwrap_or_default()
    }
}
