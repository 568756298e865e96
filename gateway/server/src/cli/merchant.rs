//! `paymux merchant`: merchants, their keys and their endpoints, in the store of a running gateway.

use std::path::PathBuf;

use http::Method;
use serde_json::{Map, Value, json};

use super::managed::{self, Keep, Kind, told};
use super::out::{text, texts};
use super::reach::Reach;
use super::{plate, section};

const MERCHANTS: Kind = Kind { name: "merchants", head: ["ACCOUNTS", "ENDPOINTS"], own };

#[derive(clap::Subcommand)]
pub(super) enum Command {
    #[command(flatten)]
    Item(managed::Command),
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
    /// Its fixed codes (码牌), at which payers type the amount.
    Plate {
        #[command(subcommand)]
        command: plate::Command,
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

fn pair(text: &str) -> Result<(String, String), &'static str> {
    let (id, url) = text.split_once('=').ok_or("must be ID=URL")?;
    Ok((id.into(), url.into()))
}

pub(super) async fn run(command: Command) -> anyhow::Result<()> {
    match command {
        Command::Item(command) => MERCHANTS.run(command).await,
        Command::Add { name, accounts, endpoints, file, keep, reach } => {
            let body = match file {
                Some(file) => section::read(&file, "merchants", &name)?,
                None => typed(&accounts, &endpoints),
            };
            MERCHANTS.put(&reach, &name, keep, &body).await
        }
        Command::Key { command } => key(command).await,
        Command::Endpoint { command } => endpoint(command).await,
        Command::Plate { command } => plate::run(command).await,
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

fn own(settings: &Value) -> [String; 2] {
    let endpoints = settings["endpoints"].as_array().into_iter().flatten();
    let endpoints: Vec<_> = endpoints.map(|it| text(it, "id")).collect();
    [texts(&settings["accounts"]), endpoints.join(", ")]
}

pub(super) async fn act(
    reach: &Reach,
    method: Method,
    path: &str,
    body: Option<&Value>,
) -> anyhow::Result<()> {
    let path = format!("/admin/v1/merchants/{path}");
    let answer = reach.open()?.send(method, &path, &[], body).await?;
    told(&reach.out(), &answer)
}
