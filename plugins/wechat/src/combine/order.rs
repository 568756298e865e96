//! `POST /v3/combine-transactions/{native,app,h5,jsapi}`.

use paymux_channel::{BuildError, Call, Outcome, ParseError, Response, Step};
use paymux_core::Timestamp;
use paymux_core::payment::Method;
use serde::Serialize;

use super::{CombinedOrder, Identity, ORDERS, Product, SubOrder, check};
use crate::order::{client_ip, description, fen, is_openid, is_takable};
use crate::request::notify_url;
use crate::sealed::Sealer;
use crate::settings::{Account, H5Info};
use crate::{app, h5, jsapi, native, time};

const MAX_ATTACH: usize = 128;
const ATTACH: BuildError = BuildError::Limit {
    field: "attach",
    limit: "1 to 128 characters of at most three bytes, without control characters",
};
const OPENID: BuildError =
    BuildError::Limit { field: "payer.openid", limit: "1 to 128 characters of ASCII" };
const EXPIRES_AT: BuildError = BuildError::Limit { field: "expires_at", limit: "in the future" };

#[derive(Serialize)]
struct Order<'a> {
    combine_appid: &'a str,
    combine_mchid: &'a str,
    combine_out_trade_no: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    scene_info: Option<Scene<'a>>,
    sub_orders: Vec<Sub<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    combine_payer_info: Option<Payer<'a>>,
    time_expire: String,
    notify_url: &'a str,
}

#[derive(Serialize)]
struct Scene<'a> {
    payer_client_ip: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    h5_info: Option<&'a H5Info>,
}

#[derive(Serialize)]
struct Payer<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    openid: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    identity: Option<Sealed>,
}

#[derive(Serialize)]
struct Sealed {
    #[serde(rename = "type")]
    kind: &'static str,
    number: String,
    name: String,
}

#[derive(Serialize)]
struct Sub<'a> {
    mchid: &'a str,
    attach: &'a str,
    amount: Amount,
    out_trade_no: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    sub_mchid: Option<&'a str>,
    description: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    settle_info: Option<Settle>,
}

#[derive(Serialize)]
struct Amount {
    total_amount: i64,
    currency: &'static str,
}

#[derive(Serialize)]
struct Settle {
    profit_sharing: bool,
}

impl Product {
    pub(super) const fn method(&self) -> Method {
        match self {
            Self::Native => Method::Qr,
            Self::App => Method::App,
            Self::H5 => Method::H5,
            Self::Jsapi(_) => Method::Jsapi,
            Self::MiniProgram(_) => Method::MiniProgram,
        }
    }

    const fn path(&self) -> &'static str {
        match self {
            Self::Native => "native",
            Self::App => "app",
            Self::H5 => "h5",
            Self::Jsapi(_) | Self::MiniProgram(_) => "jsapi",
        }
    }

    fn openid(&self) -> Option<&str> {
        match self {
            Self::Jsapi(openid) | Self::MiniProgram(openid) => Some(openid),
            Self::Native | Self::App | Self::H5 => None,
        }
    }
}

impl Account {
    pub(super) fn build_order(
        &self,
        order: &CombinedOrder,
        call: &Call,
    ) -> Result<Step, BuildError> {
        let account = self;
        check(&order.out_trade_no, &order.sub_orders)?;
        let sealer = order.identity.as_ref().map(|_| account.sealer(call.now)).transpose()?;
        let subs = order.sub_orders.iter().map(sub);
        let body = Order {
            combine_appid: account.opener(order.product.method()),
            combine_mchid: &account.mch_id,
            combine_out_trade_no: &order.out_trade_no,
            scene_info: scene(order, &account.h5)?,
            sub_orders: subs.collect::<Result<_, _>>()?,
            combine_payer_info: payer(order, sealer.as_ref())?,
            time_expire: expiry(order.expires_at, call)?,
            notify_url: notify_url(&call.notify_url)?,
        };
        let path = format!("{ORDERS}/{}", order.product.path());
        let step = account.post(&path, call, &body)?;
        match sealer {
            Some(sealer) => sealer.name(step),
            None => Ok(step),
        }
    }

    /// As the single order's answer.
    pub(super) fn parse_order(
        &self,
        order: &CombinedOrder,
        call: &Call,
        response: &Response,
    ) -> Result<Outcome, ParseError> {
        match order.product {
            Product::Native => native::parse(self, call, response),
            Product::App => app::parse(self, call, response),
            Product::H5 => h5::parse_page(self, call, response, None),
            Product::Jsapi(_) | Product::MiniProgram(_) => {
                jsapi::parse(self, order.product.method(), call, response)
            }
        }
    }
}

fn scene<'a>(order: &'a CombinedOrder, h5: &'a H5Info) -> Result<Option<Scene<'a>>, BuildError> {
    let h5_info = (order.product == Product::H5).then_some(h5);
    let required = h5_info.is_some().then_some("");
    let ip = order.client_ip.as_deref().or(required);
    let ip = ip.map(client_ip).transpose()?;
    Ok(ip.map(|payer_client_ip| Scene { payer_client_ip, h5_info }))
}

fn sub(sub: &SubOrder) -> Result<Sub<'_>, BuildError> {
    let attach = &*sub.attach;
    let fits = (1..=MAX_ATTACH).contains(&attach.chars().count()) && attach.chars().all(is_takable);
    Ok(Sub {
        mchid: &sub.mch_id,
        attach: if fits { attach } else { return Err(ATTACH) },
        amount: Amount { total_amount: fen(sub.amount)?, currency: sub.amount.currency().code() },
        out_trade_no: &sub.out_trade_no,
        sub_mchid: sub.sub_mch_id.as_deref(),
        description: description(&sub.description)?,
        settle_info: sub.profit_sharing.then_some(Settle { profit_sharing: true }),
    })
}

fn payer<'a>(
    order: &'a CombinedOrder,
    sealer: Option<&Sealer<'_>>,
) -> Result<Option<Payer<'a>>, BuildError> {
    let openid = order.product.openid();
    if openid.is_some_and(|it| !is_openid(it)) {
        return Err(OPENID);
    }
    let pair = order.identity.as_ref().zip(sealer);
    let identity = pair.map(|(it, sealer)| sealed(it, sealer)).transpose()?;
    let named = openid.is_some() || identity.is_some();
    Ok(named.then_some(Payer { openid, identity }))
}

fn sealed(identity: &Identity, sealer: &Sealer<'_>) -> Result<Sealed, BuildError> {
    let (number, name) = (sealer.seal(&identity.number)?, sealer.seal(&identity.name)?);
    Ok(Sealed { kind: identity.kind, number, name })
}

fn expiry(at: Timestamp, call: &Call) -> Result<String, BuildError> {
    if at <= call.now {
        return Err(EXPIRES_AT);
    }
    time::write(at).ok_or(EXPIRES_AT)
}
