//! What is wrong with a settings file, and where.

use std::collections::BTreeMap;
use std::fmt;

use super::managed;

/// A line of a file, counted from one; zero stands for the file as a whole.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place {
    pub file: String,
    pub line: usize,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    pub file: String,
    pub line: usize,
    /// The whole path, as in `merchants.demo.endpoints[0].url`; empty when no key is to blame.
    pub key: String,
    pub problem: String,
}

/// Everything that is wrong, in the order of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problems(pub Vec<Problem>);

/// Where each key stands, by its whole path.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Places(pub(super) BTreeMap<String, Place>);

impl Problems {
    pub(super) fn one(file: &str, line: usize, problem: String) -> Self {
        Self(vec![Problem { file: file.into(), line, key: String::new(), problem }])
    }
}

impl Place {
    pub(crate) fn is_managed(&self) -> bool {
        self.file == managed::NAME
    }

    /// Within its file, where it has lines.
    pub(super) fn line(&self) -> String {
        if self.line > 0 { format!("line {}", self.line) } else { self.file.clone() }
    }
}

impl Problems {
    /// Of the store's items as a whole.
    pub(crate) fn managed(problem: &str) -> Self {
        Self::one(managed::NAME, 0, problem.into())
    }
}

impl Places {
    pub fn of(&self, key: &str) -> Option<&Place> {
        self.0.get(key)
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        if self.line > 0 { write!(f, ":{}", self.line) } else { Ok(()) }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        if self.line > 0 {
            write!(f, ":{}", self.line)?;
        }
        if !self.key.is_empty() {
            write!(f, ": {}", self.key)?;
        }
        write!(f, ": {}", self.problem)
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.0.iter().enumerate() {
            let break_before = if index == 0 { "" } else { "\n" };
            write!(f, "{break_before}{problem}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Problems {}
