//! The API's description is whole: what it refers to is there, its examples are true, what it says
//! of a value is what the value's rule does.

use std::collections::BTreeSet;

use axum::body::Body;
use http::Request;
use serde_json::{Value, json};

use super::conform::{self, check, document};
use super::rig::{Rig, SHOP};
use crate::api::fields::{Parsed, Reads, Rule};
use crate::api::json::{self, Json};
use crate::api::values;

/// Every operation, webhooks included: its name, its place in the document.
fn operations() -> Vec<(String, String, &'static Value)> {
    let of = |part: &str| {
        let items = document()[part].as_object().unwrap().iter();
        items.flat_map(|(path, item)| {
            let verbs = item.as_object().unwrap().iter();
            verbs.map(|(verb, it)| (verb.to_uppercase(), path.clone(), it)).collect::<Vec<_>>()
        })
    };
    of("paths").chain(of("webhooks")).collect()
}

fn walk<'a>(value: &'a Value, visit: &mut dyn FnMut(&'a str, &'a Value)) {
    for (name, value) in value.as_object().into_iter().flatten() {
        visit(name, value);
        walk(value, visit);
    }
    value.as_array().into_iter().flatten().for_each(|it| walk(it, visit));
}

#[test]
fn whatever_is_referred_to_is_there_and_nothing_else_is() {
    let mut referred = BTreeSet::new();
    walk(document(), &mut |name, value| {
        if name == "$ref" {
            referred.insert(value.as_str().unwrap().trim_start_matches('#').to_owned());
        }
    });
    for pointer in &referred {
        assert!(document().pointer(pointer).is_some(), "{pointer}");
    }
    for (kind, parts) in document()["components"].as_object().unwrap() {
        let own = parts.as_object().unwrap().keys();
        let own = own.map(|name| format!("/components/{kind}/{name}"));
        let idle: Vec<_> = own.filter(|it| !referred.contains(it)).collect();
        // Named by `security`.
        assert!(kind == "securitySchemes" || idle.is_empty(), "nobody refers to {idle:?}");
    }
}

#[test]
fn every_operation_has_a_name_of_its_own_and_words() {
    let all = operations();
    assert!(all.len() > 25, "they were not found: {}", all.len());
    let names: BTreeSet<_> = all.iter().map(|it| it.2["operationId"].as_str().unwrap()).collect();
    assert_eq!(names.len(), all.len());
    for (verb, path, operation) in all {
        for word in ["summary", "description"] {
            let text = operation[word].as_str().unwrap_or_default();
            assert!(!text.is_empty(), "{verb} {path} has no {word}");
        }
    }
}

#[test]
fn every_example_is_true() {
    let mut found = vec![];
    let mut seen = 0;
    for (verb, path, operation) in operations() {
        let answers = operation["responses"].as_object().unwrap().values();
        let bodies = answers.chain([&operation["requestBody"]]);
        let contents = bodies.filter_map(|it| it["content"].as_object()).flatten();
        for (_, content) in contents {
            if let Some(example) = content.get("example") {
                let before = found.len();
                check(&content["schema"], example, "", true, &mut found);
                found[before..].iter_mut().for_each(|it| *it = format!("{verb} {path}{it}"));
                seen += 1;
            }
        }
    }
    for (name, example) in document()["components"]["examples"].as_object().unwrap() {
        let schema = json!({ "$ref": "#/components/schemas/Problem" });
        check(&schema, &example["value"], name, true, &mut found);
        seen += 1;
    }
    assert!(seen > 60, "they were not found: {seen}");
    assert!(found.is_empty(), "{found:#?}");
}

/// What is described is what is served, and what needs a key is what says so.
#[tokio::test]
async fn every_operation_is_served() {
    let rig = Rig::new();
    let served: Value = rig.get("/openapi.json").await.json();
    assert_eq!(&served, document());
    for (verb, path, operation) in operations().into_iter().filter(|it| it.1.starts_with('/')) {
        let path = path.replace(['{', '}'], "");
        let request = Request::builder().method(verb.as_str()).uri(&path);
        let status = rig.send(request.body(Body::empty()).unwrap()).await.status.as_u16();
        let expected = if operation["security"].is_array() { 401 } else { 200 };
        assert_eq!(status, expected, "{verb} {path}");
        let request = Request::builder().method(verb.as_str()).uri(&path);
        let request = request.header("authorization", format!("Bearer {SHOP}"));
        let known = rig.send(request.body(Body::empty()).unwrap()).await;
        assert_ne!(known.status.as_u16(), 405, "{verb} {path}");
    }
}

/// A body without anything is told of everything that its shape requires, and an example of a body
/// without one member is told of that.
#[tokio::test]
async fn what_is_required_is_missed() {
    let rig = Rig::new();
    let mut seen = 0;
    for (verb, path, operation) in operations().into_iter().filter(|it| it.1.starts_with('/')) {
        let shape = &operation["requestBody"]["content"]["application/json"]["schema"];
        // The channels' own forms are read in one piece; of a payer, one of two members says where.
        let apart = path.ends_with("/call") || path.starts_with("/v1/payers/");
        if shape["required"].is_null() || apart {
            continue;
        }
        assert_eq!(verb, "POST");
        let example = crate::openapi::example::PAYMENT_ID;
        let split = path.starts_with("/v1/splits/");
        let example = if split { crate::openapi::example::SPLIT_ID } else { example };
        let path = path.replace("{id}", example);
        let missed = rig.post(&path, &format!("empty-{seen}"), "{}").await;
        let told: BTreeSet<_> = missed.pointers().into_iter().collect();
        let required = shape["required"].as_array().unwrap();
        let required = required.iter().map(|it| format!("/{}", it.as_str().unwrap()));
        assert_eq!(told, required.collect(), "{path}");
        seen += 1;
    }
    assert!(seen >= 4, "{seen}");
}

/// The members of a class such as `A-Za-z0-9_-`.
fn class(text: &str) -> BTreeSet<char> {
    let chars: Vec<_> = text.chars().collect();
    let mut found = BTreeSet::new();
    let mut at = 0;
    while at < chars.len() {
        if chars.get(at + 1) == Some(&'-') && at + 2 < chars.len() {
            found.extend(chars[at]..=chars[at + 2]);
            at += 3;
        } else {
            found.insert(chars[at]);
            at += 1;
        }
    }
    found
}

fn reads<T>(rule: &Rule<T>, text: &str) -> bool {
    let value = json::parse(json!(text).to_string().as_bytes());
    let read: Parsed<T> = rule.read(value.unwrap_or(Json::Null));
    read.is_ok()
}

/// Of a rule of the form `^[class]{low,high}$`: each character and each length is taken by the
/// reading if and only if the shape says so.
fn agrees<T>(name: &str, rule: &Rule<T>, fit: char) {
    let shape = serde_json::to_value(rule.shape()).unwrap();
    let pattern = shape["pattern"].as_str().unwrap();
    let (head, tail) = pattern.strip_prefix("^[").unwrap().split_once("]{").unwrap();
    let (low, high) = tail.strip_suffix("}$").unwrap().split_once(',').unwrap();
    let (low, high): (usize, usize) = (low.parse().unwrap(), high.parse().unwrap());
    let class = class(head);
    for it in (0..=127_u8).map(char::from).chain(['é', '字']) {
        let mut text = fit.to_string().repeat(low.max(2) - 1);
        text.push(it);
        assert_eq!(reads(rule, &text), class.contains(&it), "{name} and {it:?}");
    }
    for length in [low - 1, low, high, high + 1] {
        let text = fit.to_string().repeat(length);
        let expected = (low..=high).contains(&length);
        assert_eq!(reads(rule, &text), expected, "{name} of {length} characters");
    }
}

#[test]
fn shapes_say_what_rules_do() {
    agrees("number", &values::NUMBER, 'a');
    agrees("merchant", &values::MERCHANT, 'a');
    agrees("channel", &values::CHANNEL, 'a');
    agrees("code_prefix", &values::CODE_PREFIX, '1');
    agrees("openid", &values::payer::OPENID, 'a');
    agrees("auth_code", &values::payer::AUTH_CODE, '1');
}

/// Of free text: the ends of its length, and what no text may hold.
#[test]
fn free_text_is_as_long_as_its_shape_says() {
    for (name, rule) in [("subject", values::SUBJECT), ("reason", values::REASON)] {
        let shape = serde_json::to_value(rule.shape()).unwrap();
        let high = usize::try_from(shape["maxLength"].as_u64().unwrap()).unwrap();
        for (length, expected) in [(0, false), (1, true), (high, true), (high + 1, false)] {
            assert_eq!(reads(&rule, &"茶".repeat(length)), expected, "{name} of {length}");
        }
        assert!(!reads(&rule, "a\u{7f}") && !reads(&rule, "a\u{85}") && !reads(&rule, "a\n"));
    }
}

#[test]
fn amounts_and_words_are_as_their_shapes_say() {
    let shape = serde_json::to_value(values::AMOUNT.shape()).unwrap();
    let high = shape["maximum"].as_i64().unwrap();
    for (amount, expected) in [(0, false), (1, true), (high, true), (high + 1, false)] {
        assert_eq!(values::AMOUNT.read(Json::Integer(amount)).is_ok(), expected, "{amount}");
    }
    let words = |shape: Value| {
        let words = shape["enum"].as_array().unwrap().clone();
        words.into_iter().map(|it| it.as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let methods = words(serde_json::to_value(values::METHOD.shape()).unwrap());
    assert!(methods.iter().all(|it| reads(&values::METHOD, it)), "{methods:?}");
    let currencies = words(serde_json::to_value(values::CURRENCY.shape()).unwrap());
    assert!(currencies.iter().all(|it| reads(&values::CURRENCY, it)), "{currencies:?}");
}

#[test]
fn the_check_of_answers_finds_what_is_wrong() {
    let payment = json!({ "$ref": "#/components/schemas/Payment" });
    let good = crate::openapi::example::paid();
    assert!(conform::conforms(&payment, &good));
    let spoiled = |spoil: fn(&mut Value)| {
        let mut value = good.clone();
        spoil(&mut value);
        conform::conforms(&payment, &value)
    };
    assert!(!spoiled(|it| it["status"] = "lost".into()));
    assert!(!spoiled(|it| it["amount"] = "888".into()));
    assert!(!spoiled(|it| it["unheard_of"] = 1.into()));
    assert!(!spoiled(|it| it["attempt"]["unheard_of"] = 1.into()));
    assert!(!spoiled(|it| drop(it.as_object_mut().unwrap().remove("id"))));
}
