//! The API's description for people: one page, made of the document that machines read.

use askama::Template;
use serde_json::Value;

use super::{guides, markdown, samples};

/// Deeper than any body or answer, and an end for schemas that hold themselves.
const MAX_DEPTH: usize = 4;
const EVENTS: &str = "Webhooks";

#[derive(Template)]
#[template(path = "docs/reference.html")]
struct Reference {
    version: String,
    about: String,
    guides: Vec<(String, String)>,
    chinese: Vec<(String, String)>,
    chapters: Vec<Chapter>,
}

struct Chapter {
    name: String,
    about: String,
    operations: Vec<Operation>,
}

struct Operation {
    id: String,
    verb: &'static str,
    path: String,
    summary: String,
    text: String,
    parts: Vec<Part>,
    /// Status, slug, title.
    refusals: Vec<(String, String, String)>,
    /// Language, text.
    samples: Vec<(String, String)>,
}

struct Part {
    title: String,
    text: String,
    rows: Vec<Row>,
}

struct Row {
    name: String,
    depth: usize,
    kind: String,
    required: bool,
    about: String,
}

pub(super) fn page(document: &Value) -> String {
    let tags = document["tags"].as_array().cloned().unwrap_or_default();
    let mut chapters: Vec<_> = tags.iter().map(|it| chapter(document, it)).collect();
    chapters.push(Chapter {
        name: EVENTS.to_owned(),
        about: "What your endpoints are sent, signed, and repeated until they take it.".to_owned(),
        operations: each(document, "webhooks").map(|it| operation(document, it, true)).collect(),
    });
    let page = Reference {
        version: text(&document["info"]["version"]),
        about: markdown::page(&text(&document["info"]["description"]), "en"),
        guides: guides::links("en"),
        chinese: guides::links("zh-CN"),
        chapters,
    };
    page.render().unwrap_or_default()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// One operation of the document.
type Found<'a> = (&'a str, &'a str, &'a Value);

fn each<'a>(document: &'a Value, part: &str) -> impl Iterator<Item = Found<'a>> {
    let items = document[part].as_object().into_iter().flatten();
    items.flat_map(|(path, item)| {
        // What makes a thing comes before what lists it.
        let verbs = item.as_object().into_iter().flatten().rev();
        verbs.map(move |(verb, it)| (path.as_str(), verb.as_str(), it))
    })
}

fn chapter(document: &Value, tag: &Value) -> Chapter {
    let of = |it: &Found<'_>| it.2["tags"][0] == tag["name"];
    let operations = each(document, "paths").filter(of);
    Chapter {
        name: text(&tag["name"]),
        about: text(&tag["description"]),
        operations: operations.map(|it| operation(document, it, false)).collect(),
    }
}

fn operation(document: &Value, (path, verb, it): Found<'_>, sent: bool) -> Operation {
    let content = &it["requestBody"]["content"]["application/json"];
    let mut parts = vec![
        Part {
            title: "Headers and parameters".into(),
            text: String::new(),
            rows: parameters(document, it),
        },
        Part {
            title: "Body".into(),
            text: String::new(),
            rows: rows(document, &content["schema"]),
        },
    ];
    let mut refusals = vec![];
    for (status, answer) in it["responses"].as_object().into_iter().flatten() {
        match answer["content"].get("application/problem+json") {
            Some(content) => refusals.extend(problems(document, status, content)),
            None => parts.push(answered(document, status, answer)),
        }
    }
    Operation {
        id: text(&it["operationId"]),
        verb: match verb {
            _ if sent => "EVENT",
            "get" => "GET",
            _ => "POST",
        },
        path: path.to_owned(),
        summary: text(&it["summary"]),
        text: markdown::page(&text(&it["description"]), "en"),
        parts,
        refusals,
        samples: if sent { received(it) } else { sent_by(path, verb, it) },
    }
}

fn answered(document: &Value, status: &str, answer: &Value) -> Part {
    let schema = &answer["content"]["application/json"]["schema"];
    Part {
        title: format!("Answer {status}"),
        text: markdown::page(&text(&answer["description"]), "en"),
        rows: rows(document, schema),
    }
}

fn problems(document: &Value, status: &str, content: &Value) -> Vec<(String, String, String)> {
    let slugs = content["examples"].as_object().into_iter().flatten().map(|it| it.0);
    let told = slugs.map(|slug| {
        let title = &document["components"]["examples"][slug]["summary"];
        (status.to_owned(), slug.clone(), text(title))
    });
    told.collect()
}

fn parameters(document: &Value, operation: &Value) -> Vec<Row> {
    let all = operation["parameters"].as_array().into_iter().flatten();
    let row = |it: &Value| {
        let it = resolved(document, it);
        Row {
            name: text(&it["name"]),
            depth: 0,
            kind: format!("{}, {}", text(&it["in"]), kind(document, &it["schema"])),
            required: it["required"] == true,
            about: about(&it["schema"], &text(&it["description"])),
        }
    };
    all.map(row).collect()
}

fn resolved<'a>(document: &'a Value, schema: &'a Value) -> &'a Value {
    let pointer = schema["$ref"].as_str().map(|it| it.trim_start_matches('#'));
    pointer.and_then(|it| document.pointer(it)).unwrap_or(schema)
}

fn rows(document: &Value, schema: &Value) -> Vec<Row> {
    let mut rows = vec![];
    members(document, schema, 0, &mut rows);
    rows
}

fn members(document: &Value, schema: &Value, depth: usize, rows: &mut Vec<Row>) {
    let schema = resolved(document, schema);
    if depth > MAX_DEPTH {
        return;
    }
    for part in ["allOf", "oneOf"] {
        for it in schema[part].as_array().into_iter().flatten() {
            members(document, it, depth, rows);
        }
    }
    if schema["items"].is_object() {
        members(document, &schema["items"], depth, rows);
    }
    let required = schema["required"].as_array().cloned().unwrap_or_default();
    let all: Vec<_> = schema["properties"].as_object().into_iter().flatten().collect();
    let (first, then): (Vec<_>, Vec<_>) =
        all.into_iter().partition(|it| required.iter().any(|name| name == it.0));
    for (name, own) in first.into_iter().chain(then) {
        let whole = resolved(document, own);
        let described = [own, whole].map(|it| text(&it["description"]));
        let words = described.into_iter().find(|it| !it.is_empty()).unwrap_or_default();
        rows.push(Row {
            name: name.clone(),
            depth,
            kind: kind(document, own),
            required: required.iter().any(|it| it == name),
            about: about(whole, &words),
        });
        members(document, own, depth + 1, rows);
    }
}

fn kind(document: &Value, schema: &Value) -> String {
    let schema = resolved(document, schema);
    if let Some(item) = schema.get("items") {
        return format!("list of {}", kind(document, item));
    }
    let kinds = &schema["type"];
    if let Some(one) = kinds.as_str() {
        return one.to_owned();
    }
    if let Some(several) = kinds.as_array() {
        return several.iter().map(text).collect::<Vec<_>>().join(" or ");
    }
    if schema["oneOf"].is_array() {
        return "one of several objects".to_owned();
    }
    schema["anyOf"].get(0).map_or_else(|| "object".to_owned(), |it| kind(document, it))
}

/// Words, and what the value must be.
fn about(schema: &Value, words: &str) -> String {
    let mut limits = vec![];
    let mut say = |name: &str, text: &str| {
        let value = &schema[name];
        if !value.is_null() {
            let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            limits.push(format!("{text} `{value}`"));
        }
    };
    say("minimum", "at least");
    say("maximum", "at most");
    say("minLength", "characters, at least");
    say("maxLength", "characters, at most");
    say("maxProperties", "members, at most");
    say("format", "format");
    say("default", "unless given");
    if schema["pattern"].as_str().is_some_and(|it| it.chars().count() < 60) {
        say("pattern", "form");
    }
    let words_of = schema["enum"].as_array().cloned().unwrap_or_default();
    let listed: Vec<_> = words_of.iter().map(|it| format!("`{}`", text(it))).collect();
    limits.extend((!listed.is_empty()).then(|| format!("one of {}", listed.join(", "))));
    markdown::page(&format!("{words}\n\n{}", limits.join("; ")), "en")
}

fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap_or_default()
}

/// What an endpoint gets, and how it knows that it is ours.
fn received(operation: &Value) -> Vec<(String, String)> {
    let body = pretty(&operation["requestBody"]["content"]["application/json"]["example"]);
    let verify = samples::ALL.iter().filter(|it| !samples::creates(it));
    let verify = verify.map(|it| (format!("Verify in {}", it.language), it.text.to_owned()));
    let first = operation["operationId"] == "payment_succeeded";
    let verify = verify.filter(|_| first);
    [("Body".to_owned(), body)].into_iter().chain(verify).collect()
}

fn sent_by(path: &str, verb: &str, operation: &Value) -> Vec<(String, String)> {
    let create = operation["operationId"] == "createPayment";
    let mut found = vec![];
    if create {
        let own = samples::ALL.iter().filter(|it| samples::creates(it));
        found.extend(own.map(|it| (it.language.to_owned(), it.text.to_owned())));
    } else {
        found.push(("curl".to_owned(), curl(path, verb, operation)));
    }
    for (status, answer) in operation["responses"].as_object().into_iter().flatten() {
        if let Some(example) = answer["content"]["application/json"].get("example") {
            found.push((format!("Answer {status}"), pretty(example)));
        }
    }
    found
}

/// As it is typed into a shell.
fn curl(path: &str, verb: &str, operation: &Value) -> String {
    let parameters = operation["parameters"].as_array().cloned().unwrap_or_default();
    let mut path = path.to_owned();
    for it in parameters.iter().filter(|it| it["in"] == "path") {
        let name = format!("{{{}}}", text(&it["name"]));
        path = path.replace(&name, &text(&it["example"]));
    }
    let mut lines = vec![format!("curl \"$PAYMUX_URL{path}\"")];
    if verb == "post" {
        lines[0] = format!("curl --request POST \"$PAYMUX_URL{path}\"");
    }
    if operation["security"].is_array() {
        lines.push("--header \"Authorization: Bearer $PAYMUX_KEY\"".to_owned());
    }
    if parameters.iter().any(|it| text(&it["$ref"]).ends_with("/IdempotencyKey")) {
        lines.push("--header 'Idempotency-Key: A-1001-back'".to_owned());
    }
    if let Some(body) = operation["requestBody"]["content"]["application/json"].get("example") {
        lines.push("--header 'Content-Type: application/json'".to_owned());
        lines.push(format!("--data '{}'", pretty(body)));
    }
    lines.join(" \\\n  ")
}
