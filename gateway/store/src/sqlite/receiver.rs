//! Receivers, written over what was there.

use paymux_core::split::{Receiver, ReceiverKind};
use paymux_core::{MerchantId, OrderNo, Timestamp};
use rusqlite::{Connection, Row, params};

use super::Sqlite;
use super::read::{list, one};
use super::row::{column, parsed};
use super::write::{Step, run};
use crate::cell::{self, garbled};
use crate::{Binding, Read, Receivers};

const WRITE: &str = "INSERT INTO receiver (merchant_id, receiver_no, account_id, kind, identity,
    relation, bound, changed_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
    ON CONFLICT (merchant_id, receiver_no) DO UPDATE SET account_id = excluded.account_id,
    kind = excluded.kind, identity = excluded.identity, relation = excluded.relation,
    bound = excluded.bound, changed_at = excluded.changed_at";
const READ: &str = "SELECT * FROM receiver WHERE merchant_id = ?1 AND receiver_no = ?2";
const ELSEWHERE: &str = "SELECT * FROM receiver WHERE account_id = ?1 AND kind = ?2
    AND identity = ?3 AND bound AND NOT (merchant_id = ?4 AND receiver_no = ?5) LIMIT 1";
const LIST: &str = "SELECT * FROM receiver WHERE merchant_id = ?1
    AND (?2 IS NULL OR receiver_no > ?2) ORDER BY receiver_no LIMIT ?3";

pub(super) fn write(to: &Connection, it: &Binding) -> Step {
    let values = params![
        it.merchant.as_str(),
        it.receiver_no.as_str(),
        it.account.as_str(),
        it.receiver.kind.name(),
        it.receiver.account,
        it.relation,
        it.bound,
        it.changed_at.0
    ];
    run(to, WRITE, values).map(drop)
}

fn read(row: &Row<'_>) -> Read<Binding> {
    let kind = ReceiverKind::from_name(&column::<String>(row, "kind")?);
    let kind = kind.ok_or_else(|| garbled("a receiver's kind"))?;
    Ok(Binding {
        merchant: parsed(row, "merchant_id")?,
        receiver_no: parsed(row, "receiver_no")?,
        account: parsed(row, "account_id")?,
        receiver: Receiver { kind, account: column(row, "identity")? },
        relation: column(row, "relation")?,
        bound: column(row, "bound")?,
        changed_at: Timestamp(column(row, "changed_at")?),
    })
}

impl Receivers for Sqlite {
    async fn receiver(
        &self,
        merchant: &MerchantId,
        receiver_no: &OrderNo,
    ) -> Read<Option<Binding>> {
        let (merchant, receiver_no) = (merchant.clone(), receiver_no.clone());
        self.read(move |it| one(it, READ, [merchant.as_str(), receiver_no.as_str()], read)).await
    }

    async fn bound_elsewhere(&self, binding: &Binding) -> Read<bool> {
        let it = binding.clone();
        self.read(move |from| {
            let (kind, identity) = (it.receiver.kind.name(), &it.receiver.account);
            let name = (it.merchant.as_str(), it.receiver_no.as_str());
            let values = params![it.account.as_str(), kind, identity, name.0, name.1];
            Ok(one(from, ELSEWHERE, values, read)?.is_some())
        })
        .await
    }

    async fn receivers(
        &self,
        merchant: &MerchantId,
        after: Option<&OrderNo>,
        limit: usize,
    ) -> Read<Vec<Binding>> {
        let (merchant, after) = (merchant.clone(), after.cloned());
        let limit = cell::limit(limit);
        self.read(move |it| {
            let after = after.as_ref().map(OrderNo::as_str);
            list(it, LIST, params![merchant.as_str(), after, limit], read)
        })
        .await
    }
}
