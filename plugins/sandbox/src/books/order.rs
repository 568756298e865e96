//! One order at one channel, as the channel's own system would hold it.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::product::Product;
use super::{Key, PayerId};
use crate::clock;
use crate::crypto::{random_digits, random_hex};
use crate::money::Fen;

/// Both channels let a code live two hours, whatever the order's own expiry says.
const CODE_LIFE: Duration = Duration::from_hours(2);
/// WeChat Pay closes an unpaid order by itself after seven days; `time_expire` does not close it.
const WECHAT_UNPAID_LIFE: Duration = Duration::from_hours(7 * 24);

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Channel {
    Alipay,
    Wechat,
}

impl Channel {
    pub(crate) const ALL: [Self; 2] = [Self::Alipay, Self::Wechat];

    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Alipay => "alipay",
            Self::Wechat => "wechat",
        }
    }
}

/// What happened to an order; each channel says it in its own words.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Alipay: a code exists, but no payer has opened it, so the trade does not exist yet.
    Offered,
    /// The trade exists and waits for the payer.
    Waiting,
    Paid,
    Closed,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefundStatus {
    Processing,
    Success,
    Closed,
    Abnormal,
}

/// The internal name of [`Status`], so that channel modules read well.
pub(crate) type OrderStatus = Status;

/// What a channel wants to remember of an order beyond what the books know of.
pub(crate) type Notes = BTreeMap<&'static str, String>;

pub(crate) struct NewOrder {
    pub(crate) channel: Channel,
    pub(crate) product: Product,
    /// Who will pay, when the order says so; otherwise the channel's first payer.
    pub(crate) payer: Option<PayerId>,
    pub(crate) notes: Notes,
    pub(crate) out_trade_no: String,
    pub(crate) app_id: String,
    pub(crate) subject: String,
    pub(crate) body: Option<String>,
    /// WeChat's `attach`, Alipay's `passback_params`: returned as sent.
    pub(crate) attach: Option<String>,
    pub(crate) total: Fen,
    pub(crate) notify_url: Option<String>,
    pub(crate) return_url: Option<String>,
    pub(crate) expires_at: Option<Timestamp>,
    pub(crate) code_life: Option<Duration>,
    /// What a repeat of the same number must repeat.
    pub(crate) content: String,
}

#[derive(Clone)]
pub(crate) struct Order {
    pub(crate) channel: Channel,
    pub(crate) product: Product,
    pub(crate) payer: PayerId,
    pub(crate) notes: Notes,
    pub(crate) out_trade_no: String,
    pub(crate) trade_no: String,
    pub(crate) token: String,
    pub(crate) app_id: String,
    /// How `app_id` knows the payer: Alipay's user id, WeChat's openid.
    pub(crate) buyer: String,
    pub(crate) subject: String,
    pub(crate) body: Option<String>,
    pub(crate) attach: Option<String>,
    pub(crate) total: Fen,
    pub(crate) notify_url: Option<String>,
    pub(crate) return_url: Option<String>,
    pub(crate) content: String,
    pub(crate) status: Status,
    /// Paid after it had been closed or had expired.
    pub(crate) late: bool,
    /// The merchant took it back: cancelled at Alipay, revoked at WeChat Pay.
    pub(crate) reversed: bool,
    /// The payer refused to confirm.
    pub(crate) declined: bool,
    /// The time for refunds is over.
    pub(crate) finished: bool,
    pub(crate) created_at: Timestamp,
    pub(crate) opened_at: Option<Timestamp>,
    pub(crate) paid_at: Option<Timestamp>,
    pub(crate) closed_at: Option<Timestamp>,
    pub(crate) expires_at: Option<Timestamp>,
    pub(crate) code_dies_at: Timestamp,
    pub(crate) refunds: Vec<Refund>,
}

#[derive(Clone)]
pub(crate) struct Refund {
    pub(crate) out_refund_no: String,
    pub(crate) refund_id: String,
    pub(crate) amount: Fen,
    pub(crate) reason: Option<String>,
    pub(crate) notify_url: Option<String>,
    pub(crate) status: RefundStatus,
    pub(crate) created_at: Timestamp,
    pub(crate) finished_at: Option<Timestamp>,
}

impl Order {
    pub(super) fn open(new: NewOrder, payer: PayerId, buyer: String, now: Timestamp) -> Self {
        let opened = new.product.knows_its_payer(new.channel);
        let offered = new.channel == Channel::Alipay && !opened;
        let mut order = Self {
            trade_no: trade_no(new.channel, now),
            token: String::new(),
            channel: new.channel,
            product: new.product,
            payer,
            notes: new.notes,
            out_trade_no: new.out_trade_no,
            app_id: new.app_id,
            buyer,
            subject: new.subject,
            body: new.body,
            attach: new.attach,
            total: new.total,
            notify_url: new.notify_url,
            return_url: new.return_url,
            content: new.content,
            status: if offered { Status::Offered } else { Status::Waiting },
            late: false,
            reversed: false,
            declined: false,
            finished: false,
            created_at: now,
            opened_at: opened.then_some(now),
            paid_at: None,
            closed_at: None,
            expires_at: new.expires_at,
            code_dies_at: now,
            refunds: Vec::new(),
        };
        order.renew_code(now);
        let asked = new.code_life.map_or(order.code_dies_at, |life| clock::after(now, life));
        order.code_dies_at = order.code_dies_at.min(asked);
        order
    }

    pub(crate) fn key(&self) -> Key {
        (self.channel, self.out_trade_no.clone())
    }

    pub(super) fn renew_code(&mut self, now: Timestamp) {
        self.token = random_hex(16);
        self.code_dies_at = clock::after(now, CODE_LIFE);
    }

    /// Closes what the channel would have closed by now.
    pub(super) fn settle_time(&mut self, now: Timestamp) {
        let ends = match self.channel {
            Channel::Alipay => self.expires_at,
            Channel::Wechat => Some(clock::after(self.created_at, WECHAT_UNPAID_LIFE)),
        };
        if self.status == Status::Waiting && ends.is_some_and(|end| end <= now) {
            self.status = Status::Closed;
            self.closed_at = ends;
        }
    }

    /// A charge at a till that waits for the payer's password.
    pub(crate) fn confirms(&self) -> bool {
        self.product == Product::Barcode && self.status == Status::Waiting && !self.declined
    }

    pub(crate) fn expired(&self, now: Timestamp) -> bool {
        self.expires_at.is_some_and(|end| end <= now)
    }

    /// What has left, or is leaving, the merchant's account for this order.
    pub(crate) fn refunded(&self) -> Fen {
        let taken = |refund: &&Refund| refund.status != RefundStatus::Closed;
        Fen(self.refunds.iter().filter(taken).map(|refund| refund.amount.0).sum())
    }

    pub(crate) fn refund(&self, out_refund_no: &str) -> Option<&Refund> {
        self.refunds.iter().find(|refund| refund.out_refund_no == out_refund_no)
    }

    pub(crate) fn fully_refunded(&self) -> bool {
        self.refunded() == self.total
    }
}

/// 28 digits at both channels: `yyyyMMdd22001…` and `4200…yyyyMMdd…`.
fn trade_no(channel: Channel, now: Timestamp) -> String {
    let day = clock::compact_day(now);
    match channel {
        Channel::Alipay => format!("{day}22001{}", random_digits(15)),
        Channel::Wechat => format!("4200{}{day}{}", random_digits(6), random_digits(10)),
    }
}
