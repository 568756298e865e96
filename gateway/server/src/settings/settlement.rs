//! How a merchant is settled: when, how much at least, by whom, and to where.

use std::collections::BTreeSet;

use jiff::civil::Date;
use paymux_core::route::Day;
use paymux_core::settlement::{Calendar, Period};
use paymux_core::transfer::{Payee, PayeeKind, Scene};
use paymux_core::{AccountId, Currency};
use paymux_engine::snapshot::{Payout, SettlementTerms};

use super::item::Item;
use super::reference::References;
use super::rules::{amount, currency};
use super::section::Section;

/// The longest that channels themselves take.
const MAX_DAYS: u8 = 30;
/// Some decades of them.
const MAX_HOLIDAYS: usize = 2000;
const DEFAULT_TITLE: &str = "Settlement";
/// WeChat Pay's longest.
const MAX_TITLE_CHARS: usize = 32;
const MAX_NAME_CHARS: usize = 64;
const MAX_IDENTITY: usize = 128;
const MAX_SCENE_CHARS: usize = 32;

/// `accounts` are the merchant's own.
pub(super) fn settlement(
    read: &mut Section<'_>,
    accounts: &[AccountId],
    references: &References<'_>,
) -> Option<SettlementTerms> {
    read.present("settlement", |it| terms(it, accounts, references))
}

fn terms(
    read: &mut Section<'_>,
    accounts: &[AccountId],
    references: &References<'_>,
) -> SettlementTerms {
    let currency = read.optional("currency").map_or(Some(Currency::Cny), |it| currency(&it));
    let currency = currency.unwrap_or(Currency::Cny);
    let words = [("daily", false), ("request", true)];
    let on_request = read.optional("schedule").and_then(|it| it.word(&words));
    let words = [("automatic", true), ("person", false)];
    let automatic = read.optional("confirm").and_then(|it| it.word(&words));
    let mut whole = |key| read.optional(key).and_then(|it| amount(&it, currency));
    let (min, approve_above) = (whole("min"), whole("approve_above"));
    SettlementTerms {
        currency,
        period: period(read),
        calendar: holidays(read, references),
        on_request: on_request.unwrap_or(false),
        min: min.unwrap_or(1),
        automatic: automatic.unwrap_or(false),
        approve_above,
        payout: read.present("payout", |it| payout(it, accounts)).flatten(),
    }
}

fn period(read: &mut Section<'_>) -> Period {
    let days = read.optional("days").and_then(|it| it.number(&(0..=MAX_DAYS)));
    let cutoff = read.optional("cutoff").and_then(|it| it.parsed(minutes));
    let zone = read.optional("zone").and_then(|it| it.parsed(offset));
    let (cutoff_minutes, offset_minutes) = (cutoff.unwrap_or(0), zone.unwrap_or(8 * 60));
    Period { days: days.unwrap_or(1), cutoff_minutes, offset_minutes }
}

fn minutes(text: &str) -> Result<u16, &'static str> {
    let minutes = clock(text).filter(|it| *it < 24 * 60);
    minutes.ok_or("must be a time of day, such as \"22:00\"")
}

fn offset(text: &str) -> Result<i16, &'static str> {
    let sign = if text.starts_with('-') { -1 } else { 1 };
    let rest = text.strip_prefix(['+', '-']).and_then(clock);
    let minutes = rest.filter(|it| *it <= 14 * 60).and_then(|it| i16::try_from(it).ok());
    minutes.map(|it| sign * it).ok_or("must be what its clock is ahead of UTC, such as \"+08:00\"")
}

/// `HH:MM`
fn clock(text: &str) -> Option<u16> {
    let two = |it: &str| (it.len() == 2).then(|| it.parse::<u8>().ok()).flatten();
    let (hours, minutes) = text.split_once(':')?;
    let (hours, minutes) = (two(hours)?, two(minutes)?);
    (hours < 24 && minutes < 60).then(|| u16::from(hours) * 60 + u16::from(minutes))
}

fn holidays(read: &mut Section<'_>, references: &References<'_>) -> Calendar {
    let Some(item) = read.optional("holidays") else { return Calendar::default() };
    let Some(text) = item.open_text(references) else { return Calendar::default() };
    calendar(text.expose()).map_err(|it| item.problem(it)).unwrap_or_default()
}

/// A date on each line is a holiday, and with `work` behind it a day on which one works.
fn calendar(text: &str) -> Result<Calendar, String> {
    let mut it = Calendar { holidays: BTreeSet::new(), workdays: BTreeSet::new() };
    for (number, line) in (1..).zip(text.lines()) {
        let line = line.split('#').next().unwrap_or_default().trim();
        if line.is_empty() {
            continue;
        }
        let (date, works) = match line.split_once(char::is_whitespace) {
            Some((date, rest)) if rest.trim() == "work" => (date, true),
            Some(_) => return Err(wrong(number)),
            None => (line, false),
        };
        let day = day(date).ok_or_else(|| wrong(number))?;
        let fresh = !it.holidays.contains(&day) && !it.workdays.contains(&day);
        if !fresh {
            return Err(format!("has a date twice, in its line {number}"));
        }
        if works {
            it.workdays.insert(day)
        } else {
            it.holidays.insert(day)
        };
    }
    if it.holidays.len() + it.workdays.len() > MAX_HOLIDAYS {
        return Err(format!("has more than {MAX_HOLIDAYS} dates"));
    }
    Ok(it)
}

fn wrong(line: usize) -> String {
    format!("line {line}: must be a date, such as \"2026-10-01\", or one with \"work\" behind it")
}

fn day(text: &str) -> Option<Day> {
    let date: Date = text.parse().ok().filter(|it: &Date| it.to_string() == text)?;
    let epoch = Date::new(1970, 1, 1).ok()?;
    let days = epoch.until(date).ok()?.get_days();
    Some(Day(days))
}

/// `None` where nobody can tell who is paid.
fn payout(read: &mut Section<'_>, accounts: &[AccountId]) -> Option<Payout> {
    let account = read.required("account").and_then(|it| own(&it, accounts));
    let kinds = PayeeKind::ALL.map(|it| (it.name(), it));
    let kind = read.required("payee_type").and_then(|it| it.word(&kinds));
    let identity = read.required("payee").and_then(|it| it.parsed(identity));
    let name = read.optional("payee_name").and_then(|it| free(&it, MAX_NAME_CHARS));
    let bank = read.optional("payee_bank").and_then(|it| free(&it, MAX_NAME_CHARS));
    let title = read.optional("title").and_then(|it| free(&it, MAX_TITLE_CHARS));
    let scene = read.optional("scene").and_then(|it| free(&it, MAX_SCENE_CHARS));
    let title = title.unwrap_or_else(|| DEFAULT_TITLE.to_owned());
    let scene = scene.map(|id| Scene { id, reports: vec![] });
    let payee = Payee { kind: kind?, identity: identity?, name, bank };
    Some(Payout { account: account?, payee, title, scene })
}

fn own(item: &Item<'_>, accounts: &[AccountId]) -> Option<AccountId> {
    item.parsed(|name| {
        let own = accounts.iter().find(|it| it.as_str() == name);
        own.cloned().ok_or("is not one of the merchant's accounts")
    })
}

fn identity(text: &str) -> Result<String, String> {
    let fits = (1..=MAX_IDENTITY).contains(&text.len());
    let fits = fits && text.bytes().all(|it| it.is_ascii_graphic());
    let problem = || format!("must be 1 to {MAX_IDENTITY} characters of ASCII, without blanks");
    fits.then(|| text.to_owned()).ok_or_else(problem)
}

fn free(item: &Item<'_>, most: usize) -> Option<String> {
    item.parsed(|text| {
        let fits = (1..=most).contains(&text.chars().count());
        let fits = fits && !text.chars().any(char::is_control);
        let problem =
            || format!("must be 1 to {most} characters, none of them a control character");
        fits.then(|| text.to_owned()).ok_or_else(problem)
    })
}
