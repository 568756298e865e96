//! `/api/pay/unifiedOrder`: an order, opened in the way that its `wayCode` says.

use std::collections::BTreeMap;
use std::time::Duration;

use axum::extract::State;
use paymux_core::payment::{Action, Door, Payment, Standing, Verdict};
use paymux_engine::flow::create::NewPayment;
use paymux_engine::problem::Problem;
use paymux_engine::render;
use paymux_store::Store;
use serde_json::json;

use super::envelope::{self, Data};
use super::{is_word, order, signed, way};
use crate::api::Answer;
use crate::doors::caller::Came;
use crate::doors::field::in_fen;
use crate::doors::params::{Params, wrong};
use crate::doors::{Hall, JEEPAY, name};

const KNOWN: [&str; 14] = [
    "mchOrderNo",
    "wayCode",
    "amount",
    "currency",
    "subject",
    "body",
    "clientIp",
    "notifyUrl",
    "returnUrl",
    "expiredTime",
    "channelExtra",
    "divisionMode",
    "extParam",
    "channelUser",
];
/// Jeepay's own, where the gateway lets orders live so long.
const EXPIRES_IN: Duration = Duration::from_secs(7200);
const MIN_EXPIRES_IN: Duration = Duration::from_secs(60);
const MAX_BODY_CHARS: usize = 256;
const MAX_EXT_CHARS: usize = 512;

pub(super) async fn handle<S: Store>(State(hall): State<Hall<S>>, came: Came) -> Answer {
    let it = signed(&hall, &came, &KNOWN)?;
    let wish = way::pay_data_type(&it.params)?;
    if wish.as_deref() == Some("codeImgUrl") {
        let reason = "payDataType codeImgUrl is not offered: draw the code of codeUrl yourself";
        return Err(wrong("channelExtra", reason).into());
    }
    let new = wanted(&hall, &it.params)?;
    let payment = hall.place(&it.merchant, JEEPAY, new).await?;
    let page = hall.gateway.snapshot.load().cashier.clone();
    let page = page.map(|it| it.payment_url(payment.id));
    let (kind, data) = pay_data(&payment, wish.as_deref(), page);
    let why = order::failure(&payment);
    let answer: Data = vec![
        ("payOrderId", payment.id.to_string().into()),
        ("mchOrderNo", payment.order.order_no.as_str().into()),
        ("orderState", order::state(&payment).into()),
        ("payDataType", kind.into()),
        ("payData", data.into()),
        ("errCode", why.map_or("", |it| &it.code).into()),
        ("errMsg", why.map_or("", |it| &it.message).into()),
    ];
    Ok(envelope::success(&answer, &it.key))
}

fn wanted<S: Store>(hall: &Hall<S>, params: &Params) -> Result<NewPayment, Problem> {
    if !params.required("currency")?.eq_ignore_ascii_case("cny") {
        return Err(wrong("currency", "must be cny"));
    }
    if !["", "0"].contains(&params.get("divisionMode")) {
        let reason = "must be 0: the gateway shares no payments at this door yet";
        return Err(wrong("divisionMode", reason));
    }
    for name in ["subject", "body", "extParam"] {
        params.whole(name, is_word)?;
    }
    let words = [
        ("wayCode", Some(params.required("wayCode")?.to_owned())),
        ("body", params.words("body", MAX_BODY_CHARS)?),
        ("clientIp", params.address("clientIp")?),
        ("extParam", params.words("extParam", MAX_EXT_CHARS)?),
    ];
    let words = words.into_iter().filter_map(|(name, it)| Some((name.to_owned(), it?)));
    let notify_url = params.notify_url("notifyUrl", &hall.urls)?;
    Ok(NewPayment {
        order_no: params.order_no("mchOrderNo")?,
        amount: in_fen("amount", params.integer("amount")?)?,
        subject: params.subject("subject", params.required("subject")?)?,
        parts: vec![],
        means: way::means(params)?,
        metadata: BTreeMap::new(),
        return_url: params.url("returnUrl")?,
        expires_in: expires_in(params, hall.terms.expires_in_max)?,
        splittable: false,
        door: Some(Door { name: name(JEEPAY), notify_url, words: words.collect() }),
    })
}

fn expires_in(params: &Params, max: Duration) -> Result<Duration, Problem> {
    if params.optional("expiredTime").is_none() {
        return Ok(EXPIRES_IN.min(max));
    }
    let seconds = u64::try_from(params.integer("expiredTime")?).unwrap_or(0);
    let wanted = Duration::from_secs(seconds);
    let (low, high) = (MIN_EXPIRES_IN.as_secs(), max.as_secs());
    let fits = (MIN_EXPIRES_IN..=max).contains(&wanted);
    let reason = format!("must be {low} to {high} seconds");
    if fits { Ok(wanted) } else { Err(wrong("expiredTime", reason)) }
}

/// What the client is to do with it, and what it is. Over is over: there is nothing to do then.
fn pay_data(payment: &Payment, wish: Option<&str>, page: Option<String>) -> (&'static str, String) {
    if payment.verdict != Verdict::Open {
        return ("none", String::new());
    }
    if let (Some(_), Some(page)) = (&payment.order.cashier, page) {
        return (if wish == Some("codeUrl") { "codeUrl" } else { "payurl" }, page);
    }
    let attempt = payment.current().filter(|it| it.standing == Standing::Pending);
    let kind = attempt.and_then(|it| it.way.channel.as_deref());
    let app = if kind == Some("wechat") { "wxapp" } else { "aliapp" };
    match attempt.and_then(|it| it.action.as_ref()) {
        Some(Action::QrCode(code)) => ("codeUrl", code.clone()),
        Some(Action::Redirect(url)) => ("payurl", url.clone()),
        Some(Action::Form { url, fields }) => ("form", form(url, fields)),
        Some(Action::Invoke(call)) => (app, invoked(call)),
        Some(Action::Confirm) | None => ("none", String::new()),
    }
}

/// An app's order is a text; everything else is JSON, with Jeepay's name of Alipay's number.
fn invoked(call: &BTreeMap<String, String>) -> String {
    if let Some(text) = call.get("order_string") {
        return text.clone();
    }
    match call.get("tradeNO") {
        Some(number) => json!({ "alipayTradeNo": number }).to_string(),
        None => String::from_utf8(render::bytes(call)).unwrap_or_default(),
    }
}

/// A page that sends itself.
fn form(url: &str, fields: &BTreeMap<String, String>) -> String {
    let input = |(name, value): (&String, &String)| {
        format!("<input type=\"hidden\" name=\"{}\" value=\"{}\">", quoted(name), quoted(value))
    };
    let inputs: String = fields.iter().map(input).collect();
    format!(
        "<form name=\"punchout_form\" method=\"post\" action=\"{}\">{inputs}</form>\
         <script>document.forms[0].submit();</script>",
        quoted(url)
    )
}

fn quoted(text: &str) -> String {
    let signs = [('&', "&amp;"), ('"', "&quot;"), ('<', "&lt;"), ('>', "&gt;")];
    signs.iter().fold(text.to_owned(), |text, (sign, code)| text.replace(*sign, code))
}

impl Params {
    pub(super) fn integer(&self, name: &str) -> Result<i64, Problem> {
        let text = self.required(name)?;
        let digits = text.bytes().all(|it| it.is_ascii_digit());
        let number = text.parse().ok().filter(|_| digits);
        number.ok_or_else(|| Problem::field(name, "must be a whole number"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_are_quoted_and_orders_of_apps_are_texts() {
        let fields = BTreeMap::from([("a\"<b".to_owned(), "c&d>".to_owned())]);
        let form = form("https://pay.example/?a=1&b=2", &fields);
        assert!(form.contains("action=\"https://pay.example/?a=1&amp;b=2\""), "{form}");
        assert!(form.contains("name=\"a&quot;&lt;b\" value=\"c&amp;d&gt;\""), "{form}");
        let call = |name: &str| invoked(&BTreeMap::from([(name.to_owned(), "1".to_owned())]));
        assert_eq!(call("order_string"), "1");
        assert_eq!(call("tradeNO"), r#"{"alipayTradeNo":"1"}"#);
        assert_eq!(call("paySign"), r#"{"paySign":"1"}"#);
    }

    #[test]
    fn an_order_lives_as_long_as_it_says_within_the_limits() {
        let hour = Duration::from_secs(3600);
        let of = |text: &str, max| expires_in(&[("expiredTime", text)].into(), max).ok();
        assert_eq!(of("", EXPIRES_IN), Some(EXPIRES_IN));
        assert_eq!(of("", hour), Some(hour));
        assert_eq!(of("60", hour), Some(MIN_EXPIRES_IN));
        assert_eq!(of("3600", hour), Some(hour));
        for text in ["0", "59", "3601", "-1", "1.5", "x"] {
            assert_eq!(of(text, hour), None, "{text}");
        }
    }
}
