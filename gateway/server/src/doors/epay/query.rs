//! `act=query`: whether the merchant is known. No money lies here, so there is no balance to tell.

use paymux_engine::snapshot::Merchant;
use serde_json::{Value, json};

use crate::doors::params::Params;

pub(super) fn answer(merchant: &Merchant, params: &Params) -> Value {
    json!({
        "code": 1,
        "msg": "succ",
        "pid": params.get("pid"),
        "active": 1,
        "username": merchant.shown_name(),
    })
}
