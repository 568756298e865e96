//! A merchant's endpoint: where it is, who signs, how often it is tried.

use std::collections::BTreeMap;
use std::time::Duration;

use paymux_core::EndpointId;
use paymux_core::schedule::{MAX_ATTEMPTS, MAX_DELAY, Schedule};
use paymux_engine::endpoint::{Ack, Login, WebhookSecret};

use super::Endpoint;
use super::item::Item;
use super::merchant::Merchants;
use super::problem::Place;
use super::section::Section;
use super::sections::DELIVERY_TIMEOUT;
use super::url::Url;
use crate::courier::amqp::{Target, is_broker};

/// The new one and the old one.
const MAX_SECRETS: usize = 2;

/// `ids` are this merchant's so far, with their lines.
pub(super) fn endpoint(
    read: &mut Section<'_>,
    ids: &mut BTreeMap<EndpointId, Place>,
    merchants: &mut Merchants<'_>,
) -> Endpoint {
    let id = read.required("id").and_then(|it| unique(&it, ids));
    let url = read.parsed("url", |it| url(it).map(|()| it.to_owned()));
    let login = login(read, url.as_deref().map(is_broker), merchants);
    let secrets = secrets(read, merchants);
    let ack = read
        .optional("ack")
        .and_then(|it| it.word(&[("status", Ack::Status), ("success", Ack::Success)]));
    let schedule = read.optional("schedule").and_then(|it| schedule(&it));
    let timeout = read.optional("timeout").and_then(|it| it.duration(&DELIVERY_TIMEOUT));
    Endpoint {
        id: id.unwrap_or_else(stand_in),
        url: url.unwrap_or_default(),
        login,
        secrets,
        ack: ack.unwrap_or(Ack::Status),
        schedule: schedule.unwrap_or_default(),
        timeout,
    }
}

fn url(text: &str) -> Result<(), String> {
    if is_broker(text) {
        return Target::parse(text).map(drop).map_err(|it| it.to_string());
    }
    Url::parse(text).map(drop).map_err(|it| it.to_string())
}

/// A broker wants to know who we are; a webhook must not.
fn login(read: &mut Section<'_>, broker: Option<bool>, merchants: &Merchants<'_>) -> Option<Login> {
    let (user, password) = (read.optional("user"), read.optional("password"));
    // Where the URL has a problem, it says nothing about these.
    if !broker? {
        for item in [user, password].into_iter().flatten() {
            item.problem("is for amqps:// and amqp:// alone");
        }
        return None;
    }
    if user.is_none() {
        read.problem("user", "is missing: a broker needs one");
    }
    if password.is_none() {
        read.problem("password", "is missing: a broker needs one");
    }
    let user = user?.text()?.to_owned();
    Some(Login { user, password: merchants.password(&password?)? })
}

/// In place of an id with a problem, so that the rest is still looked at; nobody will see it.
fn stand_in() -> EndpointId {
    "stand-in".parse().expect("it has the form of a name")
}

fn unique(item: &Item<'_>, ids: &mut BTreeMap<EndpointId, Place>) -> Option<EndpointId> {
    let problem = "must be 1 to 40 of a-z, 0-9, - and _";
    let id: EndpointId = item.parsed(|it| it.parse().map_err(|_| problem))?;
    if let Some(first) = ids.insert(id.clone(), item.place.clone()) {
        let line = first.line();
        item.problem(format!("is the id of this merchant's endpoint in {line} already"));
    }
    Some(id)
}

fn secrets(read: &mut Section<'_>, merchants: &mut Merchants<'_>) -> Vec<WebhookSecret> {
    let items = match (read.optional("secret"), read.optional("secrets")) {
        (Some(one), None) => vec![one],
        (None, Some(several)) => several.list(MAX_SECRETS),
        (Some(_), Some(several)) => {
            several.problem("stands beside `secret`: give one of the two");
            vec![]
        }
        (None, None) => {
            read.problem("secret", "is missing");
            vec![]
        }
    };
    items.iter().filter_map(|it| merchants.secret(it, WebhookSecret::parse)).collect()
}

pub(super) fn schedule(item: &Item<'_>) -> Option<Schedule> {
    if item.is_list() {
        let range = Duration::ZERO..=MAX_DELAY;
        let pauses = item.list(MAX_ATTEMPTS);
        return Schedule::new(pauses.iter().filter_map(|it| it.duration(&range)).collect()).ok();
    }
    let presets = ["alipay", "alipay-classic", "wechat", "epay", "jeepay"].map(|it| (it, it));
    item.word(&presets).and_then(Schedule::preset)
}
