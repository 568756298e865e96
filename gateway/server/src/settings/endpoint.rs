//! A merchant's endpoint: where it is, who signs, how often it is tried.

use std::collections::BTreeMap;
use std::time::Duration;

use paymux_core::EndpointId;
use paymux_core::schedule::{MAX_ATTEMPTS, MAX_DELAY, Schedule};

use super::credential::WebhookSecret;
use super::item::Item;
use super::merchant::Merchants;
use super::section::Section;
use super::sections::DELIVERY_TIMEOUT;
use super::url::Url;
use super::{Ack, Endpoint};

/// The new one and the old one.
const MAX_SECRETS: usize = 2;

/// `ids` are this merchant's so far, with their lines.
pub(super) fn endpoint(
    read: &mut Section<'_>,
    ids: &mut BTreeMap<EndpointId, usize>,
    merchants: &mut Merchants<'_>,
) -> Option<Endpoint> {
    let id = read.required("id").and_then(|it| unique(&it, ids));
    let url = read.parsed("url", |it| Url::parse(it).map(|_| it.to_owned()));
    let secrets = secrets(read, merchants);
    let ack = read.optional("ack").and_then(|it| {
        it.word(&[("status", Ack::Status), ("success", Ack::Success)])
    });
    let schedule = read.optional("schedule").and_then(|it| schedule(&it));
    let timeout = read.optional("timeout").and_then(|it| it.duration(&DELIVERY_TIMEOUT));
    Some(Endpoint {
        id: id?,
        url: url?,
        secrets,
        ack: ack.unwrap_or(Ack::Status),
        schedule: schedule.unwrap_or_default(),
        timeout,
    })
}

fn unique(item: &Item<'_>, ids: &mut BTreeMap<EndpointId, usize>) -> Option<EndpointId> {
    let problem = "must be 1 to 40 of a-z, 0-9, - and _";
    let id: EndpointId = item.parsed(|it| it.parse().map_err(|_| problem))?;
    if let Some(line) = ids.insert(id.clone(), item.place.line) {
        item.problem(format!("is the id of this merchant's endpoint in line {line} already"));
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

fn schedule(item: &Item<'_>) -> Option<Schedule> {
    if item.is_list() {
        let pauses = item.list(MAX_ATTEMPTS);
        let range = Duration::ZERO..=MAX_DELAY;
        let pauses = pauses.iter().map(|it| it.duration(&range)).collect::<Option<Vec<_>>>()?;
        return Schedule::new(pauses).ok();
    }
    let presets = ["alipay", "alipay-classic", "wechat"].map(|it| (it, it));
    item.word(&presets).and_then(Schedule::preset)
}
