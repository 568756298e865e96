//! The browser's way back: `return_url` with signed parameters, for display only.

use super::notify::{Form, signed};
use crate::books::Order;
use crate::clock;
use crate::shared::Shared;

/// `None` when the order has no `return_url`.
pub(crate) async fn return_url(shared: &Shared, order: &Order) -> Option<String> {
    let target = order.return_url.as_ref()?;
    let mut form = Form::new();
    let mut set = |name: &str, value: String| form.insert(name.to_owned(), value);
    set("charset", "utf-8".into());
    set("out_trade_no", order.out_trade_no.clone());
    set("method", "alipay.trade.page.pay.return".into());
    set("total_amount", order.total.to_string());
    set("trade_no", order.trade_no.clone());
    set("auth_app_id", order.app_id.clone());
    set("version", "1.0".into());
    set("app_id", order.app_id.clone());
    set("seller_id", shared.alipay.party.seller_id.clone());
    set("timestamp", clock::spaced(clock::now()));
    let query = signed(shared, form, false).await;
    let mark = if target.contains('?') { '&' } else { '?' };
    Some(format!("{target}{mark}{query}"))
}
