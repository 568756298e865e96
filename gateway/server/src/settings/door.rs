//! Doors for systems that speak another gateway's protocol; without its section a merchant has
//! none.

use std::sync::Arc;

use paymux_channel::Secret;
use paymux_core::schedule::Schedule;

use super::Door;
use super::endpoint;
use super::item::Item;
use super::merchant::Merchants;
use super::section::Section;
use crate::doors::{EPAY, Epay, JEEPAY, Jeepay, name};

/// MD5 alone stands between a stranger and the merchant's payments: a short secret is guessed.
const MIN_SECRET_CHARS: usize = 16;
const MAX_SECRET_CHARS: usize = 256;
const MAX_PID_DIGITS: usize = 20;
const MAX_NUMBER_CHARS: usize = 64;

/// Also whether there is one, whatever is wrong with it: who has it needs no key beside.
pub(super) fn doors(read: &mut Section<'_>, merchants: &mut Merchants<'_>) -> (Vec<Door>, bool) {
    let epay = read.present("epay", |it| epay(it, merchants));
    let jeepay = read.present("jeepay", |it| jeepay(it, merchants));
    let any = epay.is_some() || jeepay.is_some();
    (epay.flatten().into_iter().chain(jeepay.flatten()).collect(), any)
}

fn epay(read: &mut Section<'_>, merchants: &mut Merchants<'_>) -> Option<Door> {
    let item = read.required("pid");
    let pid = item.as_ref().and_then(|it| number(it, pid));
    let money = [("plain", false), ("fixed", true)];
    let fixed = read.optional("money").and_then(|it| it.word(&money)).unwrap_or_default();
    let (key, schedule) = common(read, merchants);
    let (item, party, key) = (item?, pid?, key?);
    merchants.party(&item, format!("{EPAY} {party}"));
    let words = Arc::new(Epay { pid: party.clone(), key: key.clone(), fixed });
    Some(Door { name: name(EPAY), party, key, schedule, words })
}

fn jeepay(read: &mut Section<'_>, merchants: &mut Merchants<'_>) -> Option<Door> {
    let mch_no = read.required("mch_no").and_then(|it| number(&it, plain));
    let item = read.required("app_id");
    let app_id = item.as_ref().and_then(|it| number(it, plain));
    let (key, schedule) = common(read, merchants);
    let (item, mch_no, app_id, key) = (item?, mch_no?, app_id?, key?);
    let party = format!("{mch_no}/{app_id}");
    merchants.party(&item, format!("{JEEPAY} {party}"));
    let words = Arc::new(Jeepay { mch_no, app_id, key: key.clone() });
    Some(Door { name: name(JEEPAY), party, key, schedule, words })
}

fn common(read: &mut Section<'_>, merchants: &mut Merchants<'_>) -> (Option<Secret>, Schedule) {
    let key = read.required("secret").and_then(|it| merchants.secret(&it, secret));
    let schedule = read.optional("schedule").and_then(|it| endpoint::schedule(&it));
    (key, schedule.unwrap_or_default())
}

fn secret(text: &str) -> Result<Secret, String> {
    let long = (MIN_SECRET_CHARS..=MAX_SECRET_CHARS).contains(&text.len());
    if long && text.bytes().all(|it| it.is_ascii_graphic()) {
        return Ok(Secret::new(text));
    }
    Err(format!("must be {MIN_SECRET_CHARS} to {MAX_SECRET_CHARS} printable ASCII characters"))
}

fn number(item: &Item<'_>, rule: fn(&str) -> Result<(), String>) -> Option<String> {
    item.parsed(|it| rule(it).map(|()| it.to_owned()))
}

fn pid(text: &str) -> Result<(), String> {
    let digits = text.bytes().all(|it| it.is_ascii_digit());
    let fits = (1..=MAX_PID_DIGITS).contains(&text.len());
    if digits && fits { Ok(()) } else { Err(format!("must be 1 to {MAX_PID_DIGITS} digits")) }
}

fn plain(text: &str) -> Result<(), String> {
    let plain = text.bytes().all(|it| it.is_ascii_alphanumeric() || b"_-".contains(&it));
    let fits = (1..=MAX_NUMBER_CHARS).contains(&text.len());
    let problem = format!("must be 1 to {MAX_NUMBER_CHARS} of A-Z a-z 0-9 _ -");
    if plain && fits { Ok(()) } else { Err(problem) }
}
