//! What a request to change an item says beside its body: which version it is about, and whether
//! the change is only to be checked.

use axum::extract::FromRequestParts;
use http::header::{HeaderMap, IF_MATCH, IF_NONE_MATCH};
use http::request::Parts;
use paymux_core::MerchantId;
use paymux_engine::problem::{self, Problem};
use toml::Table;

use crate::admin::access::Who;
use crate::api::problem::Refusal;
use crate::api::query::Query;
use crate::settings::managed::Item;

/// Whether an item that is there is changed without saying which version is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Demand {
    Nothing,
    Version,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Condition {
    None,
    /// `If-Match: "7"`.
    Version(u64),
    /// `If-Match: *`.
    There,
    /// `If-None-Match: *`.
    New,
    /// What no version ever is.
    Never,
}

pub(crate) struct Asked {
    pub(super) check: bool,
    pub(super) who: Who,
    condition: Condition,
    demand: Demand,
}

impl<S: Sync> FromRequestParts<S> for Asked {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refusal> {
        let mut query = Query::from_request_parts(parts, state).await?;
        let check = query.optional("check", flag).unwrap_or_default();
        query.finish()?;
        let condition = condition(&parts.headers);
        let who = parts.extensions.get::<Who>().cloned();
        let who = who.ok_or_else(|| Refusal::new(problem::UNAUTHENTICATED, "nobody asks"))?;
        Ok(Self { check, who, condition, demand: Demand::Nothing })
    }
}

fn flag(text: &str) -> Result<bool, String> {
    text.parse().map_err(|_| "must be true or false".into())
}

fn condition(headers: &HeaderMap) -> Condition {
    let named = |name| headers.get(name).map(|it| it.to_str().unwrap_or_default().trim());
    match (named(&IF_MATCH), named(&IF_NONE_MATCH)) {
        (None, None) => Condition::None,
        (Some("*"), None) => Condition::There,
        (Some(tag), None) => {
            tag.trim_matches('"').parse().map_or(Condition::Never, Condition::Version)
        }
        (None, Some("*")) => Condition::New,
        (_, Some(_)) => Condition::Never,
    }
}

impl Asked {
    pub(super) fn with(self, demand: Demand) -> Self {
        Self { demand, ..self }
    }

    /// Of what is there now.
    pub(super) fn admits(&self, old: Option<&Item>) -> Result<(), Problem> {
        let version = old.map(|it| it.version);
        let holds = match self.condition {
            Condition::None => true,
            Condition::Version(it) => version == Some(it),
            Condition::There => version.is_some(),
            Condition::New => version.is_none(),
            Condition::Never => false,
        };
        if !holds {
            let now = version.map_or("nothing is there".into(), |it| format!("it is {it} now"));
            return Err(Problem::new(problem::VERSION_CHANGED, now));
        }
        match (version, &self.condition, self.demand) {
            (Some(version), Condition::None, Demand::Version) => {
                let detail = format!("send If-Match: \"{version}\" to change what is there now");
                Err(Problem::new(problem::VERSION_REQUIRED, detail))
            }
            (_, _, _) => Ok(()),
        }
    }
}

/// Of a merchant and of an account: both have the form of a name.
pub(super) fn id(text: &str) -> Result<String, Problem> {
    let named: Result<MerchantId, _> = text.parse();
    let problem = "the name must be 1 to 40 of a-z, 0-9, - and _";
    named.map(|it| it.to_string()).map_err(|_| Problem::new(problem::NOT_FOUND, problem))
}

/// As a section of a file; a null, or a member twice, is none.
pub(super) fn table(body: &[u8]) -> Result<Table, Problem> {
    let malformed = |detail: String| Problem::new(problem::MALFORMED_JSON, detail);
    let value = serde_json::from_slice(body).map_err(|it| malformed(it.to_string()))?;
    let kind = toml::Value::type_str(&value);
    let table = value.as_table().cloned();
    table.ok_or_else(|| malformed(format!("it is a {kind}, not an object")))
}

#[cfg(test)]
mod tests {
    use paymux_core::Timestamp;

    use super::*;
    use crate::admin::access::user::Role;

    fn nobody() -> Who {
        let (name, request_id) = (String::new(), String::new());
        Who { name, role: Role::Admin, address: None, request_id }
    }

    fn item(version: u64) -> Item {
        let (table, changed_at) = (Table::new(), Timestamp(0));
        Item { version, table, changed_at, changed_by: "admin".into() }
    }

    #[test]
    fn what_is_there_is_changed_by_its_version() {
        let check = |header: Option<(&str, &str)>, demand, old: Option<u64>, expect: &str| {
            let mut headers = HeaderMap::new();
            if let Some((name, value)) = header {
                let name: http::HeaderName = name.parse().unwrap();
                headers.insert(name, value.parse().unwrap());
            }
            let condition = condition(&headers);
            let asked = Asked { check: false, who: nobody(), condition, demand };
            let told = asked.admits(old.map(item).as_ref());
            let slug = told.map_or_else(|it| it.kind.slug, |()| "ok");
            assert_eq!(slug, expect, "{header:?} {demand:?} {old:?}");
        };
        let (part, whole) = (Demand::Nothing, Demand::Version);
        check(None, whole, None, "ok");
        check(None, part, Some(7), "ok");
        check(None, whole, Some(7), "version-required");
        check(Some(("if-match", "\"7\"")), whole, Some(7), "ok");
        check(Some(("if-match", "7")), whole, Some(7), "ok");
        check(Some(("if-match", "*")), whole, Some(7), "ok");
        for tag in ["\"6\"", "W/\"7\"", "", "*7"] {
            check(Some(("if-match", tag)), whole, Some(7), "version-changed");
        }
        check(Some(("if-match", "\"7\"")), part, None, "version-changed");
        check(Some(("if-match", "*")), part, None, "version-changed");
        check(Some(("if-none-match", "*")), whole, None, "ok");
        check(Some(("if-none-match", "*")), whole, Some(7), "version-changed");
        check(Some(("if-none-match", "\"7\"")), whole, Some(6), "version-changed");
    }

    #[test]
    fn bodies_are_objects_that_a_file_could_say() {
        let check = |body: &str, good| assert_eq!(table(body.as_bytes()).is_ok(), good, "{body}");
        check(r#"{"accounts":["a"],"raw_calls":true,"per_second":5}"#, true);
        check("{}", true);
        for body in
            ["", "[]", "\"x\"", "{\"a\":null}", "{\"a\":1,\"a\":2}", "{\"b\":{\"a\":1,\"a\":2}}"]
        {
            check(body, false);
        }
        check(&format!("{}1{}", "[".repeat(500), "]".repeat(500)), false);
        check("{\"a\":18446744073709551615}", false);
    }
}
