//! One notification's life: its tries along the channel's schedule, and the faults on its way.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use super::outbox::{NewNotice, NoticeState};
use super::{Statement, schedule};
use crate::books::Channel;
use crate::clock;
use crate::fault::{Fault, FaultKind};
use crate::shared::Shared;

/// A held notification that nothing follows is sent after all.
const MAX_HOLD: Duration = Duration::from_mins(1);

pub(super) fn start(
    shared: &Arc<Shared>,
    notice: NewNotice,
    statement: Statement,
    fault: Option<Fault>,
) {
    let id = shared.outbox().open(&notice);
    if fault.as_ref().is_some_and(|fault| fault.kind == FaultKind::NotifyLost) {
        shared.outbox().settle(id, NoticeState::Lost);
        return;
    }
    let owned = Arc::clone(shared);
    let sent = shared.sent.subscribe();
    shared.background(async move {
        let delivery = Delivery { shared: &owned, id, notice, statement, fault };
        delivery.run(sent).await;
    });
}

struct Delivery<'a> {
    shared: &'a Arc<Shared>,
    id: u64,
    notice: NewNotice,
    statement: Statement,
    fault: Option<Fault>,
}

impl Delivery<'_> {
    async fn run(self, sent: watch::Receiver<Sent>) {
        self.hold_back(sent).await;
        let waits = schedule::waits(self.notice.channel, self.shared.config.time_scale);
        let mut waits = waits.into_iter();
        let mut first = true;
        let state = loop {
            let accepted = self.round(first).await;
            first = false;
            if accepted {
                break NoticeState::Delivered;
            }
            let Some(wait) = waits.next() else { break NoticeState::GivenUp };
            clock::sleep(wait).await;
        };
        self.shared.outbox().settle(self.id, state);
    }

    async fn hold_back(&self, mut sent: watch::Receiver<Sent>) {
        let Some(fault) = &self.fault else { return };
        if fault.kind == FaultKind::NotifyDelay {
            clock::sleep(Duration::from_millis(fault.ms)).await;
        } else if fault.kind == FaultKind::NotifyReorder {
            let channel = self.notice.channel;
            let before = sent.borrow_and_update().count(channel);
            let next = sent.wait_for(|now| now.count(channel) > before);
            clock::within(MAX_HOLD, next).await;
        }
    }

    /// Every copy of one try; one acceptance is enough.
    async fn round(&self, first: bool) -> bool {
        let flaw = self.flaw().filter(|_| first);
        // The good message follows its probe, and nothing said to a probe is an acceptance.
        let probed = flaw == Some(FaultKind::SignTest);
        if probed {
            self.once(flaw).await;
        }
        let flaw = flaw.filter(|_| !probed);
        let mut accepted = false;
        for _copy in 0..self.fault.as_ref().map_or(1, |fault| fault.copies) {
            accepted |= self.once(flaw).await;
        }
        self.shared.sent.send_modify(|sent| sent.add(self.notice.channel));
        accepted
    }

    async fn once(&self, flaw: Option<FaultKind>) -> bool {
        let now = clock::now();
        let posting = match &self.statement {
            Statement::Alipay(form) => {
                crate::alipay::posting(self.shared, form, flaw.is_some(), now).await
            }
            Statement::Wechat(event) => crate::wechat::posting(self.shared, event, flaw).await,
        };
        let answer = self.shared.post.deliver(&self.notice.url, posting).await;
        self.shared.outbox().tried(self.id, now, &answer);
        answer.accepted
    }

    fn flaw(&self) -> Option<FaultKind> {
        self.fault.as_ref().map(|fault| fault.kind).filter(|kind| kind.spoils())
    }
}

/// How many rounds each channel has sent: what a held notification waits for.
#[derive(Clone, Copy, Default)]
pub(crate) struct Sent {
    alipay: u64,
    wechat: u64,
}

impl Sent {
    fn count(self, channel: Channel) -> u64 {
        match channel {
            Channel::Alipay => self.alipay,
            Channel::Wechat => self.wechat,
        }
    }

    fn add(&mut self, channel: Channel) {
        match channel {
            Channel::Alipay => self.alipay += 1,
            Channel::Wechat => self.wechat += 1,
        }
    }
}
