//! The payer's phone: a code for the till, charges to confirm, and the app's own browser.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::Response;
use http::{HeaderValue, StatusCode, header};

use super::html::{channel_name, escape, fill, respond, yuan};
use crate::books::{Channel, OrderView, PAYMENT_CODE_LIFE};
use crate::exchange::see_other;
use crate::shared::Shared;

/// `/wallet/{channel}`: the page renews itself when its code dies.
pub(super) async fn home(
    State(shared): State<Arc<Shared>>,
    Path(channel): Path<Channel>,
) -> Response {
    let code = shared.payment_code(channel, None, false).unwrap_or_default();
    let asking = shared.payment_code(channel, None, true).unwrap_or_default();
    let waiting: String = shared.confirming(channel).iter().map(charge).collect();
    let none = r#"<p class="empty">没有待确认的付款。 Nothing to confirm.</p>"#;
    let body = fill(
        include_str!("phone.html"),
        &[
            ("channel", channel_name(channel)),
            ("word", channel.word()),
            ("code", &spaced(&code)),
            ("asking", &spaced(&asking)),
            ("raw:bars", &super::bars::svg(&code)),
            ("raw:waiting", if waiting.is_empty() { none } else { &waiting }),
        ],
    );
    let mut response = respond(StatusCode::OK, channel_name(channel), channel.word(), &body);
    let refresh = HeaderValue::from(PAYMENT_CODE_LIFE.as_secs());
    response.headers_mut().insert(header::REFRESH, refresh);
    response
}

pub(super) async fn decline(
    State(shared): State<Arc<Shared>>,
    Path((channel, token)): Path<(Channel, String)>,
) -> Response {
    let key = shared.books().key_of_token(&token).filter(|key| key.0 == channel);
    if let Some(key) = key {
        // Whoever was faster, the list shows what became of it.
        let _known = shared.decline(&key);
    }
    see_other(&format!("/wallet/{}", channel.word()))
}

/// Groups of four, as both apps write it.
fn spaced(code: &str) -> String {
    let groups: Vec<_> = code.as_bytes().chunks(4).map(String::from_utf8_lossy).collect();
    groups.join(" ")
}

fn charge(order: &OrderView) -> String {
    let base = format!("/wallet/{}/{}", order.channel.word(), order.token);
    fill(
        r#"<div class="charge"><p>{{subject}} <b>{{amount}}</b><br>{{number}}</p>
<form method="post" action="{{base}}/pay"><button class="pay">确认 Confirm</button></form>
<form method="post" action="{{base}}/decline"><button class="cancel">拒绝 Decline</button></form>
</div>"#,
        &[
            ("subject", &order.subject),
            ("amount", &yuan(order.total_fen)),
            ("number", &escape(&order.out_trade_no)),
            ("base", &base),
        ],
    )
}
