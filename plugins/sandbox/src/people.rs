//! The payers as the control API and the wallet see them.

use serde::{Deserialize, Serialize};

use crate::books::{Channel, Code, CodeKind, OrderView};
use crate::clock;
use crate::money::Fen;
use crate::sandbox::Sandbox;
use crate::shared::Shared;

/// A payer of the sandbox.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct PayerView {
    pub channel: Channel,
    /// Alipay's user id; at WeChat Pay a name inside the sandbox.
    pub id: String,
    /// How the demo's own application knows this payer.
    pub open_id: String,
    /// Absent: without end.
    pub balance_fen: Option<i64>,
    /// Whoever pays when nobody is named.
    pub first: bool,
}

impl Sandbox {
    /// A fresh code to show at a till; `confirm` makes the charge wait for the payer. `None` when
    /// there is no such payer; the first one shows it when nobody is named.
    #[must_use]
    pub fn payment_code(
        &self,
        channel: Channel,
        payer: Option<&str>,
        confirm: bool,
    ) -> Option<String> {
        self.shared.payment_code(channel, payer.map(str::to_owned), confirm)
    }

    /// How an application knows the channel's first payer.
    #[must_use]
    pub fn open_id(&self, channel: Channel, app_id: &str) -> String {
        let mut books = self.shared.books();
        let first = books.payers.first(channel);
        books.payers.open_id(channel, app_id, &first)
    }

    #[must_use]
    pub fn payers(&self) -> Vec<PayerView> {
        self.shared.payers()
    }

    /// Makes or changes a payer; without a balance he pays everything. `None` when there are too
    /// many.
    #[must_use]
    pub fn put_payer(
        &self,
        channel: Channel,
        id: Option<&str>,
        balance_fen: Option<i64>,
    ) -> Option<PayerView> {
        self.shared.put_payer(channel, id.map(str::to_owned), balance_fen)
    }
}

impl Shared {
    fn app_id(&self, channel: Channel) -> &str {
        match channel {
            Channel::Alipay => &self.alipay.party.app_id,
            Channel::Wechat => &self.wechat.party.app_id,
        }
    }

    pub(crate) fn payers(&self) -> Vec<PayerView> {
        let mut books = self.books();
        let mut views = Vec::new();
        for channel in Channel::ALL {
            let known: Vec<_> = books.payers.all(channel).cloned().collect();
            for payer in known {
                let open_id = books.payers.open_id(channel, self.app_id(channel), &payer.id);
                let first = books.payers.first(channel) == payer.id;
                let balance_fen = payer.balance.map(|balance| balance.0);
                views.push(PayerView { channel, id: payer.id, open_id, balance_fen, first });
            }
        }
        views
    }

    pub(crate) fn put_payer(
        &self,
        channel: Channel,
        id: Option<String>,
        balance_fen: Option<i64>,
    ) -> Option<PayerView> {
        let id = {
            let mut books = self.books();
            books.payers.put(channel, id, balance_fen.map(Fen)).map(|payer| payer.id.clone())?
        };
        self.payers().into_iter().find(|view| view.channel == channel && view.id == id)
    }

    /// A fresh payment code; `None` when there is no such payer.
    pub(crate) fn payment_code(
        &self,
        channel: Channel,
        payer: Option<String>,
        confirm: bool,
    ) -> Option<String> {
        let mut books = self.books();
        let payer = payer.unwrap_or_else(|| books.payers.first(channel));
        books.payers.get(channel, &payer)?;
        let kind = CodeKind::Payment { confirm };
        let code = Code { channel, kind, payer, app_id: None };
        Some(books.codes.issue(code, clock::now()))
    }

    /// The first payer's charges that wait for the password.
    pub(crate) fn confirming(&self, channel: Channel) -> Vec<OrderView> {
        let mut books = self.books();
        let payer = books.payers.first(channel);
        let waiting = books.confirming(&payer, clock::now());
        waiting.into_iter().map(OrderView::from).collect()
    }
}
