//! `paymux route explain`: where a payment would go by a configuration, without a gateway.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::PathBuf;

use anyhow::Context as _;
use clap::Args;
use paymux_channel::Till;
use paymux_core::payment::{Method, Payer};
use paymux_core::route::{Candidate, Contender, Health, Taken};
use paymux_core::{Currency, MerchantId, Money, OrderNo, Timestamp};
use paymux_engine::clock::World as _;
use paymux_engine::routing::Explained;

use crate::clock::RealWorld;
use crate::explain::{FullExplanation, Question};
use crate::registry;
use crate::settings::{self, Channels, Settings};

/// A payment that nobody makes.
#[derive(Args, Debug)]
pub struct Explain {
    /// The configuration.
    #[arg(long, short, default_value = "paymux.toml")]
    config: PathBuf,
    #[arg(long)]
    merchant: MerchantId,
    /// In the currency, such as 12.50.
    #[arg(long)]
    amount: String,
    #[arg(long, default_value = "CNY")]
    currency: Currency,
    /// qr, page, h5, app, jsapi, mini_program or barcode.
    #[arg(long, value_parser = method)]
    method: Method,
    /// The channel the merchant insists on.
    #[arg(long)]
    channel: Option<String>,
    /// Settles the draw between weights, as it will for the payment of this number.
    #[arg(long)]
    order_no: Option<OrderNo>,
    #[arg(long)]
    client_ip: Option<std::net::IpAddr>,
    #[arg(long)]
    user_agent: Option<String>,
    /// The first digits of the code that the payer shows.
    #[arg(long)]
    code_prefix: Option<String>,
    /// KEY=VALUE, as often as needed.
    #[arg(long, value_parser = pair)]
    metadata: Vec<(String, String)>,
    /// When, such as 2026-12-01T08:00:00+08:00; by default now.
    #[arg(long)]
    at: Option<jiff::Timestamp>,
    /// As the admin listener answers it.
    #[arg(long)]
    json: bool,
}

fn method(name: &str) -> Result<Method, String> {
    let names = || Method::ALL.map(Method::name).join(", ");
    Method::from_name(name).ok_or_else(|| format!("must be one of: {}", names()))
}

fn pair(text: &str) -> Result<(String, String), &'static str> {
    let (key, value) = text.split_once('=').ok_or("must be KEY=VALUE")?;
    Ok((key.into(), value.into()))
}

/// Health and takings are a running gateway's: here all accounts are fit and have taken nothing.
pub fn explain(explain: Explain) -> anyhow::Result<()> {
    let opened = settings::open(&explain.config, registry::PLUGINS);
    let (settings, channels) = opened.map_err(|it| anyhow::anyhow!("{it}"))?;
    let (merchant, json) = (explain.merchant.clone(), explain.json);
    let question = explain.question()?;
    let own = settings.merchants.get(&merchant);
    let own = own.with_context(|| format!("there is no merchant {merchant}"))?;
    let candidates = candidates(&settings, &channels, own);
    let contender =
        |candidate| Contender { candidate, health: Health::Fit, taken: Taken::default() };
    let contenders: Vec<_> = candidates.iter().map(contender).collect();
    let explained = settings.routing.sets.explain(question.asked(&merchant), &contenders);
    let text = if json {
        let view = FullExplanation::of(&explained, &merchant, question.at);
        serde_json::to_string_pretty(&view)?
    } else {
        table(&explained, &candidates)
    };
    Ok(writeln!(std::io::stdout(), "{text}")?)
}

impl Explain {
    fn question(self) -> anyhow::Result<Question> {
        let amount = Money::from_decimal(&self.amount, self.currency);
        let client_ip = self.client_ip.map(|it| it.to_string());
        let now = || RealWorld::default().now();
        Ok(Question {
            order_no: self.order_no,
            method: self.method,
            channel: self.channel,
            amount: amount.context("--amount")?,
            payer: Payer { client_ip, user_agent: self.user_agent, ..Payer::default() },
            code_prefix: self.code_prefix,
            metadata: BTreeMap::from_iter(self.metadata),
            at: self.at.map_or_else(now, |it| Timestamp(it.as_millisecond())),
        })
    }
}

/// A merchant's accounts as routing sees them, in its order of preference.
pub(crate) fn candidates(
    settings: &Settings,
    channels: &Channels,
    merchant: &settings::Merchant,
) -> Vec<Candidate> {
    let candidate = |account: &paymux_core::AccountId| {
        let channel = channels.get(account)?;
        let own = settings.accounts.get(account).filter(|it| !it.retired)?;
        Some(Candidate {
            account: account.clone(),
            channel: own.channel.clone(),
            methods: channel.capabilities().methods.to_vec(),
            code_prefixes: prefixes(&channel.capabilities().till),
        })
    };
    merchant.accounts.iter().filter_map(candidate).collect()
}

fn prefixes(till: &Till) -> Vec<String> {
    till.code_prefixes.iter().map(|it| (*it).to_owned()).collect()
}

fn table(explained: &Explained, candidates: &[Candidate]) -> String {
    let Explained { decision, passed_over, shadows } = explained;
    let account = decision.chosen.as_ref().map_or("none: no route", |it| it.as_str());
    let rule = decision.rule.as_deref().unwrap_or("none: the merchant's order of preference");
    let mut text = format!("account  {account}\nrule     {rule}\n\n");
    let names = candidates.iter().map(|it| it.account.as_str().len());
    let width = names.max().unwrap_or(0).max("ACCOUNT".len());
    let mut row = |account: &str, channel: &str, reason: &str, share: &str| {
        let line = format!("{account:<width$}  {channel:<8}  {reason:<18}  {share}");
        let _ = writeln!(text, "{}", line.trim_end());
    };
    row("ACCOUNT", "CHANNEL", "REASON", "WEIGHT");
    for (it, candidate) in decision.considered.iter().zip(candidates) {
        let share = it.share.map(|(weight, total)| format!("{weight} of {total}"));
        row(it.account.as_str(), &candidate.channel, it.reason.name(), &share.unwrap_or_default());
    }
    for (rule, condition) in passed_over {
        let why = condition.map_or_else(
            || "none of its targets can".to_owned(),
            |it| format!("`{it}` does not agree"),
        );
        let _ = write!(text, "\npassed over: rule {rule}, {why}");
    }
    for (name, shadow) in shadows {
        let verb = if shadow.chosen == decision.chosen { "agrees" } else { "differs" };
        let _ = write!(text, "\nshadow {name} {verb}: {shadow}");
    }
    text.push_str("\nHealth and what was taken today are known to a running gateway alone.");
    text
}
