//! What a process does, of all that a gateway does.

use std::fmt;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Merchants and channels reach it.
    Api,
    /// It works on tasks.
    Worker,
}

/// At least one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Roles {
    pub api: bool,
    pub worker: bool,
}

impl Default for Roles {
    fn default() -> Self {
        Self { api: true, worker: true }
    }
}

impl Roles {
    /// None of them means all.
    pub fn of(roles: &[Role]) -> Self {
        if roles.is_empty() {
            return Self::default();
        }
        Self { api: roles.contains(&Role::Api), worker: roles.contains(&Role::Worker) }
    }
}

impl fmt::Display for Roles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let roles = [("api", self.api), ("worker", self.worker)];
        let names: Vec<_> = roles.iter().filter(|it| it.1).map(|it| it.0).collect();
        f.write_str(&names.join(","))
    }
}
