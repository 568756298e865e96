//! Rules: tables of questions and answers, the documentation's recipes, and every bad file.

mod bad_rules;

use std::collections::BTreeMap;

use paymux_core::payment::{Method, Payer};
use paymux_core::route::{Contender, Health, Taken};
use paymux_core::{AccountId, Currency, MerchantId, Money, OrderNo, Timestamp};
use paymux_engine::routing::Asked;
use paymux_sandbox::Credentials;

use super::super::check::{Channels, open};
use super::super::{Difference, Problems, Settings, looks};
use super::{Folder, environment};
use crate::route::candidates;
use crate::{install_crypto, registry};

const ACCOUNTS: [&str; 4] = ["alipay-main", "alipay-second", "wechat-main", "wechat-second"];

/// Two accounts at each channel; `shop` has all of them, `inn` all but the first.
fn write_settings(folder: &Folder) {
    let Credentials { alipay, wechat } = Credentials::demo();
    folder.write("keys/alipay.pem", &alipay.private_key_pem);
    folder.write("keys/alipay-public.pem", &alipay.alipay_public_key_pem);
    folder.write("keys/wechat.pem", &wechat.private_key_pem);
    folder.write("keys/wechat-public.pem", &wechat.public_key_pem);
    folder.write("keys/v3.txt", &wechat.api_v3_key);
    let mut text = "[routing]\nrules = \"rules.toml\"\n".to_owned();
    for account in ACCOUNTS {
        text += &if account.starts_with("alipay") {
            format!(
                "[accounts.{account}]\nchannel = \"alipay\"\napp_id = \"{}\"\n\
                 private_key = \"file:keys/alipay.pem\"\n\
                 alipay_public_key = \"file:keys/alipay-public.pem\"\n",
                alipay.app_id
            )
        } else {
            format!(
                "[accounts.{account}]\nchannel = \"wechat\"\napp_id = \"{}\"\nmch_id = \"{}\"\n\
                 merchant_serial = \"{}\"\nprivate_key = \"file:keys/wechat.pem\"\n\
                 api_v3_key = \"file:keys/v3.txt\"\npublic_key_id = \"{}\"\n\
                 public_key = \"file:keys/wechat-public.pem\"\n",
                wechat.app_id, wechat.mch_id, wechat.merchant_serial, wechat.public_key_id
            )
        };
    }
    let merchants = [("shop", &ACCOUNTS[..], "KEY"), ("inn", &ACCOUNTS[1..], "OTHER_KEY")];
    for (merchant, accounts, key) in merchants {
        folder.write(&format!("keys/{merchant}.txt"), environment(key).unwrap());
        text += &format!(
            "[merchants.{merchant}]\naccounts = {accounts:?}\n\
             api_keys = [\"file:keys/{merchant}.txt\"]\n"
        );
    }
    folder.write("paymux.toml", text);
}

/// Opens the settings with these files of rules; the first is `rules.toml`.
fn opened(folder: &Folder, files: &[(&str, &str)]) -> Result<(Settings, Channels), Problems> {
    install_crypto();
    write_settings(folder);
    for (name, text) in files {
        folder.write(name, text);
    }
    open(&folder.0.join("paymux.toml"), registry::PLUGINS)
}

/// `shop qr 88.00 at=2026-12-01T08:00+08:00 shut=wechat-main => rule split: …`
struct Question {
    merchant: MerchantId,
    method: Method,
    amount: Money,
    words: BTreeMap<String, String>,
    metadata: BTreeMap<String, String>,
}

impl Question {
    fn read(text: &str) -> Self {
        let mut words = text.split_whitespace();
        let mut word = || words.next().expect("merchant, method and amount");
        let (merchant, method, amount) = (word().parse().unwrap(), word(), word());
        let pairs = words.map(|it| it.split_once('=').expect("key=value"));
        let (metadata, words): (BTreeMap<_, _>, _) = pairs
            .map(|(key, value)| (key.to_owned(), value.to_owned()))
            .partition(|it| it.0.starts_with("metadata."));
        let metadata = metadata.into_iter();
        let metadata = metadata.map(|it| (it.0["metadata.".len()..].to_owned(), it.1)).collect();
        let words: BTreeMap<String, String> = words;
        let currency = words.get("currency").map_or(Currency::Cny, |it| it.parse().unwrap());
        let amount = Money::from_decimal(amount, currency).unwrap();
        let method = Method::from_name(method).unwrap();
        Self { merchant, method, amount, words, metadata }
    }

    fn word(&self, key: &str) -> Option<&str> {
        self.words.get(key).map(String::as_str)
    }

    fn health(&self, account: &AccountId) -> Health {
        let said =
            |key| self.word(key).is_some_and(|it| it.split(',').any(|it| it == account.as_str()));
        match (said("shut"), said("probation")) {
            (true, _) => Health::Shut,
            (false, true) => Health::Probation,
            (false, false) => Health::Fit,
        }
    }

    /// `taken.ACCOUNT=COUNT:AMOUNT`
    fn taken(&self, account: &AccountId) -> Taken {
        let said = self.word(&format!("taken.{account}")).map(|it| it.split_once(':').unwrap());
        said.map_or(Taken::default(), |(count, amount)| Taken {
            count: count.parse().unwrap(),
            amount: Money::from_decimal(amount, self.amount.currency()).unwrap().minor(),
        })
    }

    fn answer(&self, settings: &Settings, channels: &Channels) -> String {
        let payer = Payer {
            client_ip: self.word("ip").map(str::to_owned),
            user_agent: self.word("user_agent").map(str::to_owned),
            ..Payer::default()
        };
        let order_no: Option<OrderNo> = self.word("order_no").map(|it| it.parse().unwrap());
        let at = self.word("at").unwrap_or("2026-12-01T12:00+08:00");
        let at: jiff::Timestamp = at.parse().unwrap();
        let asked = Asked {
            merchant: &self.merchant,
            order_no: order_no.as_ref(),
            method: self.method,
            channel: self.word("channel"),
            amount: self.amount,
            payer: &payer,
            code_prefix: self.word("code"),
            metadata: &self.metadata,
            at: Timestamp(at.as_millisecond()),
        };
        let merchant = &settings.merchants[&self.merchant];
        let candidates = candidates(settings, channels, merchant);
        let contenders = candidates.iter().map(|candidate| {
            let account = &candidate.account;
            Contender { candidate, health: self.health(account), taken: self.taken(account) }
        });
        let contenders: Vec<_> = contenders.collect();
        let sets = &settings.routing.sets;
        let set = self.word("set").map_or(&sets.live, |name| {
            sets.shadows.iter().find(|it| it.name == name).expect("a shadow")
        });
        set.decide(asked, &contenders, &[]).to_string()
    }
}

/// Each block of rules, and the questions in the block after it.
fn blocks(text: &str) -> Vec<(&str, &str)> {
    let fenced: Vec<_> = text.split("```").skip(1).step_by(2).collect();
    let mut blocks = vec![];
    for pair in fenced.windows(2) {
        if let (Some(rules), Some(questions)) =
            (pair[0].strip_prefix("toml\n"), pair[1].strip_prefix("text\n"))
        {
            blocks.push((rules, questions));
        }
    }
    blocks
}

/// How many questions were asked.
fn check(name: &str, text: &str) -> usize {
    let folder = Folder::new(name);
    let mut asked = 0;
    for (rules, questions) in blocks(text) {
        let opened = opened(&folder, &[("rules.toml", rules)]);
        let (settings, channels) = opened.unwrap_or_else(|it| panic!("{rules}\n{it}"));
        for line in questions.lines().filter(|it| !it.trim().is_empty()) {
            let (question, expect) = line.split_once(" => ").expect("a question => its answer");
            let answer = Question::read(question).answer(&settings, &channels);
            assert_eq!(answer, format!("by {}", expect.trim()), "{question}\n{rules}");
            asked += 1;
        }
    }
    asked
}

#[test]
fn the_table_of_routes() {
    assert!(check("routes", include_str!("routes.txt")) >= 60);
}

#[test]
fn every_recipe_of_the_documentation_does_what_it_says() {
    let text = include_str!("../../../../../docs/operating/routing.md");
    let recipes = text.lines().filter(|it| it.starts_with("### ")).count();
    assert_eq!(blocks(text).len(), recipes, "each recipe has rules and questions");
    assert!(check("recipes", text) >= 10);
}

#[test]
fn the_annotated_example_is_good() {
    let folder = Folder::new("example");
    let text = include_str!("../../../../../config/rules.toml");
    let (settings, _) = opened(&folder, &[("rules.toml", text)]).unwrap();
    assert!(settings.routing.sets.live.rules.rules.is_empty(), "it is commented out");
    let live = text.lines().map(|it| match it.strip_prefix('#') {
        Some(line) if line.starts_with(|it| it != ' ') => line,
        _ => it,
    });
    let live = live.collect::<Vec<_>>().join("\n");
    let shadow = "shadow = true\nname = \"next-week\"\n";
    let files = [("rules.toml", live.as_str()), ("rules/next-week.toml", shadow)];
    let (settings, _) = opened(&folder, &files).unwrap_or_else(|it| panic!("{it}"));
    assert!(settings.routing.sets.live.rules.rules.len() >= 2);
    assert_eq!(settings.routing.sets.shadows.len(), 1);
    assert_eq!(settings.routing.sets.shadows[0].name, "next-week");
}

#[test]
fn a_changed_rule_is_a_change_that_a_reload_takes() {
    let folder = Folder::new("rules-diff");
    let rule = |name: &str, weight: u32| {
        let target = format!("{{ account = \"alipay-main\", weight = {weight} }}");
        format!("[[rules]]\nname = \"{name}\"\nmethods = [\"{name}\"]\ntargets = [{target}]\n")
    };
    let flat = |rules: &str| {
        let files = [("rules.toml", rules), ("more.toml", "")];
        opened(&folder, &files).unwrap_or_else(|it| panic!("{it}")).0.flat
    };
    let check = |old: &str, new: &str, expect: &[&str]| {
        let Difference(changes) = Difference::between(&flat(old), &flat(new));
        assert!(changes.iter().all(|it| !it.needs_restart), "{changes:?}");
        assert_eq!(changes.iter().map(ToString::to_string).collect::<Vec<_>>(), expect);
    };
    let (qr, page) = (rule("qr", 1), rule("page", 1));
    let both = format!("{qr}{page}");
    check(&both, &both, &[]);
    check(&qr, &rule("qr", 2), &["~ rules.rules.toml.rules.qr.targets.alipay-main.weight: 1 -> 2"]);
    check(
        &both,
        &format!("{page}{qr}"),
        &["~ rules.rules.toml.order: \"qr, page\" -> \"page, qr\""],
    );
    let include = format!("include = [\"more.toml\"]\n{qr}");
    check(
        &qr,
        &include,
        &["+ rules.more.toml.order = \"\"", "+ rules.rules.toml.include = [\"more.toml\"]"],
    );
    flat(&include);
    let watched = looks(&folder.0.join("paymux.toml"));
    for name in ["rules.toml", "more.toml"] {
        assert!(watched.contains_key(&folder.0.join(name)), "{name}: {watched:?}");
    }
}
