//! What a request finds when it begins, and keeps until it ends: accounts and merchants.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use paymux_channel::{Call, Channel, PlatformKey};
use paymux_core::fee;
use paymux_core::payment::{Attempt, Notice, Payment, Policy};
use paymux_core::route::{Candidate, Health};
use paymux_core::settlement::{Calendar, Period};
use paymux_core::transfer::{Payee, Scene};
use paymux_core::{AccountId, Currency, EndpointId, MerchantId, Timestamp};

use crate::access::{Access, PublishedKey, ResponseKey};
use crate::cashier::{Cashier, Plate};
use crate::clock::World;
use crate::endpoint::Endpoint;
use crate::lane::Terms;
use crate::outbound::{Gauge, Outbound};
use crate::routing::Routing;
use crate::wanted::KeysWanted;

/// For a payer to get from our page to where the action leads.
const WAY_THERE: Duration = Duration::from_secs(10);

#[derive(Default)]
pub struct Snapshot {
    /// Counts reloads; shown as the metric `config_generation`.
    pub generation: u64,
    pub accounts: BTreeMap<AccountId, Arc<Account>>,
    pub merchants: BTreeMap<MerchantId, Arc<Merchant>>,
    pub routing: Routing,
    /// Signs the answers to merchants that have keys of their own.
    pub response_key: Option<Arc<ResponseKey>>,
    /// Keys that are to sign, or have signed, beside it.
    pub published_keys: Vec<PublishedKey>,
    pub delivery: Terms,
    /// None where no key signs links to pages of ours.
    pub cashier: Option<Arc<Cashier>>,
}

/// One merchant account at one channel: its words, and the way to it.
pub struct Account {
    pub id: AccountId,
    /// The channel's kind, as its plugin names it.
    pub kind: String,
    /// Replaced as a whole when the channel's platform keys change.
    pub channel: ArcSwap<Arc<dyn Channel>>,
    /// The platform keys the channel has published since.
    pub learned: ArcSwap<Vec<PlatformKey>>,
    pub outbound: Outbound,
    /// Shared with `outbound`, and kept when that is built anew.
    pub gauge: Arc<dyn Gauge>,
    pub notify_url: String,
    pub return_url: String,
    /// Rung when a message was signed with a key we do not have.
    pub keys_wanted: KeysWanted,
}

pub struct Merchant {
    pub id: MerchantId,
    /// What payers read; the id, where the operator gave none.
    pub name: Option<String>,
    /// In the merchant's order of preference.
    pub candidates: Vec<Candidate>,
    pub access: Access,
    pub endpoints: Vec<Arc<Endpoint>>,
    /// Each with a door; they hear of what came through it alone.
    pub doors: Vec<Arc<Endpoint>>,
    pub policy: Policy,
    /// What it pays for its payments.
    pub fees: Vec<fee::Rule>,
    pub plates: Vec<Arc<Plate>>,
    /// Whether it may call its accounts' channels itself.
    pub raw_calls: bool,
    /// Whether it may have the tokens of its accounts' applications.
    pub app_tokens: bool,
    /// Whether it may split its payments with others.
    pub splits: bool,
    /// On which terms it may pay out of its accounts; none where it may not.
    pub transfers: Option<TransferTerms>,
    /// How it is settled; none where the gateway settles nothing for it.
    pub settlement: Option<Arc<SettlementTerms>>,
}

/// Amounts are in minor units, whatever the currency.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TransferTerms {
    /// All its transfers of one day together.
    pub daily_amount: Option<i64>,
    /// Those from one account, of all merchants.
    pub account_daily_amount: Option<i64>,
    /// Above it, somebody at the gateway has to allow it.
    pub approve_above: Option<i64>,
}

/// How a merchant is settled. Amounts are in minor units of its currency.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettlementTerms {
    pub currency: Currency,
    pub calendar: Calendar,
    pub period: Period,
    /// Whether the merchant may ask for one; then nothing is drafted by itself.
    pub on_request: bool,
    /// What is less is left for the next one.
    pub min: i64,
    /// Whether it is agreed to, and paid, without a person.
    pub automatic: bool,
    /// Above it, two people are needed whatever is automatic.
    pub approve_above: Option<i64>,
    /// Without it somebody pays outside, and says so.
    pub payout: Option<Payout>,
}

/// The transfer that pays a settlement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payout {
    pub account: AccountId,
    pub payee: Payee,
    pub title: String,
    pub scene: Option<Scene>,
}

impl Snapshot {
    pub fn account(&self, id: &AccountId) -> Option<&Arc<Account>> {
        self.accounts.get(id)
    }

    pub fn merchant(&self, id: &MerchantId) -> Option<&Arc<Merchant>> {
        self.merchants.get(id)
    }

    /// Those that hear of it: the one that the payment came through, if it has words for it.
    pub fn doors(&self, payment: &Payment, notice: Notice) -> Vec<EndpointId> {
        let doors = self.merchant(&payment.order.merchant).map_or(&[][..], |it| &it.doors);
        doors.iter().filter(|it| it.hears(payment, notice)).map(|it| it.id.clone()).collect()
    }

    /// Whose code plate a link names, `plate.mac`.
    pub fn plate(&self, link: &str) -> Option<(&Arc<Merchant>, &Arc<Plate>)> {
        let (id, mac) = link.split_once('.')?;
        let cashier = self.cashier.as_ref()?;
        let plates = self.merchants.values().flat_map(|m| m.plates.iter().map(move |it| (m, it)));
        let mut own = plates.filter(|(_, it)| it.id.as_str() == id);
        own.find(|(merchant, it)| cashier.is_plate(&merchant.id, &it.id, mac))
    }

    /// Which kind of channel an account belongs to; empty when the account is gone.
    pub fn kind_of(&self, id: &AccountId) -> &str {
        self.accounts.get(id).map_or("", |it| it.kind.as_str())
    }

    /// Whether what an attempt gave its payer can be shown again. It is counted from before the
    /// order was opened, so it is never older than we think.
    pub fn leads_on(&self, attempt: &Attempt, now: Timestamp) -> bool {
        let account = self.account(&attempt.account);
        let life = account.map(|it| it.channel().capabilities().shown_for);
        let life = life.and_then(|it| it(attempt.way.method));
        life.is_none_or(|it| now.since(attempt.dispatched_at) + WAY_THERE < it)
    }
}

impl Account {
    pub fn channel(&self) -> Arc<dyn Channel> {
        Arc::clone(&self.channel.load())
    }

    /// What the breaker says of the account.
    pub fn health(&self) -> Health {
        self.gauge.health()
    }

    /// The channel opened anew, with what it has published.
    pub fn learn(&self, channel: Arc<dyn Channel>, learned: Arc<Vec<PlatformKey>>) {
        self.learned.store(learned);
        self.channel.store(Arc::new(channel));
    }

    /// What varies between two equal calls.
    pub fn call(&self, world: &dyn World) -> Call {
        Call {
            now: world.now(),
            nonce: world.nonce(),
            notify_url: self.notify_url.clone(),
            return_url: self.return_url.clone(),
        }
    }
}

impl Merchant {
    pub fn shown_name(&self) -> &str {
        self.name.as_deref().unwrap_or_else(|| self.id.as_str())
    }

    /// Every endpoint, and of the doors these.
    pub fn hearers(&self, doors: &[EndpointId]) -> impl Iterator<Item = &Arc<Endpoint>> {
        let doors = self.doors.iter().filter(move |it| doors.contains(&it.id));
        self.endpoints.iter().chain(doors)
    }

    pub fn endpoint(&self, id: &EndpointId) -> Option<&Arc<Endpoint>> {
        self.endpoints.iter().chain(&self.doors).find(|it| it.id == *id)
    }
}
