//! The record of every notification and of every try.

use std::collections::VecDeque;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::books::{Channel, Order, Transfer};

/// As many as the books hold orders; the oldest records go first.
pub const MAX_NOTIFICATIONS: usize = 200_000;

#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoticeKind {
    Payment,
    Refund,
    Transfer,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoticeState {
    /// Still to be accepted.
    Pending,
    Delivered,
    /// The schedule ran out.
    GivenUp,
    /// A fault kept it from being sent.
    Lost,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct NotificationView {
    pub id: u64,
    pub channel: Channel,
    pub kind: NoticeKind,
    pub out_trade_no: String,
    pub out_refund_no: Option<String>,
    pub url: String,
    pub state: NoticeState,
    pub tries: Vec<TryView>,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct TryView {
    pub at: String,
    /// `None`: no answer.
    pub status: Option<u16>,
    pub accepted: bool,
    /// The answer's beginning, or why there is none.
    pub detail: String,
}

pub(crate) struct NewNotice {
    pub(super) channel: Channel,
    kind: NoticeKind,
    out_trade_no: String,
    out_refund_no: Option<String>,
    pub(super) url: String,
}

impl NewNotice {
    pub(super) fn of(
        kind: NoticeKind,
        order: &Order,
        out_refund_no: Option<String>,
        url: String,
    ) -> Self {
        let out_trade_no = order.out_trade_no.clone();
        Self { channel: order.channel, kind, out_trade_no, out_refund_no, url }
    }

    pub(super) fn of_transfer(it: &Transfer, url: String) -> Self {
        let (kind, out_trade_no) = (NoticeKind::Transfer, it.number.clone());
        Self { channel: it.channel, kind, out_trade_no, out_refund_no: None, url }
    }
}

#[derive(Default)]
pub(crate) struct Outbox {
    records: VecDeque<NotificationView>,
    next: u64,
}

impl Outbox {
    pub(super) fn open(&mut self, notice: &NewNotice) -> u64 {
        let id = self.next;
        self.next += 1;
        self.records.push_back(NotificationView {
            id,
            channel: notice.channel,
            kind: notice.kind,
            out_trade_no: notice.out_trade_no.clone(),
            out_refund_no: notice.out_refund_no.clone(),
            url: notice.url.clone(),
            state: NoticeState::Pending,
            tries: Vec::new(),
        });
        if self.records.len() > MAX_NOTIFICATIONS {
            self.records.pop_front();
        }
        id
    }

    pub(super) fn tried(&mut self, id: u64, at: Timestamp, result: &super::post::Answer) {
        if let Some(record) = self.record(id) {
            record.tries.push(TryView {
                at: at.to_string(),
                status: result.status,
                accepted: result.accepted,
                detail: result.detail.clone(),
            });
        }
    }

    pub(super) fn settle(&mut self, id: u64, state: NoticeState) {
        if let Some(record) = self.record(id) {
            record.state = state;
        }
    }

    /// Newest first; of one order when a number is given.
    pub(crate) fn views(&self, out_trade_no: Option<&str>, limit: usize) -> Vec<NotificationView> {
        let wanted =
            |view: &&NotificationView| out_trade_no.is_none_or(|own| own == view.out_trade_no);
        self.records.iter().rev().filter(wanted).take(limit).cloned().collect()
    }

    fn record(&mut self, id: u64) -> Option<&mut NotificationView> {
        let first = self.records.front()?.id;
        self.records.get_mut(usize::try_from(id.checked_sub(first)?).ok()?)
    }
}
