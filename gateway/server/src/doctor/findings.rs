//! What was found, and how it is shown.

use std::fmt::Write as _;

use serde::Serialize;

use crate::settings::{Place, Problem};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Health {
    Well,
    /// It works, and somebody should look at it.
    Odd,
    Broken,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Finding {
    /// What was looked at, as the configuration names it.
    pub(super) subject: String,
    pub(super) health: Health,
    pub(super) finding: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) advice: Option<String>,
}

impl Finding {
    pub(super) fn well(subject: impl Into<String>, finding: impl Into<String>) -> Self {
        let (subject, finding) = (subject.into(), finding.into());
        Self { subject, health: Health::Well, finding, advice: None }
    }

    pub(super) fn odd(
        subject: impl Into<String>,
        finding: impl Into<String>,
        advice: impl Into<String>,
    ) -> Self {
        let advice = Some(advice.into());
        Self { health: Health::Odd, advice, ..Self::well(subject, finding) }
    }

    pub(super) fn broken(
        subject: impl Into<String>,
        finding: impl Into<String>,
        advice: impl Into<String>,
    ) -> Self {
        Self { health: Health::Broken, ..Self::odd(subject, finding, advice) }
    }

    pub(super) fn of_settings(problem: &Problem) -> Self {
        let Problem { file, line, key, problem } = problem;
        let finding = if key.is_empty() { problem.clone() } else { format!("`{key}` {problem}") };
        let place = Place { file: file.clone(), line: *line };
        Self::broken("configuration", finding, format!("see {place}"))
    }

    pub(super) fn is_broken(&self) -> bool {
        self.health == Health::Broken
    }
}

/// A line each, what is to be done behind an arrow; colours where a person looks.
pub(super) fn table(findings: &[Finding], colours: bool) -> String {
    let width = findings.iter().map(|it| it.subject.chars().count()).max().unwrap_or(0);
    let mut text = String::new();
    for Finding { subject, health, finding, advice } in findings {
        let advice = advice.as_ref().map(|it| format!(" → {it}")).unwrap_or_default();
        let _ = writeln!(text, "{}  {subject:<width$}  {finding}{advice}", word(*health, colours));
    }
    text
}

fn word(health: Health, colours: bool) -> String {
    let (word, colour) = match health {
        Health::Well => ("well  ", 32),
        Health::Odd => ("odd   ", 33),
        Health::Broken => ("broken", 31),
    };
    if colours { format!("\x1b[{colour}m{word}\x1b[0m") } else { word.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_each() {
        let findings = [
            Finding::well("store", "sqlite answers"),
            Finding::broken("accounts.a", "no answer", "look at the firewall"),
        ];
        let plain = "well    store       sqlite answers\n\
                     broken  accounts.a  no answer → look at the firewall\n";
        assert_eq!(table(&findings, false), plain);
        assert!(table(&findings, true).contains("\x1b[31mbroken\x1b[0m"));
    }
}
