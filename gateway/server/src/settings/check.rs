//! `paymux config check`: reads a file, opens every account, and tells all that is wrong.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use std::sync::Arc;

use paymux_channel::{Channel, Plugin, SettingsError};
use paymux_core::AccountId;

use super::managed::Book;
use super::nearest::suggestion;
use super::url::Url;
use super::{Account, Driver, Endpoint, Environment, Place, Problem, Problems, Settings, rules};
use crate::courier::amqp::Target;
use crate::outbound;

pub type Channels = BTreeMap<AccountId, Arc<dyn Channel>>;

/// What a good file says, for the person who asked.
#[derive(Clone, Debug)]
pub struct Summary {
    lines: Vec<(&'static str, String)>,
    /// What is allowed and yet unlikely to be meant.
    pub warnings: Vec<Problem>,
}

pub fn check(path: &Path, plugins: &[&dyn Plugin]) -> Result<Summary, Problems> {
    let (settings, _) = open(path, plugins)?;
    Ok(Summary { lines: lines(&settings), warnings: warnings(&settings, path) })
}

/// Loads the file and opens its accounts, so that both kinds of problems come at once.
pub fn open(path: &Path, plugins: &[&dyn Plugin]) -> Result<(Settings, Channels), Problems> {
    open_with(path, plugins, &Book::default())
}

/// The same with what the store has of it.
pub(crate) fn open_with(
    path: &Path,
    plugins: &[&dyn Plugin],
    book: &Book,
) -> Result<(Settings, Channels), Problems> {
    open_accounts(Settings::load_partly(path, book)?, plugins)
}

/// The same for settings that are no file.
pub fn open_text(
    text: &str,
    name: &str,
    environment: &Environment<'_>,
    plugins: &[&dyn Plugin],
) -> Result<(Settings, Channels), Problems> {
    let book = Book::default();
    open_accounts(Settings::parse_partly(text, name, Path::new(""), environment, &book)?, plugins)
}

fn open_accounts(
    (settings, mut problems): (Settings, Vec<Problem>),
    plugins: &[&dyn Plugin],
) -> Result<(Settings, Channels), Problems> {
    let mut channels = Channels::new();
    for (id, account) in &settings.accounts {
        match open_account(&settings, id, account, plugins) {
            Ok(channel) => drop(channels.insert(id.clone(), channel)),
            Err(found) => add_new(&mut problems, found),
        }
    }
    problems.extend(rules::check_channels(&settings, &channels));
    problems.sort_by(|a, b| (&a.file, a.line).cmp(&(&b.file, b.line)));
    if problems.is_empty() { Ok((settings, channels)) } else { Err(Problems(problems)) }
}

fn open_account(
    settings: &Settings,
    id: &AccountId,
    account: &Account,
    plugins: &[&dyn Plugin],
) -> Result<Arc<dyn Channel>, Vec<Problem>> {
    let Some(plugin) = plugins.iter().find(|it| it.kind() == account.channel) else {
        let kinds: Vec<_> = plugins.iter().map(|it| it.kind()).collect();
        let hint = suggestion(&account.channel, &kinds);
        let Place { file, line } = settings.place(id, "channel");
        let (key, problem) = (format!("accounts.{id}.channel"), format!("is no channel; {hint}"));
        return Err(vec![Problem { file, line, key, problem }]);
    };
    let opened = plugin.open(&account.settings, &[]).and_then(presentable);
    opened.map_err(|errors| errors.iter().map(|it| settings.problem(id, it)).collect())
}

/// The plugin knows what its channel asks for, and TLS whether it can be shown.
fn presentable(channel: Arc<dyn Channel>) -> Result<Arc<dyn Channel>, Vec<SettingsError>> {
    let shown = channel.client_certificate().map_or(Ok(()), outbound::is_presentable);
    let problem = |it: rustls::Error| {
        vec![SettingsError { key: "certificate".into(), problem: format!("cannot be shown: {it}") }]
    };
    shown.map(|()| channel).map_err(problem)
}

/// A value that could not be read is missing for the plugin: that is known already.
fn add_new(problems: &mut Vec<Problem>, mut found: Vec<Problem>) {
    let of = |one: &str, other: &str| one == other || one.starts_with(&format!("{other}["));
    found.retain(|new| !problems.iter().any(|it| of(&it.key, &new.key)));
    problems.append(&mut found);
}

fn lines(settings: &Settings) -> Vec<(&'static str, String)> {
    let Settings { server, accounts, merchants, .. } = settings;
    let endpoints = merchants.iter().flat_map(|(id, merchant)| {
        merchant.endpoints.iter().map(move |it| format!("{id}/{}", it.id))
    });
    let store = match &settings.store.driver {
        Driver::Memory => "memory".into(),
        Driver::Sqlite { path } => format!("sqlite, {}", path.display()),
        // Nothing of the url, which may hold a password.
        Driver::Postgres(it) => format!("postgres, {} connections", it.options.connections),
    };
    let sets = &settings.routing.sets;
    let shadows = counted(sets.shadows.iter().map(|it| it.name.clone()));
    let rules = format!("{}, shadow rule sets: {shadows}", sets.live.rules.rules.len());
    vec![
        ("public", format!("{}, known as {}", server.public, server.public_url)),
        ("admin", server.admin.to_string()),
        ("ops", server.ops.to_string()),
        ("store", store),
        ("accounts", counted(accounts.iter().map(|(id, it)| account(id, it)))),
        ("merchants", counted(merchants.keys().map(ToString::to_string))),
        ("endpoints", counted(endpoints)),
        ("rules", rules),
    ]
}

fn account(id: &AccountId, it: &Account) -> String {
    let retired = if it.retired { ", retired" } else { "" };
    format!("{id} ({}{retired})", it.channel)
}

/// How many there are, and which.
fn counted(names: impl Iterator<Item = String>) -> String {
    let names: Vec<_> = names.collect();
    let colon = if names.is_empty() { "" } else { ": " };
    format!("{}{colon}{}", names.len(), names.join(", "))
}

pub(super) fn warnings(settings: &Settings, path: &Path) -> Vec<Problem> {
    let mut warnings = vec![];
    let mut warn = |key: String, problem: &str| {
        let whole = Place { file: path.display().to_string(), line: 0 };
        let Place { file, line } = settings.places.of(&key).cloned().unwrap_or(whole);
        warnings.push(Problem { file, line, key, problem: problem.into() });
    };
    if settings.store.driver == Driver::Memory {
        warn("store.driver".into(), "keeps payments in memory: they are gone at exit");
    }
    if settings.merchants.is_empty() {
        warn("merchants".into(), "there are none: nobody can pay");
    }
    for id in unused_accounts(settings) {
        warn(format!("accounts.{id}"), "no merchant uses this account");
    }
    for (merchant, it) in &settings.merchants {
        for (index, account) in it.accounts.iter().enumerate() {
            if settings.accounts.get(account).is_some_and(|it| it.retired) {
                let key = format!("merchants.{merchant}.accounts[{index}]");
                warn(key, "is retired: it takes no new payment");
            }
        }
        for (index, endpoint) in it.endpoints.iter().enumerate() {
            let key = format!("merchants.{merchant}.endpoints[{index}].url");
            refusals(settings, endpoint).into_iter().for_each(|it| warn(key.clone(), &it));
        }
    }
    warnings.sort_by_key(|it| it.line);
    warnings
}

fn unused_accounts(settings: &Settings) -> impl Iterator<Item = &AccountId> {
    let used = |id: &AccountId| settings.merchants.values().any(|it| it.accounts.contains(id));
    settings.accounts.keys().filter(move |it| !used(it))
}

/// Why deliveries to this endpoint are going to be refused.
fn refusals(settings: &Settings, endpoint: &Endpoint) -> Vec<String> {
    let delivery = &settings.delivery;
    let mut refusals = vec![];
    if let Ok(broker) = Target::parse(&endpoint.url) {
        if !broker.secure && !delivery.allow_amqp {
            refusals.push("is amqp://, which `delivery.allow_amqp` forbids".into());
        }
        if !delivery.allow_private_addresses && !delivery.ports.contains(&broker.port) {
            refusals.push(format!("has port {}, which is not in `delivery.ports`", broker.port));
        }
        return refusals;
    }
    let Ok(url) = Url::parse(&endpoint.url) else { return vec![] };
    if !url.secure && !delivery.allow_http {
        refusals.push("is http://, which `delivery.allow_http` forbids".into());
    }
    if url.is_private() && !delivery.allow_private_addresses {
        let rule = "`delivery.allow_private_addresses`";
        refusals.push(format!("is at a private address, which {rule} forbids"));
    }
    if !delivery.allow_private_addresses && !delivery.ports.contains(&url.port) {
        refusals.push(format!("has port {}, which is not in `delivery.ports`", url.port));
    }
    refusals
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for warning in &self.warnings {
            writeln!(f, "warning: {warning}")?;
        }
        for (index, (name, value)) in self.lines.iter().enumerate() {
            let break_before = if index == 0 { "" } else { "\n" };
            write!(f, "{break_before}{name:<10}{value}")?;
        }
        Ok(())
    }
}
