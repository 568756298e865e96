//! How merchants are settled: each word is looked at, and the days on which nobody works.

use paymux_core::route::Day;
use paymux_core::settlement::Period;

use super::bad_files::{MERCHANT, check};
use super::parse;

#[test]
fn settlements_are_checked_each() {
    let text = format!(
        r#"{MERCHANT}
        [merchants.m.settlement]
        days = 31
        cutoff = "24:00"
        zone = "Asia/Shanghai"
        holidays = "2026-02-30"
        min = "0.001"
        schedule = "weekly"
        confirm = "nobody"
        approve_above = 5
        [merchants.m.settlement.payout]
        account = "b"
        payee_type = "friend"
        payee = "a b"
        payee_name = ""
        title = "{}"
        colour = "red"
        "#,
        "x".repeat(33)
    );
    check(
        &text,
        &[
            "9: merchants.m.settlement.days: must be a whole number, 0 to 30",
            "10: merchants.m.settlement.cutoff: must be a time of day, such as \"22:00\"",
            "11: merchants.m.settlement.zone: must be what its clock is ahead of UTC, such as \
             \"+08:00\"",
            "12: merchants.m.settlement.holidays: line 1: must be a date, such as \
             \"2026-10-01\", or one with \"work\" behind it",
            "13: merchants.m.settlement.min: must be an amount in quotes, such as \"12.50\"",
            "14: merchants.m.settlement.schedule: must be \"daily\" or \"request\"",
            "15: merchants.m.settlement.confirm: must be \"automatic\" or \"person\"",
            "16: merchants.m.settlement.approve_above: must be text in quotes",
            "18: merchants.m.settlement.payout.account: is not one of the merchant's accounts",
            "19: merchants.m.settlement.payout.payee_type: must be \"openid\" or \"user_id\" or \
             \"logon_id\" or \"bank_card\"",
            "20: merchants.m.settlement.payout.payee: must be 1 to 128 characters of ASCII, \
             without blanks",
            "21: merchants.m.settlement.payout.payee_name: must be 1 to 64 characters, none of \
             them a control character",
            "22: merchants.m.settlement.payout.title: must be 1 to 32 characters, none of them a \
             control character",
            "23: merchants.m.settlement.payout.colour: is not a setting; there are: account, \
             payee_type, payee, payee_name, payee_bank, title, scene",
        ],
    );
}

#[test]
fn a_date_is_a_holiday_once() {
    let text = format!(
        "{MERCHANT}\n[merchants.m.settlement]\nholidays = \"\"\"\n2026-10-01\n2026-10-01 work\n\"\"\"\n"
    );
    check(&text, &["9: merchants.m.settlement.holidays: has a date twice, in its line 2"]);
}

#[test]
fn settlements_have_defaults_of_their_own() {
    let text = format!(
        r#"{MERCHANT}
        [merchants.m.settlement]
        holidays = """
        # The new year
        2026-01-01
        2026-01-04 work
        """
        zone = "-03:30"
        cutoff = "22:15"
        min = "1.00"
        "#
    );
    let settings = parse(&text).unwrap();
    let merchant = settings.merchants.values().next().unwrap();
    let terms = merchant.settlement.as_ref().unwrap();
    let period = Period { days: 1, cutoff_minutes: 22 * 60 + 15, offset_minutes: -210 };
    assert_eq!((terms.period, terms.min), (period, 100));
    assert!(!terms.on_request && !terms.automatic && terms.payout.is_none());
    assert!(!terms.calendar.is_workday(Day(20_454)) && terms.calendar.is_workday(Day(20_457)));
}
