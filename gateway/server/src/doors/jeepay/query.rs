//! `/api/pay/query`: one order, as it is known now.

use axum::extract::State;
use paymux_store::Store;

use super::words::Jeepay;
use super::{Signed, envelope, order, signed};
use crate::api::Answer;
use crate::doors::caller::Came;
use crate::doors::{Hall, JEEPAY};

pub(super) async fn handle<S: Store>(State(hall): State<Hall<S>>, came: Came) -> Answer {
    let it = signed(&hall, &came, &["payOrderId", "mchOrderNo"])?;
    let by = (&it.params, "payOrderId", "mchOrderNo");
    let payment = hall.found(&it.merchant, JEEPAY, by).await?;
    let data = order::told(&payment, &hall.gateway.snapshot.load(), &party(&it));
    Ok(envelope::success(&data, &it.key))
}

pub(super) fn party(it: &Signed) -> Jeepay {
    let own = |name: &str| it.params.get(name).to_owned();
    Jeepay { mch_no: own("mchNo"), app_id: own("appId"), key: it.key.clone() }
}
