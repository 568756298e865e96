//! Whether an answer is one that the API's description promises: asked of every answer that any
//! test of the API is given.

use std::sync::OnceLock;

use http::{Method, StatusCode};
use paymux_store::memory::MemoryStore;
use serde_json::Value;

use super::rig::limits;
use crate::api::{self, Terms};
use crate::openapi;

pub(crate) fn terms() -> Terms {
    let limits = limits();
    Terms {
        body_timeout: limits.body_timeout,
        expires_in_default: limits.expires_in_default,
        expires_in_max: limits.expires_in_max,
    }
}

/// The description, as it is served.
pub(crate) fn document() -> &'static Value {
    static DOCUMENT: OnceLock<Value> = OnceLock::new();
    DOCUMENT.get_or_init(|| {
        let mut described = api::routes::<MemoryStore>(&terms()).described();
        described.extend(api::open::<MemoryStore>().described());
        serde_json::to_value(openapi::document(described)).unwrap()
    })
}

/// What is wrong with an answer; nothing, where the route is not described or not found.
pub(crate) fn findings(
    method: &Method,
    path: &str,
    status: StatusCode,
    body: &[u8],
) -> Vec<String> {
    let Some(operation) = operation(method, path) else { return vec![] };
    let told = &operation["responses"][status.as_str()];
    let Some(content) = told["content"].as_object().and_then(|it| it.values().next()) else {
        return vec![format!("{method} {path}: {status} is not described")];
    };
    if told["content"].get("text/csv").is_some() {
        let lines = std::str::from_utf8(body).is_ok_and(|it| it.ends_with("\r\n"));
        return if lines { vec![] } else { vec![format!("{method} {path}: no lines: {body:?}")] };
    }
    let Ok(body) = serde_json::from_slice::<Value>(body) else {
        return vec![format!("{method} {path}: {status} is not JSON: {body:?}")];
    };
    let mut found = vec![];
    check(&content["schema"], &body, "", true, &mut found);
    let promised = content["examples"].as_object();
    if let (Some(promised), Some(code)) = (promised, body["code"].as_str())
        && !promised.contains_key(code)
    {
        found.push(format!("{code} is not among {:?}", promised.keys().collect::<Vec<_>>()));
    }
    found.iter().map(|it| format!("{method} {path}: {status}: {it}")).collect()
}

fn operation(method: &Method, path: &str) -> Option<&'static Value> {
    let paths = document()["paths"].as_object()?;
    let (_, item) = paths.iter().find(|(template, _)| fits(template, path))?;
    item.get(method.as_str().to_lowercase())
}

fn fits(template: &str, path: &str) -> bool {
    let path = path.split('?').next().unwrap_or_default();
    let (template, path) = (template.split('/'), path.split('/'));
    template.clone().count() == path.clone().count()
        && template.zip(path).all(|(name, part)| name.starts_with('{') || name == part)
}

/// Says nothing of a value.
const WORDS: [&str; 8] = [
    "description",
    "example",
    "examples",
    "default",
    "format",
    "title",
    "pattern",
    "maxProperties",
];

/// JSON Schema, as far as the description uses it. `whole`: a member without a word is a finding.
pub(crate) fn check(
    schema: &Value,
    value: &Value,
    place: &str,
    whole: bool,
    found: &mut Vec<String>,
) {
    let Some(schema) = schema.as_object() else { return };
    for (keyword, rule) in schema {
        let list = || rule.as_array().cloned().unwrap_or_default();
        let wrong = match keyword.as_str() {
            "$ref" => {
                let pointer = rule.as_str().unwrap().trim_start_matches('#');
                let schema = document().pointer(pointer);
                check(schema.expect("a reference leads somewhere"), value, place, whole, found);
                false
            }
            "type" => !is_of(rule, value),
            "enum" => !list().contains(value),
            "minimum" => value.as_f64() < rule.as_f64(),
            "maximum" => value.as_f64() > rule.as_f64(),
            "minLength" => chars(value) < rule.as_u64().unwrap(),
            "maxItems" => {
                value.as_array().is_some_and(|it| it.len() as u64 > rule.as_u64().unwrap())
            }
            "minItems" => {
                value.as_array().is_some_and(|it| (it.len() as u64) < rule.as_u64().unwrap())
            }
            "maxLength" => chars(value) > rule.as_u64().unwrap(),
            "required" => list().iter().any(|it| value.get(it.as_str().unwrap()).is_none()),
            "properties" => {
                members(rule, value, place, found);
                let open = schema.contains_key("additionalProperties") || !whole;
                let extra = value.as_object().into_iter().flatten();
                !open && extra.into_iter().any(|(name, _)| rule.get(name).is_none())
            }
            "additionalProperties" => {
                let known = schema.get("properties").and_then(Value::as_object);
                let extra = value.as_object().into_iter().flatten();
                let extra = extra.filter(|it| known.is_none_or(|known| !known.contains_key(it.0)));
                for (name, value) in extra.clone() {
                    check(rule, value, &format!("{place}/{name}"), true, found);
                }
                rule == false && extra.count() > 0
            }
            "propertyNames" => false,
            "items" => {
                for (at, item) in value.as_array().into_iter().flatten().enumerate() {
                    check(rule, item, &format!("{place}/{at}"), true, found);
                }
                false
            }
            "allOf" => {
                list().iter().for_each(|it| check(it, value, place, false, found));
                false
            }
            "oneOf" => list().iter().filter(|it| conforms(it, value)).count() != 1,
            "anyOf" => !list().iter().any(|it| conforms(it, value)),
            other => {
                assert!(WORDS.contains(&other), "{other} is no keyword this test knows");
                false
            }
        };
        if wrong {
            found.push(format!("{place}: {keyword} {rule} does not take {value}"));
        }
    }
}

pub(crate) fn conforms(schema: &Value, value: &Value) -> bool {
    let mut found = vec![];
    check(schema, value, "", true, &mut found);
    found.is_empty()
}

fn members(rule: &Value, value: &Value, place: &str, found: &mut Vec<String>) {
    for (name, schema) in rule.as_object().into_iter().flatten() {
        if let Some(value) = value.get(name) {
            check(schema, value, &format!("{place}/{name}"), true, found);
        }
    }
}

fn chars(value: &Value) -> u64 {
    value.as_str().map_or(0, |it| it.chars().count() as u64)
}

fn is_of(rule: &Value, value: &Value) -> bool {
    let is = |name: &str| match name {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "integer" => value.is_i64() || value.is_u64(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        other => panic!("{other} is no type this test knows"),
    };
    let names = rule.as_array().cloned().unwrap_or_else(|| vec![rule.clone()]);
    names.iter().any(|it| is(it.as_str().unwrap()))
}
