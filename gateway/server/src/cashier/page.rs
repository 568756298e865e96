//! What a page shows: the order, the ways this browser can pay it, and what became of it.

use askama::Template;
use axum::response::{Html, IntoResponse, Response};
use http::header::CONTENT_SECURITY_POLICY;
use http::{HeaderValue, StatusCode};
use paymux_core::payment::{Action, Attempt, Method, Payer, Payment, Standing, Verdict};
use paymux_core::{Currency, Money};
use paymux_engine::flow::cashier::Offered;
use paymux_engine::snapshot::Snapshot;
use paymux_store::Store;

use super::assets::Assets;
use super::browser::{Browser, Device};
use super::choose::{self, is_over};
use super::events;
use super::words::Words;
use super::{Desk, Shown, svg, way_back};

/// A button that chooses.
struct Choice {
    channel: String,
    method: &'static str,
    text: String,
}

#[derive(Template)]
#[template(path = "cashier.html")]
struct Page<'a> {
    words: &'a Words,
    assets: &'a Assets,
    root: &'a str,
    path: &'a str,
    query: &'a str,
    merchant: &'a str,
    subject: &'a str,
    order_no: &'a str,
    amount: String,
    state: String,
    stage: Stage,
    expires_at_ms: i64,
    left_ms: i64,
    left: String,
    /// A code to scan: this very page, or an order's own.
    code: Option<String>,
    code_label: String,
    choices: Vec<Choice>,
    /// Channels in whose wallets this page can be paid, where this browser cannot.
    wallets: String,
    /// What the wallet's own browser is to be handed, and whose wallet it is.
    invoke: Option<(String, &'static str)>,
    note: Option<&'a str>,
    back: Option<String>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    Open,
    Paid,
    Over,
}

#[derive(Template)]
#[template(path = "leave.html")]
struct Leave<'a> {
    words: &'a Words,
    assets: &'a Assets,
    root: &'a str,
    url: &'a str,
    /// None for a plain link.
    fields: Option<Vec<(&'a str, &'a str)>>,
    page: String,
}

pub(crate) fn page<S: Store>(desk: &Desk<S>, shown: &Shown, browser: &Browser) -> Response {
    let Shown { payment, merchant, cashier } = shown;
    let now = desk.gateway.now();
    let stage = stage(payment, now >= payment.order.expires_at);
    let payer = Payer { user_agent: browser.user_agent.clone(), ..Payer::default() };
    let offered = match stage {
        Stage::Open => desk.gateway.offered(merchant, payment, &payer),
        Stage::Paid | Stage::Over => vec![],
    };
    let snapshot = desk.gateway.snapshot.load_full();
    let open = choose::open(payment, &snapshot, now).filter(|_| stage == Stage::Open);
    let kind = open.map(|it| snapshot.kind_of(&it.account)).unwrap_or_default();
    let refused = |way: &Offered| payment.attempts.iter().any(|it| is_refused(it, way, &snapshot));
    let ways = ways(&offered, browser.device, refused);
    let left = payment.order.expires_at.since(now);
    let (words, invoke) = (browser.words, open.and_then(|it| invoke(it, kind, browser.device)));
    let own = open.and_then(|it| own_code(it));
    let scanned = in_wallets(&offered);
    let link = cashier.payment_url(payment.id);
    let computer = browser.device == Device::Computer && stage == Stage::Open;
    let content = own.or_else(|| (computer && !scanned.is_empty()).then_some(&*link));
    let name = |it: &String| words.channel(it).to_owned();
    let named = |it: &[String]| it.iter().map(name).collect::<Vec<_>>().join(", ");
    let scan = format!("{}{}", words.scan, named(&scanned));
    let label = if own.is_some() { words.code.to_owned() } else { scan };
    let alone = ways.is_empty() && invoke.is_none() && content.is_none() && stage == Stage::Open;
    let wallets = if alone { scanned } else { vec![] };
    let page = Page {
        words,
        assets: Assets::get(),
        root: cashier.root(),
        path: &shown.path(),
        query: browser.query(),
        merchant: merchant.shown_name(),
        subject: &payment.order.subject,
        order_no: payment.order.order_no.as_str(),
        amount: price(payment.order.amount),
        state: events::state(payment, &snapshot, now),
        stage,
        expires_at_ms: payment.order.expires_at.0,
        left_ms: i64::try_from(left.as_millis()).unwrap_or(i64::MAX),
        left: clock(left.as_secs()),
        code: content.and_then(svg),
        code_label: label,
        note: note(payment, open, invoke.is_some() || own.is_some(), words),
        choices: ways.iter().map(|it| choice(it, words)).collect(),
        wallets: named(&wallets),
        invoke,
        back: (stage != Stage::Open).then(|| way_back(&desk.gateway, payment)).flatten(),
    };
    respond(stage, page.render())
}

fn respond(stage: Stage, rendered: Result<String, askama::Error>) -> Response {
    let status = match stage {
        Stage::Open | Stage::Paid => StatusCode::OK,
        Stage::Over => StatusCode::GONE,
    };
    match rendered {
        Ok(html) => (status, Html(html)).into_response(),
        Err(error) => {
            tracing::error!(%error, "cashier.unrendered");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

fn stage(payment: &Payment, late: bool) -> Stage {
    match payment.verdict {
        Verdict::Succeeded { .. } => Stage::Paid,
        Verdict::Failed { .. } | Verdict::Closed => Stage::Over,
        Verdict::Open if late || is_over(payment) => Stage::Over,
        Verdict::Open => Stage::Open,
    }
}

/// What this browser can do, in the merchant's order: a wallet is led into its own payment, and
/// where that was refused, to a page of the channel's.
fn ways(offered: &[Offered], device: Device, refused: impl Fn(&Offered) -> bool) -> Vec<Offered> {
    let by = |method: Method| offered.iter().filter(move |it| it.method == method).cloned();
    match device {
        Device::Wallet(own) => {
            let inside = by(Method::Jsapi).chain(by(Method::H5).filter(leads_in));
            let inside: Vec<_> = inside.filter(|it| it.channel == own).collect();
            let first = inside.iter().find(|it| !refused(it)).or(inside.first());
            first.cloned().into_iter().collect()
        }
        Device::Phone => by(Method::H5).collect(),
        Device::Computer => {
            let scanned = in_wallets(offered);
            // A channel's own code, where the page's own leads into none of its wallets.
            let alone = |it: &Offered| !scanned.contains(&it.channel);
            by(Method::Page).chain(by(Method::Qr).filter(alone)).collect()
        }
    }
}

/// Channels whose wallet can pay this page once it has scanned it. WeChat opens no H5 page inside
/// of itself, so there it must be the wallet's own payment.
fn in_wallets(offered: &[Offered]) -> Vec<String> {
    let mut channels: Vec<String> = vec![];
    for it in offered.iter().filter(|it| it.method == Method::Jsapi || leads_in(it)) {
        if !channels.contains(&it.channel) {
            channels.push(it.channel.clone());
        }
    }
    channels
}

fn leads_in(it: &Offered) -> bool {
    it.method == Method::H5 && it.channel == "alipay"
}

fn is_refused(attempt: &Attempt, way: &Offered, snapshot: &Snapshot) -> bool {
    matches!(attempt.standing, Standing::Refused(_))
        && attempt.way.method == way.method
        && snapshot.kind_of(&attempt.account) == way.channel
}

fn choice(it: &Offered, words: &Words) -> Choice {
    let verb = if it.method == Method::Qr { words.code_of } else { words.pay_with };
    let text = format!("{verb}{}", words.channel(&it.channel));
    Choice { channel: it.channel.clone(), method: it.method.name(), text }
}

/// Only for the wallet that understands it.
fn invoke(open: &Attempt, kind: &str, device: Device) -> Option<(String, &'static str)> {
    let (Device::Wallet(wallet), Some(Action::Invoke(call))) = (device, &open.action) else {
        return None;
    };
    (wallet == kind).then(|| (serde_json::to_string(call).unwrap_or_default(), wallet))
}

fn own_code(open: &Attempt) -> Option<&str> {
    match &open.action {
        Some(Action::QrCode(text)) => Some(text),
        Some(Action::Redirect(_) | Action::Form { .. } | Action::Invoke(_) | Action::Confirm)
        | None => None,
    }
}

fn note<'a>(
    payment: &Payment,
    open: Option<&Attempt>,
    here: bool,
    words: &'a Words,
) -> Option<&'a str> {
    let last = payment.current()?;
    match &last.standing {
        Standing::Pending if open.is_some() && here => Some(words.opened),
        Standing::Pending if open.is_some() => Some(words.elsewhere),
        Standing::Refused(_) if !last.superseded => Some(words.refused),
        Standing::InDoubt => Some(words.in_doubt),
        Standing::Pending
        | Standing::Reversing
        | Standing::Unsent
        | Standing::Abandoned
        | Standing::Refused(_)
        | Standing::Closed
        | Standing::Paid => None,
    }
}

/// As payers write it.
pub(crate) fn price(amount: Money) -> String {
    match amount.currency() {
        Currency::Cny => format!("¥{}", amount.to_decimal()),
        Currency::Hkd | Currency::Jpy | Currency::Usd => amount.to_string(),
    }
}

fn clock(seconds: u64) -> String {
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if hours > 0 {
        return format!("{hours}:{minutes:02}:{seconds:02}");
    }
    format!("{minutes}:{seconds:02}")
}

/// On to where the action leads. A page, since browsers do not follow a form's redirect to another
/// host where forms may go nowhere else; a link of it works without a script.
pub(crate) fn leave(shown: &Shown, browser: &Browser, action: &Action) -> Response {
    let (url, fields) = match action {
        Action::Form { url, fields } => {
            let fields = fields.iter().map(|(name, value)| (&**name, &**value)).collect();
            (url.as_str(), Some(fields))
        }
        Action::Redirect(url) | Action::QrCode(url) => (url.as_str(), None),
        Action::Invoke(_) | Action::Confirm => ("", None),
    };
    let is_form = fields.is_some();
    let leave = Leave {
        words: browser.words,
        assets: Assets::get(),
        root: shown.cashier.root(),
        url,
        fields,
        page: format!("{}{}", shown.path(), browser.query()),
    };
    let mut response = respond(Stage::Open, leave.render());
    if let Some(policy) = is_form.then(|| form_policy(url)).flatten() {
        response.headers_mut().insert(CONTENT_SECURITY_POLICY, policy);
    }
    response
}

/// This one form may go to the channel, and nothing else may go anywhere.
fn form_policy(url: &str) -> Option<HeaderValue> {
    let uri: http::Uri = url.parse().ok()?;
    let origin = format!("{}://{}", uri.scheme_str()?, uri.authority()?);
    let policy = format!(
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
         form-action {origin}; base-uri 'none'; frame-ancestors 'none'"
    );
    HeaderValue::try_from(policy).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offered(all: &[(&str, Method)]) -> Vec<Offered> {
        let one = |(channel, method): &(&str, Method)| Offered {
            channel: (*channel).to_owned(),
            method: *method,
            account: "a".parse().unwrap(),
        };
        all.iter().map(one).collect()
    }

    fn shown(all: &[(&str, Method)], device: Device, refused: &[(&str, Method)]) -> Vec<String> {
        let refused = offered(refused);
        let ways = ways(&offered(all), device, |it| refused.contains(it));
        ways.iter().map(|it| format!("{} {}", it.channel, it.method.name())).collect()
    }

    const ALL: [(&str, Method); 7] = [
        ("alipay", Method::Jsapi),
        ("alipay", Method::H5),
        ("alipay", Method::Page),
        ("alipay", Method::Qr),
        ("wechat", Method::Jsapi),
        ("wechat", Method::H5),
        ("wechat", Method::Qr),
    ];

    #[test]
    fn each_browser_is_shown_what_it_can_do() {
        assert_eq!(shown(&ALL, Device::Wallet("wechat"), &[]), ["wechat jsapi"]);
        assert_eq!(shown(&ALL, Device::Wallet("alipay"), &[]), ["alipay jsapi"]);
        assert_eq!(shown(&ALL, Device::Phone, &[]), ["alipay h5", "wechat h5"]);
        assert_eq!(shown(&ALL, Device::Computer, &[]), ["alipay page"]);
        assert_eq!(in_wallets(&offered(&ALL)), ["alipay", "wechat"]);
    }

    #[test]
    fn what_is_not_offered_is_not_shown() {
        let wechat = [("wechat", Method::Qr)];
        assert_eq!(shown(&wechat, Device::Computer, &[]), ["wechat qr"]);
        assert!(shown(&wechat, Device::Wallet("wechat"), &[]).is_empty());
        assert!(shown(&wechat, Device::Wallet("alipay"), &[]).is_empty());
        assert!(shown(&wechat, Device::Phone, &[]).is_empty());
        assert!(in_wallets(&offered(&wechat)).is_empty());
        let h5 = [("wechat", Method::H5), ("alipay", Method::H5)];
        assert!(shown(&h5, Device::Wallet("wechat"), &[]).is_empty(), "WeChat opens no H5 inside");
        assert_eq!(shown(&h5, Device::Wallet("alipay"), &[]), ["alipay h5"]);
    }

    #[test]
    fn what_was_refused_comes_last() {
        let refused = [("alipay", Method::Jsapi)];
        assert_eq!(shown(&ALL, Device::Wallet("alipay"), &refused), ["alipay h5"]);
        let both = [("alipay", Method::Jsapi), ("alipay", Method::H5)];
        assert_eq!(shown(&ALL, Device::Wallet("alipay"), &both), ["alipay jsapi"]);
    }

    #[test]
    fn time_and_money_as_payers_write_them() {
        let money = |minor, currency| price(Money::new(minor, currency).unwrap());
        assert_eq!(money(888, Currency::Cny), "¥8.88");
        assert_eq!(money(1, Currency::Cny), "¥0.01");
        assert_eq!(money(500, Currency::Jpy), "500 JPY");
        assert_eq!([59, 60, 3_661].map(clock), ["0:59", "1:00", "1:01:01"]);
    }

    #[test]
    fn a_form_may_go_to_its_channel_alone() {
        let policy = form_policy("https://openapi.alipay.com/gateway.do?x=1").unwrap();
        assert!(policy.to_str().unwrap().contains("form-action https://openapi.alipay.com;"));
        assert!(form_policy("/relative").is_none());
    }
}
