//! `/mapi.php`: the merchant's server brings the order, and is told how its payer gets to pay.

use axum::extract::State;
use http::StatusCode;
use paymux_core::payment::{Action, Payer, Payment};
use paymux_engine::problem::Problem;
use paymux_store::Store;
use serde_json::{Value, json};

use super::open::{self, Device};
use super::{signed, submit};
use crate::api::{Answer, reply};
use crate::doors::caller::{Came, From};
use crate::doors::params::{Params, wrong};
use crate::doors::{EPAY, Hall};

pub(super) async fn handle<S: Store>(State(hall): State<Hall<S>>, came: Came) -> Answer {
    let (merchant, params) = signed(&hall, &came, From::Server)?;
    let (channel, device) = (open::channel(&params)?, device(&params)?);
    let payer = Payer { client_ip: params.address("clientip")?, ..Payer::default() };
    let new = open::wanted(&hall, &params)?;
    let payment = hall.place(&merchant, EPAY, new).await?;
    hall.payable(&payment)?;
    let payment = match channel {
        Some(channel) => hall.open_way(&merchant, payment, channel, (device, payer)).await?,
        None => payment,
    };
    let page = submit::page_of(&hall, payment.id)?;
    Ok(reply::json(StatusCode::OK, &answer(&payment, device, page)))
}

/// Whatever was opened, the page follows it; so it is the answer where there is no better one.
fn answer(payment: &Payment, device: Device, page: String) -> Value {
    let (name, value) = match open::opened(payment, device) {
        Some(Action::QrCode(code)) => ("qrcode", code.clone()),
        Some(Action::Redirect(url)) => ("payurl", url.clone()),
        Some(Action::Form { .. } | Action::Invoke(_) | Action::Confirm) | None => ("payurl", page),
    };
    json!({ "code": 1, "msg": "succ", "trade_no": payment.id.to_string(), name: value })
}

fn device(params: &Params) -> Result<Device, Problem> {
    if ["auth_code", "sub_openid"].iter().any(|it| params.optional(it).is_some()) {
        let reason = "is not taken at this door: use POST /v1/payments for it";
        return Err(wrong("method", reason));
    }
    match (params.get("method"), params.get("device")) {
        ("web" | "", "pc" | "") => Ok(Device::Computer),
        ("web" | "", "mobile") => Ok(Device::Phone),
        ("web" | "", "wechat" | "alipay" | "qq" | "jump") | ("jump", _) => Ok(Device::Elsewhere),
        ("web" | "", _) => Err(wrong("device", "must be pc, mobile, wechat, alipay, qq or jump")),
        _ => Err(wrong("method", "must be web or jump")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn devices_and_methods() {
        let of =
            |method: &str, name: &str| device(&[("method", method), ("device", name)].into()).ok();
        assert_eq!(of("", ""), Some(Device::Computer));
        assert_eq!(of("web", "pc"), Some(Device::Computer));
        assert_eq!(of("", "mobile"), Some(Device::Phone));
        assert_eq!(of("", "wechat"), Some(Device::Elsewhere));
        assert_eq!(of("", "jump"), Some(Device::Elsewhere));
        assert_eq!(of("jump", "pc"), Some(Device::Elsewhere));
        assert_eq!((of("", "watch"), of("scan", "")), (None, None));
        assert!(device(&[("auth_code", "280812820366966512")].into()).is_err());
    }
}
