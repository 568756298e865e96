//! The rules a snapshot holds, at home in their time zone: the live ones, and those that watch.

use std::collections::BTreeMap;
use std::net::IpAddr;

use jiff::Timestamp as Instant;
use jiff::tz::{TimeZone, offset};
use paymux_core::payment::{AuthCode, Method, Order, Payer, Way};
use paymux_core::route::{Contender, Day, Decision, Draw, Facts, LocalTime, Rules, decide};
use paymux_core::{AccountId, MerchantId, Money, OrderNo, Timestamp};

const DAY_SECONDS: i64 = 24 * 3600;

#[derive(Clone, Debug, Default)]
pub struct Routing {
    pub live: RuleSet,
    /// Decide beside the live ones and are counted, without any effect.
    pub shadows: Vec<RuleSet>,
}

#[derive(Clone, Debug)]
pub struct RuleSet {
    pub name: String,
    /// Where hours, weekdays and the days of the caps are told.
    pub zone: TimeZone,
    pub rules: Rules,
}

impl Default for RuleSet {
    /// China has one time and no summer time.
    fn default() -> Self {
        Self { name: "live".into(), zone: offset(8).to_time_zone(), rules: Rules::default() }
    }
}

/// What routing is asked: an order's, or made up by whoever wants an explanation.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    pub merchant: &'a MerchantId,
    /// Settles the draw.
    pub order_no: Option<&'a OrderNo>,
    pub method: Method,
    pub channel: Option<&'a str>,
    pub amount: Money,
    pub payer: &'a Payer,
    pub code_prefix: Option<&'a str>,
    pub metadata: &'a BTreeMap<String, String>,
    pub at: Timestamp,
}

impl<'a> Asked<'a> {
    pub fn of(order: &'a Order, way: &'a Way, at: Timestamp) -> Self {
        Self {
            merchant: &order.merchant,
            order_no: Some(&order.order_no),
            method: way.method,
            channel: way.channel.as_deref(),
            amount: order.amount,
            payer: &way.payer,
            code_prefix: way.payer.auth_code.as_ref().map(AuthCode::prefix),
            metadata: &order.metadata,
            at,
        }
    }
}

/// All that the rules say of one question.
#[derive(Clone, Debug)]
pub struct Explained {
    pub decision: Decision,
    /// Live rules before the one that decided, each with the condition that did not agree; none
    /// where it applied, could not, and went on.
    pub passed_over: Vec<(String, Option<&'static str>)>,
    pub shadows: Vec<(String, Decision)>,
}

impl Routing {
    pub fn explain(&self, asked: Asked<'_>, contenders: &[Contender<'_>]) -> Explained {
        let decision = self.live.decide(asked, contenders, &[]);
        let facts = self.live.facts(asked, &[]);
        let passed_over = self.live.rules.passed_over(&facts, decision.rule.as_deref());
        let passed_over = passed_over.map(|(rule, why)| (rule.to_owned(), why)).collect();
        let shadow = |it: &RuleSet| (it.name.clone(), it.decide(asked, contenders, &[]));
        Explained { passed_over, shadows: self.shadows.iter().map(shadow).collect(), decision }
    }
}

impl RuleSet {
    pub fn decide(
        &self,
        asked: Asked<'_>,
        contenders: &[Contender<'_>],
        tried: &[AccountId],
    ) -> Decision {
        decide(&self.rules, &self.facts(asked, tried), contenders)
    }

    pub fn facts<'a>(&self, asked: Asked<'a>, tried: &'a [AccountId]) -> Facts<'a> {
        Facts {
            merchant: asked.merchant,
            method: asked.method,
            channel: asked.channel,
            amount: asked.amount,
            user_agent: asked.payer.user_agent.as_deref(),
            code_prefix: asked.code_prefix,
            client_ip: asked.payer.client_ip.as_deref().and_then(|it| it.parse::<IpAddr>().ok()),
            metadata: asked.metadata,
            now: asked.at,
            local: self.local(asked.at),
            draw: Draw::of(asked.merchant, asked.order_no),
            tried,
        }
    }

    /// The date on the wall, counted from the epoch's.
    pub fn day(&self, at: Timestamp) -> Day {
        let offset = self.zone.to_offset(instant(at)).seconds();
        let seconds = at.as_secs().saturating_add(offset.into());
        Day(i32::try_from(seconds.div_euclid(DAY_SECONDS)).unwrap_or(i32::MAX))
    }

    fn local(&self, at: Timestamp) -> LocalTime {
        let local = self.zone.to_datetime(instant(at));
        let weekday = local.date().weekday().to_monday_zero_offset();
        let small = |it: i8| u8::try_from(it).unwrap_or(0);
        LocalTime::new(small(weekday), small(local.hour()), small(local.minute()))
    }
}

fn instant(at: Timestamp) -> Instant {
    Instant::from_millisecond(at.0).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(zone: TimeZone, at: &str, day: i32, local: (u8, u8, u8)) {
        let at: Instant = at.parse().unwrap();
        let set = RuleSet { zone, ..RuleSet::default() };
        let at = Timestamp(at.as_millisecond());
        let (weekday, hour, minute) = local;
        assert_eq!(set.day(at), Day(day));
        assert_eq!(set.local(at), LocalTime::new(weekday, hour, minute));
    }

    #[test]
    fn the_day_turns_at_midnight_on_the_wall() {
        let china = || RuleSet::default().zone;
        check(china(), "1970-01-01T15:59:59Z", 0, (3, 23, 59));
        check(china(), "1970-01-01T16:00:00Z", 1, (4, 0, 0));
        check(TimeZone::UTC, "1970-01-01T16:00:00Z", 0, (3, 16, 0));
        check(offset(-5).to_time_zone(), "1970-01-01T04:59:59.999Z", -1, (2, 23, 59));
        check(china(), "2026-11-21T16:30:00Z", 20_779, (6, 0, 30));
    }
}
