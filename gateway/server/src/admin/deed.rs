//! What somebody did, as the audit log keeps it.

use paymux_core::Timestamp;
use paymux_store::{Act, Change, Store};
use serde_json::{Value, json};

use super::access::{Desk, Who};

/// Of what others have typed, so much is kept.
const MAX_CHARS: usize = 200;

/// A closed set of words.
pub(crate) mod action {
    pub(crate) const LOG_IN: &str = "log_in";
    pub(crate) const LOG_OUT: &str = "log_out";
    pub(crate) const RELOAD: &str = "config.reload";
    pub(crate) const ENABLE: &str = "endpoint.enable";
    pub(crate) const DISABLE: &str = "endpoint.disable";
    pub(crate) const TEST: &str = "endpoint.test";
    pub(crate) const MERCHANT_CHANGE: &str = "merchant.change";
    pub(crate) const MERCHANT_REMOVE: &str = "merchant.remove";
    pub(crate) const ACCOUNT_CHANGE: &str = "account.change";
    pub(crate) const ACCOUNT_REMOVE: &str = "account.remove";
    pub(crate) const TRANSFER_APPROVE: &str = "transfer.approve";
    pub(crate) const TRANSFER_DECLINE: &str = "transfer.decline";
    pub(crate) const SETTLEMENT_DRAFT: &str = "settlement.draft";
    pub(crate) const SETTLEMENT_CONFIRM: &str = "settlement.confirm";
    pub(crate) const SETTLEMENT_DISCARD: &str = "settlement.discard";
    pub(crate) const SETTLEMENT_PAY: &str = "settlement.pay";
    pub(crate) const SETTLEMENT_PAID: &str = "settlement.paid";
    pub(crate) const SETTLEMENT_CANCEL: &str = "settlement.cancel";
    pub(crate) const ADJUST: &str = "ledger.adjust";
    pub(crate) const BILL_FETCH: &str = "bill.fetch";
    pub(crate) const DIFFERENCE: &str = "difference.repair";
    pub(crate) const REPLAY: &str = "event.replay";
    pub(crate) const REPLAY_RANGE: &str = "events.replay";
}

impl Who {
    pub(crate) fn did(&self, action: &'static str, object: &str, at: Timestamp) -> Act {
        self.tried(action, object, "done", json!({}), at)
    }

    pub(crate) fn tried(
        &self,
        action: &'static str,
        object: &str,
        outcome: &str,
        detail: Value,
        at: Timestamp,
    ) -> Act {
        Act {
            at,
            user: cut(&self.name),
            role: self.role.name().into(),
            address: self.address.map(|it| it.to_string()).unwrap_or_default(),
            action: action.into(),
            object: cut(object),
            outcome: outcome.into(),
            request_id: self.request_id.clone(),
            detail: detail.to_string(),
        }
    }
}

/// Without what no terminal should be told.
pub(crate) fn cut(text: &str) -> String {
    text.chars().filter(|it| !it.is_control()).take(MAX_CHARS).collect()
}

impl<S: Store> Desk<S> {
    /// For what is no write of the store: noted as soon as it is known.
    pub(crate) async fn note(&self, act: Act) {
        let change = Change { act: Some(act), ..Change::default() };
        if let Err(error) = self.gateway.store.commit(change).await {
            tracing::error!(%error, "audit.not_written");
        }
    }
}
