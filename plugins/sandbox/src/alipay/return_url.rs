//! The browser's way back: `return_url` with signed parameters, for display only.

use super::notify::{Form, signed};
use super::terms::note;
use crate::books::Order;
use crate::clock;
use crate::shared::Shared;

/// `None` when the order has no `return_url`.
pub(crate) async fn return_url(shared: &Shared, order: &Order) -> Option<String> {
    let target = order.return_url.as_ref()?;
    let mut form = Form::new();
    let mut set = |name: &str, value: String| form.insert(name.to_owned(), value);
    let noted = |name: &str| order.notes.get(name).cloned().unwrap_or_default();
    set("charset", noted(note::CHARSET));
    set("sign_type", noted(note::SIGN_TYPE));
    set("out_trade_no", order.out_trade_no.clone());
    set("method", format!("{}.return", noted(note::METHOD)));
    set("total_amount", order.total.to_string());
    set("trade_no", order.trade_no.clone());
    set("auth_app_id", order.app_id.clone());
    set("version", "1.0".into());
    set("app_id", noted(note::APP));
    set("seller_id", noted(note::SELLER));
    set("timestamp", clock::spaced(clock::now()));
    let query = signed(shared, form, false).await;
    let mark = if target.contains('?') { '&' } else { '?' };
    Some(format!("{target}{mark}{query}"))
}

/// Where a payer who turns away on a phone goes, if the merchant said so.
pub(crate) fn quit_url(order: &Order) -> Option<String> {
    let url = order.notes.get(note::QUIT_URL)?;
    (url.starts_with("http://") || url.starts_with("https://")).then(|| url.clone())
}
