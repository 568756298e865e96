//! Why a payment would go where it would: the question, and the answer's shape for merchants,
//! operators and the command line.

use std::collections::BTreeMap;

use paymux_core::payment::{Method, Payer};
use paymux_core::{MerchantId, Money, OrderNo, Timestamp};
use paymux_engine::flow::route::DecisionView;
use paymux_engine::render;
use paymux_engine::routing::{Asked, Explained};
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::fields::Fields;
use crate::api::values;

/// A payment that nobody makes.
#[derive(Clone, Debug)]
pub(crate) struct Question {
    pub(crate) order_no: Option<OrderNo>,
    pub(crate) method: Method,
    pub(crate) channel: Option<String>,
    pub(crate) amount: Money,
    pub(crate) payer: Payer,
    pub(crate) code_prefix: Option<String>,
    pub(crate) metadata: BTreeMap<String, String>,
    pub(crate) at: Timestamp,
}

impl Question {
    pub(crate) fn read(body: &mut Fields, now: Timestamp) -> Option<Self> {
        let amount = body.required("amount", values::AMOUNT);
        let currency = body.required("currency", values::CURRENCY);
        let method = body.required("method", values::METHOD);
        let order_no = body.optional("order_no", values::NUMBER);
        let channel = body.optional("channel", values::CHANNEL);
        let payer = body.optional("payer", values::PAYER).unwrap_or_default();
        let code_prefix = body.optional("code_prefix", values::CODE_PREFIX);
        let metadata = body.optional("metadata", values::METADATA).unwrap_or_default();
        let at = body.optional("at", values::MOMENT).unwrap_or(now);
        let (method, amount) = (method?, Money::new(amount?, currency?).ok()?);
        Some(Self { order_no, method, channel, amount, payer, code_prefix, metadata, at })
    }

    pub(crate) fn asked<'a>(&'a self, merchant: &'a MerchantId) -> Asked<'a> {
        Asked {
            merchant,
            order_no: self.order_no.as_ref(),
            method: self.method,
            channel: self.channel.as_deref(),
            amount: self.amount,
            payer: &self.payer,
            code_prefix: self.code_prefix.as_deref(),
            metadata: &self.metadata,
            at: self.at,
        }
    }
}

/// What a merchant may know: the decision, which names its own accounts alone.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Explanation)]
pub(crate) struct Explanation<'a> {
    /// The moment it was asked for.
    #[schema(format = DateTime)]
    at: String,
    #[serde(flatten)]
    decision: DecisionView<'a>,
}

/// What an operator may know, too: the rules that did not apply, and what shadows would do.
#[derive(Debug, Serialize)]
pub(crate) struct FullExplanation<'a> {
    merchant: &'a str,
    #[serde(flatten)]
    explanation: Explanation<'a>,
    passed_over: Vec<PassedOver<'a>>,
    shadows: Vec<Shadow<'a>>,
}

#[derive(Debug, Serialize)]
struct PassedOver<'a> {
    rule: &'a str,
    /// The first that did not agree; none where the rule applied and none of its targets could.
    condition: Option<&'static str>,
}

#[derive(Debug, Serialize)]
struct Shadow<'a> {
    rule_set: &'a str,
    agrees: bool,
    #[serde(flatten)]
    decision: DecisionView<'a>,
}

impl<'a> Explanation<'a> {
    pub(crate) fn of(explained: &'a Explained, at: Timestamp) -> Self {
        Self { at: render::time(at), decision: DecisionView::of(&explained.decision) }
    }
}

impl<'a> FullExplanation<'a> {
    pub(crate) fn of(explained: &'a Explained, merchant: &'a MerchantId, at: Timestamp) -> Self {
        let Explained { decision: live, passed_over, shadows } = explained;
        let passed = passed_over.iter();
        let shadow = |(name, decision): &'a (String, paymux_core::route::Decision)| Shadow {
            rule_set: name,
            agrees: decision.chosen == live.chosen,
            decision: DecisionView::of(decision),
        };
        Self {
            merchant: merchant.as_str(),
            explanation: Explanation::of(explained, at),
            passed_over: passed.map(|(rule, it)| PassedOver { rule, condition: *it }).collect(),
            shadows: shadows.iter().map(shadow).collect(),
        }
    }
}
