//! How long a decision takes: `cargo run --release -p paymux-core --example route-decision`.

use std::collections::BTreeMap;
use std::hint::black_box;
use std::io::Write as _;
use std::time::Instant;

use paymux_core::payment::Method;
use paymux_core::route::{
    Candidate, Conditions, Contender, Draw, Facts, Health, LocalTime, Otherwise, Rule, Rules,
    Taken, Target, Weekly, decide,
};
use paymux_core::{AccountId, Currency, MerchantId, Money, OrderNo, Timestamp};

const DECISIONS: u32 = 20_000;

fn account(number: usize) -> AccountId {
    format!("account-{number}").parse().expect("a name")
}

/// Rules that look at most of the payment before they disagree.
fn rule(number: usize) -> Rule {
    let night = Weekly::new(&[5, 6], 22 * 60, 6 * 60).expect("hours");
    let when = Conditions {
        methods: vec![Method::Qr],
        currency: Some(Currency::Cny),
        min: Some(100),
        max: Some(1_000_000),
        times: vec![night],
        client_ips: vec!["10.0.0.0/8".parse().expect("a network")],
        user_agents: vec!["micromessenger".into()],
        metadata: BTreeMap::from([("rule".into(), vec![number.to_string()])]),
        ..Conditions::default()
    };
    let target = |it| Target { account: account(it), priority: 0, weight: 10 };
    Rule {
        name: format!("rule-{number}").into(),
        when,
        targets: (0..4).map(target).collect(),
        otherwise: Otherwise::Refuse,
    }
}

fn main() -> std::io::Result<()> {
    let candidates: Vec<_> = (0..8)
        .map(|it| Candidate {
            account: account(it),
            channel: "alipay".into(),
            methods: vec![Method::Qr],
            code_prefixes: vec![],
        })
        .collect();
    let contender =
        |candidate| Contender { candidate, health: Health::Fit, taken: Taken::default() };
    let contenders: Vec<_> = candidates.iter().map(contender).collect();
    for (many, hours) in [(0, 0), (10, 23), (100, 23), (1_000, 23), (1_000, 12)] {
        let rules = Rules { rules: (0..many).map(rule).collect(), ..Rules::default() };
        let nanos = measure(&rules, &contenders, many.saturating_sub(1), hours);
        let place = if hours == 23 { "the last applies" } else { "none applies" };
        writeln!(std::io::stdout(), "{many:>5} rules, {place}: {nanos} ns")?;
    }
    Ok(())
}

/// Of one decision.
#[expect(clippy::disallowed_methods, reason = "it measures")]
fn measure(rules: &Rules, contenders: &[Contender<'_>], last: usize, hour: u8) -> u128 {
    let merchant: MerchantId = "shop".parse().expect("a name");
    let order_no: OrderNo = "A-1".parse().expect("a number");
    let metadata = BTreeMap::from([("rule".to_owned(), last.to_string())]);
    let agent = "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/120 MicroMessenger/8.0";
    let facts = Facts {
        merchant: &merchant,
        method: Method::Qr,
        channel: None,
        amount: Money::new(8_888, Currency::Cny).expect("not negative"),
        user_agent: Some(agent),
        code_prefix: None,
        client_ip: "10.1.2.3".parse().ok(),
        metadata: &metadata,
        now: Timestamp(0),
        local: LocalTime::new(5, hour, 0),
        draw: Draw::of(&merchant, Some(&order_no)),
        tried: &[],
    };
    let begun = Instant::now();
    for _ in 0..DECISIONS {
        black_box(decide(black_box(rules), black_box(&facts), contenders));
    }
    begun.elapsed().as_nanos() / u128::from(DECISIONS)
}
