//! Receivers, written over what was there.

use paymux_core::split::{Receiver, ReceiverKind};
use paymux_core::{MerchantId, OrderNo, Timestamp};
use serde_json::{Value, json};
use tokio_postgres::Row;

use super::Postgres;
use super::encode::bucket;
use super::read::{Values, get, list, one, parsed};
use crate::cell::{self, garbled};
use crate::{Binding, Read, Receivers};

const READ: &str =
    "SELECT * FROM receiver WHERE bucket = $1 AND merchant_id = $2 AND receiver_no = $3";
/// Of all merchants: somebody unbinds a receiver now and then, so that it needs no index.
const ELSEWHERE: &str = "SELECT * FROM receiver WHERE account_id = $1 AND kind = $2
    AND identity = $3 AND bound AND NOT (merchant_id = $4 AND receiver_no = $5) LIMIT 1";
const LIST: &str = "SELECT * FROM receiver WHERE bucket = $1 AND merchant_id = $2
    AND ($3::text IS NULL OR receiver_no > $3) ORDER BY receiver_no LIMIT $4";

pub(super) fn encode(it: &Binding) -> Value {
    json!({
        "bucket": bucket(&it.merchant),
        "merchant_id": it.merchant.as_str(),
        "receiver_no": it.receiver_no.as_str(),
        "account_id": it.account.as_str(),
        "kind": it.receiver.kind.name(),
        "identity": it.receiver.account,
        "relation": it.relation,
        "bound": it.bound,
        "changed_at": it.changed_at.0,
    })
}

pub(super) fn lock(it: &Binding) -> String {
    format!("receiver/{}/{}", it.merchant, it.receiver_no)
}

fn read(row: &Row) -> Read<Binding> {
    let kind = ReceiverKind::from_name(get(row, "kind")?);
    let kind = kind.ok_or_else(|| garbled("a receiver's kind"))?;
    Ok(Binding {
        merchant: parsed(row, "merchant_id")?,
        receiver_no: parsed(row, "receiver_no")?,
        account: parsed(row, "account_id")?,
        receiver: Receiver { kind, account: get(row, "identity")? },
        relation: get(row, "relation")?,
        bound: get(row, "bound")?,
        changed_at: Timestamp(get(row, "changed_at")?),
    })
}

impl Receivers for Postgres {
    async fn receiver(
        &self,
        merchant: &MerchantId,
        receiver_no: &OrderNo,
    ) -> Read<Option<Binding>> {
        let values: &Values<'_> = &[&bucket(merchant), &merchant.as_str(), &receiver_no.as_str()];
        one(self.connections(), READ, values, read).await
    }

    async fn bound_elsewhere(&self, it: &Binding) -> Read<bool> {
        let (kind, identity) = (it.receiver.kind.name(), &it.receiver.account);
        let name = (it.merchant.as_str(), it.receiver_no.as_str());
        let values: &Values<'_> = &[&it.account.as_str(), &kind, identity, &name.0, &name.1];
        Ok(one(self.connections(), ELSEWHERE, values, read).await?.is_some())
    }

    async fn receivers(
        &self,
        merchant: &MerchantId,
        after: Option<&OrderNo>,
        limit: usize,
    ) -> Read<Vec<Binding>> {
        let (after, limit) = (after.map(OrderNo::as_str), cell::limit(limit));
        let values: &Values<'_> = &[&bucket(merchant), &merchant.as_str(), &after, &limit];
        list(self.connections(), LIST, values, read).await
    }
}
