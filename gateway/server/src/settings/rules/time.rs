//! Hours of the week, and windows of the calendar.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use paymux_core::Timestamp;
use paymux_core::route::{WEEKDAYS, Weekly, Window};

use super::super::item::Item;
use super::super::section::Section;

const DAY_MINUTES: u16 = 24 * 60;

/// `{ days = ["sat", "sun"], from = "22:00", until = "06:00" }`
pub(super) fn weekly(read: &mut Section<'_>) -> Option<Weekly> {
    let days = read.optional("days").map(|it| it.list(WEEKDAYS.len()));
    let words: Vec<_> = WEEKDAYS.into_iter().zip(0_u8..).collect();
    let days: Vec<_> = days.iter().flatten().filter_map(|it| it.word(&words)).collect();
    let [from, until] = ["from", "until"].map(|it| read.optional(it));
    let from = from.map_or(Some(0), |it| it.parsed(minute))?;
    let until = until.map_or(Some(DAY_MINUTES), |it| it.parsed(minute))?;
    let weekly = Weekly::new(&days, from, until);
    if weekly.is_none() {
        read.problem("from", "must be earlier than 24:00 and not the same time as `until`");
    }
    weekly
}

/// The same, or dates: `{ from = "2026-12-01 01:00", until = "2026-12-01 03:00" }`
pub(super) fn window(read: &mut Section<'_>, zone: &TimeZone) -> Option<Window> {
    let from = read.required("from")?;
    if from.text()?.contains(':') && !from.text()?.contains('-') {
        return weekly(read).map(Window::Weekly);
    }
    let until = read.required("until")?;
    let (begin, end) = (date(&from, zone)?, date(&until, zone)?);
    if end <= begin {
        until.problem("is not later than `from`");
    }
    Some(Window::Once { from: begin, until: end })
}

fn minute(text: &str) -> Result<u16, &'static str> {
    let two = |it: &str| (it.len() == 2).then(|| it.parse::<u8>().ok()).flatten();
    let time = text.split_once(':').and_then(|(hour, minute)| Some((two(hour)?, two(minute)?)));
    let time = time.filter(|it| it.1 < 60 && (it.0 < 24 || *it == (24, 0)));
    let time = time.ok_or("must be a time of day, such as \"22:00\"")?;
    Ok(u16::from(time.0) * 60 + u16::from(time.1))
}

fn date(item: &Item<'_>, zone: &TimeZone) -> Option<Timestamp> {
    let read = |text: &str| {
        let date = text.parse::<DateTime>().ok().filter(|_| text.contains(':'));
        let instant = date.and_then(|it| zone.to_timestamp(it).ok());
        instant.ok_or("must be a date and time, such as \"2026-12-01 01:00\"")
    };
    item.parsed(read).map(|it| Timestamp(it.as_millisecond()))
}
