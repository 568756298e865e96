//! `/api/pay/close`: nobody shall pay it any more. Closing twice is closing once.

use axum::extract::State;
use paymux_store::Store;

use super::{envelope, order, signed};
use crate::api::Answer;
use crate::doors::caller::Came;
use crate::doors::{Hall, JEEPAY};

pub(super) async fn handle<S: Store>(State(hall): State<Hall<S>>, came: Came) -> Answer {
    let it = signed(&hall, &came, &["payOrderId", "mchOrderNo"])?;
    let by = (&it.params, "payOrderId", "mchOrderNo");
    let payment = hall.found(&it.merchant, JEEPAY, by).await?;
    let payment = hall.gateway.close(&it.merchant, payment.id).await?;
    let data = vec![
        ("payOrderId", payment.id.to_string().into()),
        ("mchOrderNo", payment.order.order_no.as_str().into()),
        ("state", order::state(&payment).into()),
    ];
    Ok(envelope::success(&data, &it.key))
}
