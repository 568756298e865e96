//! The wallet's side of a client package: whether the app may open the cashier with it.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::body::to_bytes;
use axum::extract::{Request, State};
use axum::response::Response;
use http::StatusCode;
use serde_json::{Value, json};

use super::owner::Owner;
use super::v2::{Params, SignType, sign};
use super::{sign_type, token_of};
use crate::books::{Channel, Order, Product};
use crate::clock;
use crate::exchange::plain;
use crate::shared::{Shared, WechatDesk};

/// A package is seven short texts.
const MAX_BODY_BYTES: usize = 4 * 1024;

type Package = BTreeMap<String, String>;

/// `POST` the package as an object; the answer names the cashier's page, or says why not.
pub(crate) async fn invoke(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    let body = to_bytes(request.into_body(), MAX_BODY_BYTES).await.unwrap_or_default();
    let opened = read(&body).and_then(|package| open(&shared, &package));
    match opened {
        Ok(cashier) => said(StatusCode::OK, &json!({ "cashier": cashier })),
        Err(reason) => {
            let text = json!({ "err_msg": "get_brand_wcpay_request:fail", "reason": reason });
            said(StatusCode::BAD_REQUEST, &text)
        }
    }
}

fn said(status: StatusCode, body: &Value) -> Response {
    plain(status, "application/json", body.to_string())
}

/// The apps' SDKs write some names in their own way: `partnerId`, `packageValue`.
fn read(body: &[u8]) -> Result<Package, &'static str> {
    let raw: Package = serde_json::from_slice(body).map_err(|_| "an object of texts is wanted")?;
    let plain = |name: String| match name.to_ascii_lowercase().as_str() {
        "packagevalue" => "package".to_owned(),
        other => other.to_owned(),
    };
    Ok(raw.into_iter().map(|(name, value)| (plain(name), value)).collect())
}

fn open(shared: &Shared, package: &Package) -> Result<String, &'static str> {
    let app = package.contains_key("prepayid");
    let id = if app {
        package.get("prepayid").map(String::as_str)
    } else {
        package.get("package").and_then(|text| text.strip_prefix("prepay_id="))
    };
    let token = id.and_then(token_of).ok_or("no such prepay_id")?;
    let (mut books, now) = (shared.books(), clock::now());
    let key = books.key_of_token(token).ok_or("no such prepay_id")?;
    let order = books.order(&key, now).ok_or("no such prepay_id")?.clone();
    let fits = match order.product {
        Product::App => app,
        Product::Jsapi | Product::MiniProgram => !app,
        Product::Qr | Product::Page | Product::H5 | Product::Barcode => false,
    };
    if !fits {
        return Err("the order is of another trade_type");
    }
    check(&shared.wechat, package, &order)?;
    books.scan(&key, now).map_err(|_| "the order cannot be paid")?;
    Ok(shared.wallet_url(Channel::Wechat, token))
}

fn check(desk: &WechatDesk, package: &Package, order: &Order) -> Result<(), &'static str> {
    let owner = Owner::of(order);
    let text = |name: &str| package.get(name).map(String::as_str).unwrap_or_default();
    // A mini program does not pass the application it is itself.
    let app_id = package.get("appid").unwrap_or(&order.app_id);
    if *app_id != order.app_id && Some(app_id) != owner.sub_app_id.as_ref() {
        return Err("appId is not the order's");
    }
    let time = package.get("timestamp").filter(|time| !time.is_empty());
    if !time.is_some_and(|time| time.bytes().all(|b| b.is_ascii_digit())) {
        return Err("timeStamp is not a text of seconds");
    }
    if !(1..=32).contains(&text("noncestr").len()) {
        return Err("nonceStr has 1 to 32 characters");
    }
    if order.product == Product::App {
        check_app(desk, package, &owner)?;
    }
    if signed(desk, package, order, app_id) { Ok(()) } else { Err("支付验证签名失败") }
}

fn check_app(desk: &WechatDesk, package: &Package, owner: &Owner) -> Result<(), &'static str> {
    let partner = package.get("partnerid");
    if partner != Some(&desk.party.mch_id)
        && (partner.is_none() || partner != owner.sub_mch_id.as_ref())
    {
        return Err("partnerid is not the order's merchant");
    }
    match package.get("package").map(String::as_str) {
        Some("Sign=WXPay") => Ok(()),
        Some(_) | None => Err("package is Sign=WXPay"),
    }
}

fn signed(desk: &WechatDesk, package: &Package, order: &Order, app_id: &str) -> bool {
    let text = |name: &str| package.get(name).map(String::as_str).unwrap_or_default();
    if let Some(kind) = sign_type(order) {
        return signed_v2(desk, package, order, (app_id, kind));
    }
    let (last, sign) = if order.product == Product::App {
        (text("prepayid"), text("sign"))
    } else if text("signtype") == "RSA" {
        (text("package"), text("paysign"))
    } else {
        return false;
    };
    let message = [app_id, text("timestamp"), text("noncestr"), last, ""].join("\n");
    desk.verifier.accepts(message.as_bytes(), sign)
}

/// The same rule as a request's, over the names as the app writes them; it takes the order's kind
/// of signature and no other.
fn signed_v2(
    desk: &WechatDesk,
    package: &Package,
    order: &Order,
    (app_id, kind): (&str, SignType),
) -> bool {
    let text = |name: &str| package.get(name).cloned().unwrap_or_default();
    let app = order.product == Product::App;
    let names: &[(&str, &str)] = if app {
        &[
            ("partnerid", "partnerid"),
            ("prepayid", "prepayid"),
            ("package", "package"),
            ("noncestr", "noncestr"),
            ("timestamp", "timestamp"),
        ]
    } else {
        &[
            ("timeStamp", "timestamp"),
            ("nonceStr", "noncestr"),
            ("package", "package"),
            ("signType", "signtype"),
        ]
    };
    let mut signed: Params =
        names.iter().map(|(name, own)| ((*name).to_owned(), text(own))).collect();
    signed.insert(if app { "appid" } else { "appId" }.to_owned(), app_id.to_owned());
    let agreed = app || text("signtype") == kind.word();
    agreed
        && text(if app { "sign" } else { "paysign" }) == sign(&signed, &desk.party.api_v2_key, kind)
}
