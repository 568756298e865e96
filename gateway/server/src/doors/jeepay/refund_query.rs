//! `/api/refund/query`: one refund, as it is known now.

use axum::extract::State;
use paymux_core::payment::Payment;
use paymux_core::refund::{Cause, Refund};
use paymux_core::{OrderNo, PaymentId, RefundId};
use paymux_engine::problem::{self, Problem};
use paymux_engine::snapshot::Merchant;
use paymux_store::{Key, Store};

use super::query::party;
use super::{envelope, order, signed};
use crate::api::Answer;
use crate::api::reply::unreadable;
use crate::doors::caller::Came;
use crate::doors::params::{Params, wrong};
use crate::doors::{Hall, JEEPAY};

pub(super) async fn handle<S: Store>(State(hall): State<Hall<S>>, came: Came) -> Answer {
    let it = signed(&hall, &came, &["refundOrderId", "mchRefundNo"])?;
    let (payment, refund) = found(&hall, &it.merchant, &it.params).await?;
    let data = order::refund_told(&payment, &refund, &party(&it));
    Ok(envelope::success(&data, &it.key))
}

/// By our number or the merchant's own, or both, which must then agree.
async fn found<S: Store>(
    hall: &Hall<S>,
    merchant: &Merchant,
    params: &Params,
) -> Result<(Payment, Refund), Problem> {
    let unknown = || Problem::new(problem::NOT_FOUND, "there is no such refund");
    let id = params.optional("refundOrderId").map(str::parse::<RefundId>);
    let id = id.transpose().map_err(|_| unknown())?;
    let number = params.optional("mchRefundNo").map(str::parse::<OrderNo>);
    let number = number.transpose().map_err(|_| unknown())?;
    let payment = match (&id, &number) {
        (Some(id), _) => id.payment,
        (None, Some(number)) => holder(hall, merchant, number).await?.ok_or_else(unknown)?,
        (None, None) => {
            return Err(wrong("mchRefundNo", "is missing, and so is refundOrderId"));
        }
    };
    let payment = hall.gateway.owned(merchant, payment).await.map_err(|_| unknown())?;
    let own = |it: &&Refund| {
        let through = it.door.as_ref().is_some_and(|it| it.name.as_str() == JEEPAY);
        through
            && it.cause == Cause::Merchant
            && id.is_none_or(|id| it.id == id)
            && number.as_ref().is_none_or(|number| it.refund_no == *number)
    };
    let refund = payment.refunds.iter().find(own).cloned().ok_or_else(unknown)?;
    Ok((payment, refund))
}

async fn holder<S: Store>(
    hall: &Hall<S>,
    merchant: &Merchant,
    number: &OrderNo,
) -> Result<Option<PaymentId>, Problem> {
    let key = Key::Refund(merchant.id.clone(), number.clone());
    let holder = hall.gateway.store.holder(&key).await.map_err(unreadable)?;
    Ok(holder.and_then(|it| it.parse().ok()))
}
