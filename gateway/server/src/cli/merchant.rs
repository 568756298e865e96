//! `paymux merchant`: merchants, their keys and their endpoints, in the store of a running gateway.

use std::path::PathBuf;

use http::Method;
use http::header::{IF_MATCH, IF_NONE_MATCH};
use serde_json::{Map, Value, json};

use super::out::{Out, text, texts};
use super::reach::Reach;
use super::section;

#[derive(clap::Subcommand)]
pub(super) enum Command {
    /// All of them, those of the file too.
    List {
        #[command(flatten)]
        reach: Reach,
    },
    /// One, without its secrets.
    Show {
        name: String,
        #[command(flatten)]
        reach: Reach,
    },
    /// Add one, or with `--replace` write over one. An API key is made when none is given.
    Add {
        name: String,
        /// An account it is paid through, as often as needed, in order of preference.
        #[arg(long = "account", value_name = "NAME", required_unless_present = "file")]
        accounts: Vec<String>,
        /// Where it hears of events, as often as needed.
        #[arg(long = "endpoint", value_name = "ID=URL", value_parser = pair)]
        endpoints: Vec<(String, String)>,
        /// A configuration that has `[merchants.NAME]`, or that section alone; `-` reads standard
        /// input. Secrets it refers to (`file:`, `env:`) are read here.
        #[arg(long, short, conflicts_with_all = ["accounts", "endpoints"])]
        file: Option<PathBuf>,
        #[command(flatten)]
        keep: Keep,
        #[command(flatten)]
        reach: Reach,
    },
    /// Remove one; what it was paid stays.
    Remove {
        name: String,
        #[command(flatten)]
        reach: Reach,
    },
    /// Its API keys.
    Key {
        #[command(subcommand)]
        command: KeyCommand,
    },
    /// Where it hears of events.
    Endpoint {
        #[command(subcommand)]
        command: EndpointCommand,
    },
}

#[derive(clap::Subcommand)]
pub(super) enum KeyCommand {
    /// Make one more; it is shown this once.
    Add {
        merchant: String,
        #[command(flatten)]
        reach: Reach,
    },
    /// Take one away.
    Remove {
        merchant: String,
        /// As `merchant show` names it: sha256:…
        fingerprint: String,
        #[command(flatten)]
        reach: Reach,
    },
}

#[derive(clap::Subcommand)]
pub(super) enum EndpointCommand {
    /// Add one, or lead it to another URL; a new one's secret is shown this once.
    Add {
        merchant: String,
        id: String,
        url: String,
        /// What counts as an answer: "status" for any 2xx, "success" for that word in its body.
        #[arg(long)]
        ack: Option<String>,
        /// Pauses, such as "wechat".
        #[arg(long)]
        schedule: Option<String>,
        #[command(flatten)]
        reach: Reach,
    },
    /// Take one away.
    Remove {
        merchant: String,
        id: String,
        #[command(flatten)]
        reach: Reach,
    },
    /// Send an event that only shows how it answers; `payments show` tells the end of it.
    Test {
        merchant: String,
        id: String,
        #[command(flatten)]
        reach: Reach,
    },
    /// Make a new secret, which signs beside the old one; it is shown this once.
    Rotate {
        merchant: String,
        id: String,
        #[command(flatten)]
        reach: Reach,
    },
}

/// What happens to one that is there.
#[derive(clap::Args, Clone, Copy, Debug)]
pub(super) struct Keep {
    /// Write over the one there is.
    #[arg(long)]
    replace: bool,
    /// Only tell what it would change.
    #[arg(long)]
    check: bool,
}

fn pair(text: &str) -> Result<(String, String), &'static str> {
    let (id, url) = text.split_once('=').ok_or("must be ID=URL")?;
    Ok((id.into(), url.into()))
}

pub(super) async fn run(command: Command) -> anyhow::Result<()> {
    match command {
        Command::List { reach } => list(&reach).await,
        Command::Show { name, reach } => show(&reach, "merchants", &name).await,
        Command::Add { name, accounts, endpoints, file, keep, reach } => {
            let body = match file {
                Some(file) => section::read(&file, "merchants", &name)?,
                None => typed(&accounts, &endpoints),
            };
            put(&reach, "merchants", &name, keep, &body).await
        }
        Command::Remove { name, reach } => remove(&reach, "merchants", &name).await,
        Command::Key { command } => key(command).await,
        Command::Endpoint { command } => endpoint(command).await,
    }
}

async fn key(command: KeyCommand) -> anyhow::Result<()> {
    match command {
        KeyCommand::Add { merchant, reach } => {
            act(&reach, Method::POST, &format!("{merchant}/api_keys"), None).await
        }
        KeyCommand::Remove { merchant, fingerprint, reach } => {
            let path = format!("{merchant}/api_keys/{fingerprint}");
            act(&reach, Method::DELETE, &path, None).await
        }
    }
}

async fn endpoint(command: EndpointCommand) -> anyhow::Result<()> {
    match command {
        EndpointCommand::Add { merchant, id, url, ack, schedule, reach } => {
            let mut body = Map::from_iter([("url".to_owned(), url.into())]);
            body.extend(ack.map(|it| ("ack".to_owned(), it.into())));
            body.extend(schedule.map(|it| ("schedule".to_owned(), it.into())));
            let path = format!("{merchant}/endpoints/{id}");
            act(&reach, Method::PUT, &path, Some(&body.into())).await
        }
        EndpointCommand::Remove { merchant, id, reach } => {
            act(&reach, Method::DELETE, &format!("{merchant}/endpoints/{id}"), None).await
        }
        EndpointCommand::Test { merchant, id, reach } => test(&reach, &merchant, &id).await,
        EndpointCommand::Rotate { merchant, id, reach } => {
            act(&reach, Method::POST, &format!("{merchant}/endpoints/{id}/rotate"), None).await
        }
    }
}

async fn test(reach: &Reach, merchant: &str, id: &str) -> anyhow::Result<()> {
    let path = format!("/admin/v1/merchants/{merchant}/endpoints/{id}/test");
    let answer = reach.open()?.send(Method::POST, &path, &[], None).await?;
    let out = reach.out();
    if out.is_json() {
        return out.value(&answer);
    }
    let of = |key: &'static str| (key, text(&answer, key));
    out.pairs(&[of("event_id"), of("delivery_id"), of("payment_id")])
}

fn typed(accounts: &[String], endpoints: &[(String, String)]) -> Value {
    let endpoints: Vec<_> =
        endpoints.iter().map(|(id, url)| json!({ "id": id, "url": url })).collect();
    let mut body = Map::from_iter([("accounts".to_owned(), json!(accounts))]);
    if !endpoints.is_empty() {
        body.insert("endpoints".into(), endpoints.into());
    }
    body.into()
}

async fn list(reach: &Reach) -> anyhow::Result<()> {
    let answer = reach.open()?.get("/admin/v1/merchants").await?;
    let rows = answer["data"].as_array().into_iter().flatten().map(row).collect();
    let head = ["NAME", "SOURCE", "VERSION", "ACCOUNTS", "ENDPOINTS", "CHANGED", "BY"];
    reach.out().rows(&answer, &head, rows)
}

fn row(it: &Value) -> Vec<String> {
    let (settings, of) = (&it["settings"], |key: &str| text(it, key));
    let endpoints = settings["endpoints"].as_array().into_iter().flatten();
    let endpoints: Vec<_> = endpoints.map(|it| text(it, "id")).collect();
    vec![
        of("id"),
        of("source"),
        of("version"),
        texts(&settings["accounts"]),
        endpoints.join(", "),
        of("changed_at"),
        of("changed_by"),
    ]
}

/// As a section of a file, with masks for its secrets.
pub(super) async fn show(reach: &Reach, kind: &str, name: &str) -> anyhow::Result<()> {
    let (answer, out) =
        (reach.open()?.get(&format!("/admin/v1/{kind}/{name}")).await?, reach.out());
    if out.is_json() {
        return out.value(&answer);
    }
    let of = |key: &'static str| (key, text(&answer, key));
    out.pairs(&[of("id"), of("source"), of("version"), of("changed_at"), of("changed_by")])?;
    if answer["source"] == "file" {
        return out.line("\nits settings stand in the gateway's file");
    }
    out.line(&format!("\n{}", section(kind, name, &answer["settings"])?))
}

/// With a few words in place of each mask.
fn plain(value: &Value) -> Value {
    if value["set"] == true {
        let print = value["fingerprint"].as_str().unwrap_or("not shown");
        return format!("(secret) {print}").into();
    }
    match value {
        Value::Object(members) => {
            members.iter().map(|(key, it)| (key.clone(), plain(it))).collect::<Map<_, _>>().into()
        }
        Value::Array(list) => list.iter().map(plain).collect::<Vec<_>>().into(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value.clone(),
    }
}

fn section(kind: &str, name: &str, settings: &Value) -> anyhow::Result<String> {
    let section: toml::Value = toml::Value::try_from(plain(settings))?;
    let named = toml::Table::from_iter([(name.to_owned(), section)]);
    let whole = toml::Table::from_iter([(kind.to_owned(), toml::Value::Table(named))]);
    Ok(toml::to_string(&whole)?)
}

pub(super) async fn put(
    reach: &Reach,
    kind: &str,
    name: &str,
    keep: Keep,
    body: &Value,
) -> anyhow::Result<()> {
    let condition = if keep.replace { IF_MATCH } else { IF_NONE_MATCH };
    let check = if keep.check { "?check=true" } else { "" };
    let (path, head) = (format!("/admin/v1/{kind}/{name}{check}"), [(condition, "*".to_owned())]);
    let answer = reach.open()?.send(Method::PUT, &path, &head, Some(body)).await?;
    told(&reach.out(), &answer)
}

pub(super) async fn remove(reach: &Reach, kind: &str, name: &str) -> anyhow::Result<()> {
    let (path, head) = (format!("/admin/v1/{kind}/{name}"), [(IF_MATCH, "*".to_owned())]);
    let answer = reach.open()?.send(Method::DELETE, &path, &head, None).await?;
    told(&reach.out(), &answer)
}

async fn act(
    reach: &Reach,
    method: Method,
    path: &str,
    body: Option<&Value>,
) -> anyhow::Result<()> {
    let path = format!("/admin/v1/merchants/{path}");
    let answer = reach.open()?.send(method, &path, &[], body).await?;
    told(&reach.out(), &answer)
}

/// What changed, and the secrets that were made: to standard output, since a script wants them.
fn told(out: &Out, answer: &Value) -> anyhow::Result<()> {
    if out.is_json() {
        return out.value(answer);
    }
    let list = |key: &str| answer[key].as_array().cloned().unwrap_or_default();
    for change in list("changes") {
        out.line(change.as_str().unwrap_or_default())?;
    }
    if list("changes").is_empty() {
        out.line("nothing changed")?;
    }
    for warning in list("warnings") {
        out.note(&format!("warning: {}", warning.as_str().unwrap_or_default()));
    }
    if answer["applied"] != true {
        out.note("only checked: nothing was written");
    }
    let made = answer["made"].as_object().cloned().unwrap_or_default();
    for (path, secret) in &made {
        out.line(&format!("{path} = {}", secret.as_str().unwrap_or_default()))?;
    }
    if !made.is_empty() {
        out.note("made just now, and not shown again");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_merchant_is_shown_as_a_file_would_say_it() {
        let mask = json!({ "set": true, "fingerprint": "sha256:7d12" });
        let endpoint = json!({ "id": "orders", "secret": mask, "password": { "set": true } });
        let settings = json!({ "accounts": ["a"], "api_keys": [mask], "endpoints": [endpoint] });
        let expect = "[merchants.shop]\n\
                      accounts = [\"a\"]\n\
                      api_keys = [\"(secret) sha256:7d12\"]\n\n\
                      [[merchants.shop.endpoints]]\n\
                      id = \"orders\"\n\
                      password = \"(secret) not shown\"\n\
                      secret = \"(secret) sha256:7d12\"\n";
        assert_eq!(section("merchants", "shop", &settings).unwrap(), expect);
    }
}
