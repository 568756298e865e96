//! What must be true: right after each start of what was acknowledged, and of everything at the
//! end.

use std::collections::{BTreeMap, BTreeSet};

use paymux_sandbox::{Channel, MAX_NOTIFICATIONS, NoticeKind, NotificationView};
use paymux_tests::rig::Rig;
use serde_json::Value;

use super::customer::Served;

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

/// The counts for the report, and what is wrong.
pub(crate) async fn at_the_end(
    rig: &Rig,
    served: &[Served],
    orders: u64,
    kills: u64,
) -> (String, Vec<String>) {
    let (payments, events) = (rig.api.payments().await, rig.api.events(100).await);
    let mut findings = vec![];
    findings.extend(ended(&payments, orders));
    findings.extend(promised(served, &payments));
    findings.extend(replayed(rig, served).await);
    findings.extend(balanced(rig, &payments));
    findings.extend(told(&events, &payments));
    let duplicates = heard(rig, &events, &mut findings);
    if duplicates > kills {
        findings.push(format!("{duplicates} deliveries came twice, in {kills} deaths"));
    }
    let refunds = served.iter().filter(|it| it.back > 0).count();
    let report = format!(
        "{} payments, {refunds} refunds, {} events, {duplicates} deliveries heard twice",
        payments.len(),
        events.len()
    );
    (report, findings)
}

/// Every order became one payment, and every payment came to its good end.
fn ended(payments: &[Value], orders: u64) -> Vec<String> {
    let mut findings = vec![];
    if payments.len() as u64 != orders {
        findings.push(format!("{orders} orders became {} payments", payments.len()));
    }
    let stuck = |it: &&Value| it["status"] != "succeeded" || it["amount_refunding"] != 0;
    findings.extend(payments.iter().filter(stuck).map(|it| format!("stuck: {it}")));
    findings
}

/// What a customer was answered is there, with the amounts it asked for.
fn promised(served: &[Served], payments: &[Value]) -> Vec<String> {
    let by_id: BTreeMap<_, _> = payments.iter().map(|it| (it["id"].as_str(), it)).collect();
    let broken = |it: &&Served| {
        let found = by_id.get(&Some(&*it.id));
        found.is_none_or(|own| own["amount"] != it.amount || own["amount_refunded"] != it.back)
    };
    let broken = served.iter().filter(broken);
    broken.map(|it| format!("promised to a customer: {} with {} back", it.id, it.back)).collect()
}

/// The first answer to a key is the answer, in every life of the gateway.
async fn replayed(rig: &Rig, served: &[Served]) -> Vec<String> {
    let mut findings = vec![];
    for answered in served.iter().flat_map(|it| &it.answers) {
        let again = rig.api.post(&answered.path, &answered.key, &answered.request).await;
        if !again.is_replayed() || again.status != 201 || again.body != answered.answer {
            findings.push(format!("{} is answered otherwise: {again:?}", answered.key));
        }
    }
    findings
}

/// The channels' books are the sum of the payments.
fn balanced(rig: &Rig, payments: &[Value]) -> Vec<String> {
    let mut findings = vec![];
    for (channel, totals) in rig.sandbox.books() {
        let name = format!("{channel:?}").to_lowercase();
        let own = payments.iter().filter(|it| it["attempt"]["channel"] == name.as_str());
        let sum = |field: &str| own.clone().filter_map(|it| it[field].as_i64()).sum::<i64>();
        let expected = (own.clone().count() as u64, sum("amount"), sum("amount_refunded"));
        let at_channel = (totals.paid_orders, totals.paid_fen, totals.refunded_fen);
        if at_channel != expected || totals.orders != totals.paid_orders {
            findings.push(format!("the books of {name}: {totals:?}, the payments: {expected:?}"));
        }
    }
    findings
}

/// One success for each payment, and versions without gaps.
fn told(events: &[Value], payments: &[Value]) -> Vec<String> {
    let mut of_payment: BTreeMap<&str, Vec<&Value>> = BTreeMap::new();
    for event in events {
        let id = event["data"]["payment"]["id"].as_str().unwrap_or_default();
        of_payment.entry(id).or_default().push(event);
    }
    let wrong = |id: &&str| {
        let own = of_payment.get(*id).cloned().unwrap_or_default();
        let successes = own.iter().filter(|it| it["type"] == "payment.succeeded").count();
        let versions = own.iter().map(|it| it["version"].as_u64());
        successes != 1 || !versions.eq((1..=own.len() as u64).map(Some))
    };
    let ids = payments.iter().filter_map(|it| it["id"].as_str());
    ids.filter(wrong).map(|it| format!("events of {it}: {:?}", of_payment.get(it))).collect()
}

/// Every event was heard; how often one came again.
fn heard(rig: &Rig, events: &[Value], findings: &mut Vec<String>) -> u64 {
    let mut times: BTreeMap<String, u64> = BTreeMap::new();
    for heard in rig.shop.heard().into_iter().filter(|it| it.taken) {
        *times.entry(heard.id).or_default() += 1;
    }
    let listed: BTreeSet<_> = events.iter().filter_map(|it| it["id"].as_str()).collect();
    let unheard = listed.iter().filter(|it| !times.contains_key(**it));
    findings.extend(unheard.map(|it| format!("never delivered: {it}")));
    let unknown = times.keys().filter(|it| !listed.contains(it.as_str()));
    findings.extend(unknown.map(|it| format!("delivered, and not in the store: {it}")));
    times.values().map(|it| it - 1).sum()
}

fn list(value: &Value) -> Vec<Value> {
    value.as_array().cloned().unwrap_or_default()
}
