//! The rules of routing: a TOML file beside the settings, and the files it includes.

mod channels;
mod check;
mod files;
mod limits;
mod rule;
mod time;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use paymux_core::{AccountId, MerchantId};

use super::flat::Flat;
use super::problem::{Place, Problem};
use super::reference::References;
use super::section::{Report, Section};
use super::{Account, Merchant};

pub(super) use channels::check as check_channels;
pub(super) use files::collect;
pub(super) use limits::{amount, currency};
pub(super) use rule::method;

/// More of them than one person can keep in mind; a decision looks at each in turn.
const MAX_RULES: usize = 1000;

/// What the rules say, and where they say it.
#[derive(Clone, Debug, Default)]
pub struct Routing {
    pub sets: paymux_engine::routing::Routing,
    /// All that the files say, to compare it with another time's.
    pub(super) flat: Flat,
    /// For problems that are found later: of the live set, then of each shadow.
    sites: Vec<Vec<RuleSite>>,
}

/// Where a rule and its targets stand.
#[derive(Clone, Debug)]
struct RuleSite {
    rule: Site,
    targets: Vec<Site>,
}

#[derive(Clone, Debug)]
struct Site {
    place: Place,
    key: String,
}

impl Site {
    fn problem(&self, problem: impl Into<String>) -> Problem {
        let Place { file, line } = self.place.clone();
        Problem { file, line, key: self.key.clone(), problem: problem.into() }
    }
}

/// What the rules may name, and how what they refer to is read.
#[derive(Clone, Copy)]
pub(super) struct Known<'a> {
    pub(super) references: &'a References<'a>,
    pub(super) accounts: &'a BTreeMap<AccountId, Account>,
    pub(super) merchants: &'a BTreeMap<MerchantId, Merchant>,
}

/// Where the settings say that the rules are; nothing where there are none.
pub(super) fn path(read: &mut Section<'_>, base_dir: &Path) -> Option<PathBuf> {
    let text = read.required("rules").and_then(|it| it.text())?;
    (!text.is_empty()).then(|| base_dir.join(text))
}

/// Reads them all; whatever is wrong goes into the report.
pub(super) fn load(path: &Path, named_at: &Place, known: Known<'_>) -> (Routing, Vec<Problem>) {
    let report = Report::default();
    let mut loader = files::Loader::new(&report, known);
    loader.root(path, named_at);
    let (routing, mut problems) = loader.finish();
    problems.extend(report.finish().0);
    problems.extend(check::all(&routing, known));
    problems.sort_by(|a, b| (&a.file, a.line).cmp(&(&b.file, b.line)));
    (routing, problems)
}
