//! What holds of every decision, whatever the rules and the facts.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::*;

const ACCOUNTS: [&str; 4] = ["ali-1", "wx-1", "ali-2", "elsewhere"];
const MERCHANTS: [&str; 3] = ["shop", "inn", "bar"];

prop_compose! {
    fn conditions()(
        merchants in vec(select(&MERCHANTS[..]), 0..3),
        methods in vec(select(&Method::ALL[..]), 0..4),
        channels in vec(select(&["alipay", "wechat"][..]), 0..2),
        cny in any::<bool>(),
        min in proptest::option::of(0..10_i64),
        max in proptest::option::of(5..15_i64),
        agents in vec(select(&["micro", "micromessenger", "alipay"][..]), 0..3),
        codes in vec(select(&["1", "13", "28"][..]), 0..3),
        ips in vec(select(&["10.0.0.0/8", "10.1.0.0/16", "::/0"][..]), 0..3),
        times in vec((vec(0..7_u8, 0..3), 0..24_u16, 1..=24_u16), 0..3),
        metadata in proptest::option::of(vec(select(&["a", "b"][..]), 1..3)),
    ) -> Conditions {
        let currency = cny.then_some(Currency::Cny);
        let texts = |it: Vec<&str>| it.into_iter().map(str::to_owned).collect::<Vec<_>>();
        let times = times.iter().filter_map(|(days, from, until)| {
            Weekly::new(days, from * 60, until * 60)
        });
        Conditions {
            merchants: merchants.into_iter().map(id).collect(),
            methods,
            channels: texts(channels),
            currency,
            min: min.filter(|_| cny),
            max: max.filter(|_| cny),
            user_agents: texts(agents),
            code_prefixes: texts(codes),
            client_ips: ips.into_iter().map(id).collect(),
            times: times.collect(),
            metadata: metadata.map(|it| ("key".into(), texts(it))).into_iter().collect(),
        }
    }
}

prop_compose! {
    fn any_rule()(
        when in conditions(),
        targets in vec((select(&ACCOUNTS[..]), 0..3_u16, 0..4_u32), 1..5),
        next in any::<bool>(),
    ) -> Rule {
        let target = |(account, priority, weight): (&str, u16, u32)| {
            Target { account: id(account), priority, weight }
        };
        let otherwise = if next { Otherwise::Next } else { Otherwise::Refuse };
        let targets = targets.into_iter().map(target).collect();
        Rule { name: "r".into(), when, targets, otherwise }
    }
}

prop_compose! {
    fn limits()(
        min in proptest::option::of(0..10_i64),
        max in proptest::option::of(5..15_i64),
        daily in proptest::option::of(5..30_i64),
        count in proptest::option::of(0..4_i64),
        shut_at in proptest::option::of(0..24_u16),
    ) -> Limits {
        let window = shut_at.and_then(|it| Weekly::new(&[], it * 60, it * 60 + 60));
        let maintenance = window.map(Window::Weekly).into_iter().collect();
        Limits { currency: Currency::Cny, min, max, daily_amount: daily, daily_count: count,
                 maintenance }
    }
}

/// The facts that are owned; the rest is borrowed from here.
#[derive(Clone, Debug)]
struct Owned {
    merchant: MerchantId,
    method: Method,
    channel: Option<String>,
    amount: Money,
    user_agent: Option<String>,
    code: Option<String>,
    ip: Option<std::net::IpAddr>,
    metadata: BTreeMap<String, String>,
    local: (u8, u8),
    order_no: OrderNo,
    tried: Vec<AccountId>,
}

prop_compose! {
    fn any_facts()(
        merchant in select(&MERCHANTS[..]),
        method in select(&Method::ALL[..]),
        channel in proptest::option::of(select(&["alipay", "wechat"][..])),
        minor in 0..20_i64,
        currency in select(&[Currency::Cny, Currency::Hkd][..]),
        user_agent in proptest::option::of(select(&["MicroMessenger/8", "AlipayClient"][..])),
        code in proptest::option::of(select(&["101", "25", "28"][..])),
        ip in proptest::option::of(select(&["10.1.2.3", "10.2.0.1", "2001:db8::1"][..])),
        metadata in proptest::option::of(select(&["a", "b", "c"][..])),
        local in (0..7_u8, 0..24_u8),
        order_no in "[a-z]{1,8}",
        tried in vec(select(&ACCOUNTS[..3]), 0..2),
    ) -> Owned {
        Owned {
            merchant: id(merchant),
            method,
            channel: channel.map(str::to_owned),
            amount: Money::new(minor, currency).unwrap(),
            user_agent: user_agent.map(str::to_owned),
            code: code.map(str::to_owned),
            ip: ip.map(id),
            metadata: metadata.map(|it| ("key".into(), it.into())).into_iter().collect(),
            local,
            order_no: id(&order_no),
            tried: tried.into_iter().map(id).collect(),
        }
    }
}

impl Owned {
    fn facts(&self) -> Facts<'_> {
        Facts {
            merchant: &self.merchant,
            method: self.method,
            channel: self.channel.as_deref(),
            amount: self.amount,
            user_agent: self.user_agent.as_deref(),
            code_prefix: self.code.as_deref(),
            client_ip: self.ip,
            metadata: &self.metadata,
            now: Timestamp(0),
            local: LocalTime::new(self.local.0, self.local.1, 0),
            draw: Draw::of(&self.merchant, Some(&self.order_no)),
            tried: &self.tried,
        }
    }
}

fn state() -> impl Strategy<Value = [(Health, Taken); 3]> {
    let one = (select(&Health::ALL[..]), 0..4_i64, 0..30_i64);
    proptest::array::uniform3(
        one.prop_map(|(health, count, amount)| (health, Taken { count, amount })),
    )
}

/// Every account fits by the letter of the documentation, written down a second time.
fn fits(rules: &Rules, decision: &Decision, facts: &Facts<'_>, contender: &Contender<'_>) -> bool {
    let Candidate { account, channel, methods, .. } = contender.candidate;
    let named = decision.rule.is_none()
        || rules.rules.iter().any(|rule| {
            rule.when.mismatch(facts).is_none()
                && rule.targets.iter().any(|it| it.account == *account && it.weight > 0)
        });
    let limits = rules.limits.get(account).is_none_or(|it| {
        let amount = facts.amount.minor();
        let capped = it.min.or(it.max).or(it.daily_amount).or(it.daily_count).is_some();
        it.min.is_none_or(|it| amount >= it)
            && it.max.is_none_or(|it| amount <= it)
            && it.daily_amount.is_none_or(|it| contender.taken.amount + amount <= it)
            && it.daily_count.is_none_or(|it| contender.taken.count < it)
            && (!capped || facts.amount.currency() == it.currency)
            && it.maintenance.iter().all(|it| match it {
                Window::Once { .. } => true,
                Window::Weekly(weekly) => !weekly.contains(facts.local),
            })
    });
    let asked = facts.channel.is_none_or(|it| it == channel);
    let free = !facts.tried.contains(account) && contender.health != Health::Shut;
    let wallet = if contender.candidate.channel == "alipay" { ["25", "30"] } else { ["10", "15"] };
    let shown = facts.code_prefix.filter(|_| facts.method == Method::Barcode);
    let reads = shown.is_none_or(|code| wallet.iter().any(|it| code.starts_with(it)));
    named && limits && asked && free && reads && methods.contains(&facts.method)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn who_is_chosen_fits_and_who_fits_is_chosen(
        list in vec(any_rule(), 0..5),
        limits in limits(),
        facts in any_facts(),
        state in state(),
    ) {
        let limits = Arc::new(BTreeMap::from([(id("wx-1"), limits)]));
        let rules = Rules { rules: list, limits };
        let candidates = candidates();
        let contenders: Vec<_> = candidates.iter().zip(state)
            .map(|(candidate, (health, taken))| Contender { candidate, health, taken })
            .collect();
        let decision = decide(&rules, &facts.facts(), &contenders);
        let chosen = decision.considered.iter().filter(|it| it.reason == Reason::Chosen);
        prop_assert_eq!(chosen.map(|it| &it.account).collect::<Vec<_>>(),
                        decision.chosen.iter().collect::<Vec<_>>());
        prop_assert_eq!(decision.considered.len(), 3);
        for contender in &contenders {
            if decision.chosen.as_ref() == Some(&contender.candidate.account) {
                prop_assert!(fits(&rules, &decision, &facts.facts(), contender));
            }
            // By preference every fit account counts, so none is left where there is no route.
            if decision.chosen.is_none() && decision.rule.is_none() {
                prop_assert!(!fits(&rules, &decision, &facts.facts(), contender));
            }
        }
        // The same inputs decide alike.
        prop_assert_eq!(&decide(&rules, &facts.facts(), &contenders), &decision);
        // Rules that do not apply have no say.
        let mut fewer = rules.clone();
        fewer.rules.retain(|it| it.when.mismatch(&facts.facts()).is_none());
        prop_assert_eq!(&decide(&fewer, &facts.facts(), &contenders), &decision);
    }

    #[test]
    fn what_covers_a_rule_takes_all_of_it(
        wide in conditions(),
        narrow in conditions(),
        facts in any_facts(),
    ) {
        prop_assert!(wide.covers(&wide) && Conditions::default().covers(&narrow));
        let (wide_agrees, narrow_agrees) = (
            wide.mismatch(&facts.facts()).is_none(),
            narrow.mismatch(&facts.facts()).is_none(),
        );
        prop_assert!(!wide.covers(&narrow) || !narrow_agrees || wide_agrees);
    }

}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn weights_are_kept(first in 1..100_u32, second in 1..100_u32) {
        let rules = rules([rule("r", &format!("ali-1*{first} wx-1*{second}"))]);
        let mut case = Case { rules, ..Case::default() };
        let total = u64::from(first + second);
        let mut hits = 0;
        const ORDERS: u64 = 4_000;
        for number in 0..ORDERS {
            case.order_no = format!("order-{number}");
            let decision = case.decide();
            hits += u64::from(decision.chosen == Some(id("ali-1")));
            prop_assert!(decision.chosen.is_some() && decision.chosen != Some(id("ali-2")));
        }
        // Six standard deviations of a fair draw at the very most.
        let expected = ORDERS * u64::from(first) / total;
        prop_assert!(hits.abs_diff(expected) < 190, "{hits} of {expected}");
    }

    /// Who lost the first draw is drawn anew: the rest is shared by the weights that are left.
    #[test]
    fn what_is_left_is_drawn_by_what_is_left(weight in 1..50_u32) {
        let rules = rules([rule("r", &format!("ali-1*60 wx-1*{weight} ali-2*{weight}"))]);
        let mut hits = (0_u64, 0_u64);
        for number in 0..4_000 {
            let mut case = Case { rules: rules.clone(), ..Case::default() };
            case.order_no = format!("order-{number}");
            if case.decide().chosen == Some(id("ali-1")) {
                case.tried.push(id("ali-1"));
                hits.0 += u64::from(case.decide().chosen == Some(id("wx-1")));
                hits.1 += 1;
            }
        }
        prop_assert!((hits.0 * 2).abs_diff(hits.1) < 400, "{hits:?}");
    }
}
