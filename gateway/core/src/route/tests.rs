use std::collections::BTreeMap;
use std::sync::Arc;

use super::*;
use crate::id::{AttemptId, MerchantId, OrderNo};
use crate::money::{Currency, Money};
use crate::payment::Standing;
use crate::payment::tests::Story;
use crate::time::Timestamp;

mod props;

pub(super) fn id<T: std::str::FromStr<Err: std::fmt::Debug>>(text: &str) -> T {
    text.parse().unwrap()
}

pub(super) fn candidates() -> Vec<Candidate> {
    let candidate = |account: &str, channel: &str, methods: &[Method]| Candidate {
        account: id(account),
        channel: channel.into(),
        methods: methods.to_vec(),
        code_prefixes: prefixes(channel),
    };
    vec![
        candidate("ali-1", "alipay", &[Method::Qr, Method::Page, Method::Barcode]),
        candidate("wx-1", "wechat", &[Method::Qr, Method::Barcode]),
        candidate("ali-2", "alipay", &[Method::Qr]),
    ]
}

fn prefixes(channel: &str) -> Vec<String> {
    let prefixes = if channel == "alipay" { ["25", "30"] } else { ["10", "15"] };
    prefixes.map(str::to_owned).to_vec()
}

pub(super) struct Case {
    pub(super) rules: Rules,
    pub(super) method: Method,
    pub(super) channel: Option<&'static str>,
    pub(super) code_prefix: Option<&'static str>,
    pub(super) tried: Vec<AccountId>,
    pub(super) health: [Health; 3],
    pub(super) taken: [Taken; 3],
    pub(super) order_no: String,
}

impl Default for Case {
    fn default() -> Self {
        Self {
            rules: Rules::default(),
            method: Method::Qr,
            channel: None,
            code_prefix: None,
            tried: vec![],
            health: [Health::Fit; 3],
            taken: [Taken::default(); 3],
            order_no: "order-1".into(),
        }
    }
}

impl Case {
    pub(super) fn decide(&self) -> Decision {
        let merchant: MerchantId = id("shop");
        let order_no: OrderNo = id(&self.order_no);
        let metadata = BTreeMap::new();
        let facts = Facts {
            merchant: &merchant,
            method: self.method,
            channel: self.channel,
            amount: Money::new(8_888, Currency::Cny).unwrap(),
            user_agent: None,
            code_prefix: self.code_prefix,
            client_ip: None,
            metadata: &metadata,
            now: Timestamp(0),
            local: LocalTime::new(0, 12, 0),
            draw: Draw::of(&merchant, Some(&order_no)),
            tried: &self.tried,
        };
        let candidates = candidates();
        let contenders = candidates.iter().zip(self.health.iter().zip(&self.taken));
        let contenders: Vec<_> = contenders
            .map(|(candidate, (health, taken))| Contender {
                candidate,
                health: *health,
                taken: *taken,
            })
            .collect();
        decide(&self.rules, &facts, &contenders)
    }

    fn check(&self, expect: &str) {
        assert_eq!(self.decide().to_string(), expect);
    }
}

/// `ali-1*70 wx-1*30 ali-2@1`: a weight behind `*`, a priority behind `@`.
pub(super) fn rule(name: &str, targets: &str) -> Rule {
    let target = |it: &str| {
        let (it, priority) = it.split_once('@').unwrap_or((it, "0"));
        let (account, weight) = it.split_once('*').unwrap_or((it, "1"));
        Target { account: id(account), priority: id(priority), weight: id(weight) }
    };
    Rule {
        name: name.into(),
        when: Conditions::default(),
        targets: targets.split(' ').map(target).collect(),
        otherwise: Otherwise::Refuse,
    }
}

fn rules(rules: impl IntoIterator<Item = Rule>) -> Rules {
    Rules { rules: rules.into_iter().collect(), ..Rules::default() }
}

#[test]
fn without_rules_the_first_that_can_take_it_does() {
    let check = |method, channel, tried: &[&str], expect: &str| {
        let tried = tried.iter().map(|it| id(it)).collect();
        let case = Case { method, channel, tried, ..Case::default() };
        case.check(&format!("by preference: {expect}"));
    };
    let (qr, page, h5) = (Method::Qr, Method::Page, Method::H5);
    check(qr, None, &[], "ali-1 chosen, wx-1 not_needed, ali-2 not_needed");
    check(qr, Some("wechat"), &[], "ali-1 other_channel, wx-1 chosen, ali-2 other_channel");
    check(
        page,
        Some("wechat"),
        &[],
        "ali-1 other_channel, wx-1 method_not_offered, ali-2 other_channel",
    );
    check(qr, Some("alipay"), &["ali-1"], "ali-1 already_tried, wx-1 other_channel, ali-2 chosen");
    check(qr, None, &["ali-1", "wx-1"], "ali-1 already_tried, wx-1 already_tried, ali-2 chosen");
    let not_offered = "method_not_offered";
    let none = format!("ali-1 {not_offered}, wx-1 {not_offered}, ali-2 {not_offered}");
    check(h5, None, &[], &none);
    let none = "ali-1 other_channel, wx-1 other_channel, ali-2 other_channel";
    check(qr, Some("paypal"), &[], none);
}

#[test]
fn a_code_that_is_shown_names_its_wallet() {
    let check = |method, code_prefix, expect: &str| {
        let case = Case { method, code_prefix, ..Case::default() };
        case.check(&format!("by preference: {expect}"));
    };
    let barcode = Method::Barcode;
    let last = "ali-2 method_not_offered";
    check(barcode, Some("100000"), &format!("ali-1 other_wallet, wx-1 chosen, {last}"));
    check(barcode, Some("300000"), &format!("ali-1 chosen, wx-1 other_wallet, {last}"));
    check(barcode, Some("990000"), &format!("ali-1 other_wallet, wx-1 other_wallet, {last}"));
    check(barcode, None, &format!("ali-1 chosen, wx-1 not_needed, {last}"));
    // Nobody shows a code to a page; whoever asks about both means the page.
    check(
        Method::Page,
        Some("1"),
        "ali-1 chosen, wx-1 method_not_offered, ali-2 method_not_offered",
    );
}

#[test]
fn health_comes_before_priority() {
    use Health::{Fit, Probation, Shut};
    let check = |health, order_no: &str, expect: &str| {
        let rules = rules([rule("r", "ali-1 wx-1@1 ali-2@2")]);
        let case = Case { rules, health, order_no: order_no.into(), ..Case::default() };
        case.check(&format!("by rule r: {expect}"));
    };
    let usual = "order-1";
    check([Fit, Fit, Fit], usual, "ali-1 chosen, wx-1 not_needed, ali-2 not_needed");
    check([Shut, Fit, Fit], usual, "ali-1 shut, wx-1 chosen, ali-2 not_needed");
    check([Probation, Fit, Fit], usual, "ali-1 probation, wx-1 chosen, ali-2 not_needed");
    check([Fit, Probation, Fit], usual, "ali-1 chosen, wx-1 not_needed, ali-2 not_needed");
    check([Probation, Shut, Shut], usual, "ali-1 chosen, wx-1 shut, ali-2 shut");
    check([Probation, Probation, Shut], usual, "ali-1 chosen, wx-1 not_needed, ali-2 shut");
    check([Shut, Shut, Shut], usual, "ali-1 shut, wx-1 shut, ali-2 shut");
    let waits = |health, tried: &[&str]| {
        let tried = tried.iter().map(|it| id(it)).collect();
        Case { health, tried, ..Case::default() }.decide().waits_for_health()
    };
    assert!(waits([Shut, Shut, Shut], &[]) && waits([Shut, Fit, Fit], &["wx-1", "ali-2"]));
    assert!(!waits([Shut, Fit, Fit], &[]) && !waits([Fit; 3], &["ali-1", "wx-1", "ali-2"]));
    let trickle = |it: &String| {
        let health = [Probation, Fit, Fit];
        let case = Case { health, order_no: it.clone(), ..Case::default() };
        case.decide().chosen == Some(id("ali-1"))
    };
    let orders: Vec<_> = (0..3_200).map(|it| format!("order-{it}")).collect();
    let trickled = orders.iter().filter(|it| trickle(it)).count();
    assert!((70..130).contains(&trickled), "about one in {TRICKLE}: {trickled}");
    assert!(!trickle(&usual.into()));
}

#[test]
fn a_rule_that_cannot_refuses_or_goes_on() {
    let strict = rule("strict", "ali-2");
    let open = Rule { otherwise: Otherwise::Next, ..rule("open", "ali-2") };
    let zero = rule("zero", "ali-1*0 wx-1");
    let check = |list: Vec<Rule>, expect: &str| {
        let case = Case { rules: rules(list), tried: vec![id("ali-2")], ..Case::default() };
        case.check(expect);
    };
    check(
        vec![strict.clone(), zero.clone()],
        "by rule strict: ali-1 not_a_target, wx-1 not_a_target, ali-2 already_tried",
    );
    check(
        vec![open.clone(), zero.clone()],
        "by rule zero: ali-1 no_weight, wx-1 chosen, ali-2 already_tried",
    );
    check(vec![open], "by preference: ali-1 chosen, wx-1 not_needed, ali-2 already_tried");
    let others = Conditions { merchants: vec![id("other")], ..Conditions::default() };
    let elsewhere = Rule { when: others, ..strict };
    check(vec![elsewhere, zero], "by rule zero: ali-1 no_weight, wx-1 chosen, ali-2 already_tried");
}

#[test]
fn limits_hold_to_the_cent() {
    let limits = || Limits {
        currency: Currency::Cny,
        min: None,
        max: None,
        daily_amount: None,
        daily_count: None,
        maintenance: vec![],
    };
    let check = |limits: Limits, count: i64, amount: i64, expect: &str| {
        let limits = Arc::new(BTreeMap::from([(id("ali-1"), limits)]));
        let first = Taken { count, amount };
        let taken = [first, Taken::default(), Taken::default()];
        let rules = Rules { limits, ..Rules::default() };
        let decision = Case { rules, taken, ..Case::default() }.decide();
        assert_eq!(decision.considered[0].reason.name(), expect);
    };
    check(limits(), i64::MAX, i64::MAX, "chosen");
    check(Limits { min: Some(8_888), ..limits() }, 0, 0, "chosen");
    check(Limits { min: Some(8_889), ..limits() }, 0, 0, "below_minimum");
    check(Limits { max: Some(8_888), ..limits() }, 0, 0, "chosen");
    check(Limits { max: Some(8_887), ..limits() }, 0, 0, "above_maximum");
    check(Limits { daily_amount: Some(10_000), ..limits() }, 5, 1_112, "chosen");
    check(Limits { daily_amount: Some(10_000), ..limits() }, 5, 1_113, "daily_amount");
    check(Limits { daily_amount: Some(10_000), ..limits() }, 5, i64::MAX, "daily_amount");
    check(Limits { daily_count: Some(3), ..limits() }, 2, 0, "chosen");
    check(Limits { daily_count: Some(3), ..limits() }, 3, 0, "daily_count");
    let hkd = Limits { currency: Currency::Hkd, ..limits() };
    check(hkd.clone(), 0, 0, "chosen");
    check(Limits { max: Some(i64::MAX), ..hkd }, 0, 0, "other_currency");
    let noon = Weekly::new(&[0], 720, 721).map(Window::Weekly).unwrap();
    check(Limits { maintenance: vec![noon], ..limits() }, 0, 0, "maintenance");
    let once = |from, until| Window::Once { from: Timestamp(from), until: Timestamp(until) };
    check(Limits { maintenance: vec![once(0, 1)], ..limits() }, 0, 0, "maintenance");
    check(Limits { maintenance: vec![once(-1, 0), once(1, 2)], ..limits() }, 0, 0, "chosen");
}

#[test]
fn what_ends_unpaid_gives_its_share_back() {
    let standing = |it: &Standing| {
        let mut payment = Story::with("").payment;
        let attempt = AttemptId { payment: payment.id, number: 1 };
        payment.attempts.push(crate::payment::Attempt {
            id: attempt,
            account: id("ali-1"),
            way: crate::payment::tests::way(Method::Qr),
            till: None,
            superseded: false,
            recheck: None,
            standing: it.clone(),
            dispatched_at: Timestamp(7),
            sends: 1,
            action: None,
            receipt: None,
            fees: vec![],
        });
        payment
    };
    let takes = [Standing::InDoubt, Standing::Pending, Standing::Abandoned, Standing::Paid];
    let refusal = crate::payment::Refusal { code: String::new(), message: String::new() };
    let gives = [Standing::Unsent, Standing::Refused(refusal), Standing::Closed];
    let check = |before: &[AttemptId], after: &Standing, expect: i64| {
        let after = standing(after);
        let amount = after.order.amount.minor();
        let shifts = shifts(before, &after);
        let sums = shifts.iter().fold(Taken::default(), |sum, it| sum.plus(it.taken));
        assert_eq!(sums, Taken { count: expect, amount: expect * amount });
        assert!(shifts.iter().all(|it| it.dispatched_at == Timestamp(7)));
    };
    for before in &takes {
        let counted = standing(before).taking();
        takes.iter().for_each(|after| check(&counted, after, 0));
        gives.iter().for_each(|after| check(&counted, after, -1));
    }
    for before in &gives {
        let counted = standing(before).taking();
        // Money after closing is money.
        takes.iter().for_each(|after| check(&counted, after, 1));
        gives.iter().for_each(|after| check(&counted, after, 0));
    }
    takes.iter().for_each(|after| check(&[], after, 1));
}
