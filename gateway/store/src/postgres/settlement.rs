//! Settlements: written over their versions.

use paymux_core::settlement::Settlement;
use paymux_core::{Currency, MerchantId, PaymentId, Timestamp, VoucherNo};
use serde_json::{Value, json};
use tokio_postgres::Row;

use super::Postgres;
use super::encode::number;
use super::read::{Values, get, list, one};
use crate::cell::{self, unsigned};
use crate::{
    CommitError, OpenSettlements, Read, SettlementWrite, Settlements, StoreError, record,
    settlement,
};

const READ: &str = "SELECT record FROM settlement WHERE number = $1";
const LATEST: &str = "SELECT record FROM settlement WHERE merchant_id = $1 AND currency = $2
    ORDER BY place DESC LIMIT 1";
const LIST: &str = "SELECT record FROM settlement WHERE ($1::text IS NULL OR merchant_id = $1)
    AND ($2::text IS NULL OR id < (SELECT id FROM settlement WHERE number = $2))
    ORDER BY id DESC LIMIT $3";
const OPEN: &str = "SELECT record FROM settlement WHERE merchant_id = $1
    AND status IN ('confirmed', 'draft', 'failed', 'paying') ORDER BY id LIMIT $2";
const UNBOOKED: &str = "SELECT id FROM payment WHERE paid > 0 AND NOT EXISTS (
    SELECT FROM posting WHERE cause > 'payment/' || substr(payment.id, 5)
        AND cause < 'payment/' || substr(payment.id, 5) || '~') ORDER BY id LIMIT $1";
const COUNT: &str = "SELECT status, count(*) AS count, min(created_at) AS since FROM settlement
    WHERE status IN ('confirmed', 'draft', 'failed', 'paying') GROUP BY status ORDER BY status";

/// What the wall refuses, the function refuses with its words.
pub(super) fn encode(write: &SettlementWrite) -> Read<Value> {
    let next = &write.next;
    let refused = match settlement::check(write) {
        Ok(()) => None,
        Err(CommitError::Constraint(what)) => Some(what),
        Err(error) => return Err(StoreError(error.to_string())),
    };
    Ok(json!({
        "number": next.number.as_str(),
        "id": next.root().to_string(),
        "expected": number(write.expected),
        "refused": refused,
        "merchant_id": next.merchant.as_str(),
        "currency": next.currency.code(),
        "place": next.place,
        "status": next.state.name(),
        "amount": next.amount().minor(),
        "version": number(next.version),
        "created_at": next.created_at.0,
        "record": record::settlement::encode(next)?,
    }))
}

impl Settlements for Postgres {
    async fn settlement(&self, number: &VoucherNo) -> Read<Option<Settlement>> {
        one(self.connections(), READ, &[&number.as_str()], decoded).await
    }

    async fn latest_settlement(
        &self,
        merchant: &MerchantId,
        currency: Currency,
    ) -> Read<Option<Settlement>> {
        let values: &Values<'_> = &[&merchant.as_str(), &currency.code()];
        one(self.connections(), LATEST, values, decoded).await
    }

    async fn settlements(
        &self,
        merchant: Option<&MerchantId>,
        before: Option<&VoucherNo>,
        limit: usize,
    ) -> Read<Vec<Settlement>> {
        let merchant = merchant.map(MerchantId::as_str);
        let before = before.map(VoucherNo::as_str);
        let values: &Values<'_> = &[&merchant, &before, &cell::limit(limit)];
        list(self.connections(), LIST, values, decoded).await
    }

    async fn open_settlements(&self, merchant: &MerchantId, limit: usize) -> Read<Vec<Settlement>> {
        let values: &Values<'_> = &[&merchant.as_str(), &cell::limit(limit)];
        list(self.connections(), OPEN, values, decoded).await
    }

    async fn unbooked(&self, limit: usize) -> Read<Vec<PaymentId>> {
        let read = |it: &Row| {
            let id: &str = get(it, "id")?;
            id.parse().map_err(|_| cell::garbled("a payment's id"))
        };
        list(self.connections(), UNBOOKED, &[&cell::limit(limit)], read).await
    }

    async fn count_open_settlements(&self) -> Read<Vec<OpenSettlements>> {
        list(self.connections(), COUNT, &[], counted).await
    }
}

fn decoded(row: &Row) -> Read<Settlement> {
    record::settlement::decode(get(row, "record")?)
}

fn counted(row: &Row) -> Read<OpenSettlements> {
    let (state, count) = (get(row, "status")?, unsigned(get(row, "count")?)?);
    Ok(OpenSettlements { state, count, since: Timestamp(get(row, "since")?) })
}
