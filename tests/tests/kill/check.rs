//! What must be true right after each start: nothing that was acknowledged is lost.

use std::collections::BTreeSet;

use paymux_sandbox::{Channel, MAX_NOTIFICATIONS, NoticeKind, NotificationView};
use paymux_tests::rig::Rig;
use serde_json::Value;

/// Notifications that were acknowledged and whose fact was found afterwards.
#[derive(Default)]
pub(crate) struct Acknowledged(BTreeSet<u64>);

impl Acknowledged {
    pub(crate) fn count(&self) -> usize {
        self.0.len()
    }

    /// Right after a start, before any question to a channel could make up for a loss.
    pub(crate) async fn check(&mut self, rig: &Rig) -> Vec<String> {
        let mut findings = vec![];
        for notice in rig.sandbox.notifications(None, MAX_NOTIFICATIONS) {
            let accepted = notice.tries.iter().any(|it| it.accepted);
            if !accepted || self.0.contains(&notice.id) {
                continue;
            }
            // It may die during the check; then the next start is asked.
            let Some(known) = is_known(rig, &notice).await else { return findings };
            if !known {
                findings.push(format!("acknowledged and lost: {notice:?}"));
            }
            self.0.insert(notice.id);
        }
        findings
    }
}

async fn is_known(rig: &Rig, notice: &NotificationView) -> Option<bool> {
    let (payment, _attempt) = notice.out_trade_no.split_at_checked(26)?;
    let path = format!("/v1/payments/pay_{payment}");
    let get = async |path: String| Some(rig.api.try_get(&path).await.ok()?.json());
    // After a refund Alipay says no more than that the trade was paid.
    if notice.kind == NoticeKind::Payment || notice.channel == Channel::Alipay {
        return Some(get(path).await?["status"] == "succeeded");
    }
    let refunds = get(format!("{path}/refunds")).await?;
    let number = notice.out_refund_no.as_deref();
    let own = |it: &Value| it["out_refund_no"].as_str() == number && it["status"] == "succeeded";
    Some(list(&refunds["data"]).iter().any(own))
}

fn list(value: &Value) -> Vec<Value> {
    value.as_array().cloned().unwrap_or_default()
}
