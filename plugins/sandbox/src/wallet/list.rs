//! The recent orders of both channels.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use http::StatusCode;

use super::html::{channel_name, fill, respond, status_class, status_name, yuan};
use crate::books::OrderView;
use crate::exchange::see_other;
use crate::shared::Shared;

/// As many as a person looks through.
const SHOWN: usize = 100;

/// The payer's two apps: a code for a till, charges to confirm, a browser.
const PHONES: &str = r#"<p><a href="/wallet/alipay">支付宝 Alipay</a> · <a href="/wallet/wechat">微信 WeChat</a></p>"#;

pub(super) async fn home() -> Response {
    see_other("/wallet")
}

pub(super) async fn list(State(shared): State<Arc<Shared>>) -> Response {
    let orders = shared.recent(0, SHOWN);
    let rows: String = orders.iter().map(row).collect();
    let body = if rows.is_empty() {
        format!(r#"{PHONES}<h1>订单 Orders</h1><p class="empty">还没有订单。 No orders yet.</p>"#)
    } else {
        PHONES.to_owned()
            + &fill(
                r#"<h1>订单 Orders</h1><table><thead><tr><th>渠道 Channel</th><th>商品 Item</th>
<th>金额 Amount</th><th>状态 Status</th></tr></thead><tbody>{{raw:rows}}</tbody></table>"#,
                &[("raw:rows", &rows)],
            )
    };
    respond(StatusCode::OK, "沙箱钱包 Sandbox wallet", "wide", &body)
}

fn row(order: &OrderView) -> String {
    fill(
        r#"<tr class="{{channel}}"><td><span class="dot"></span>{{name}}</td>
<td><a href="/wallet/{{channel}}/{{token}}">{{subject}}</a><br>{{out_trade_no}}</td>
<td class="money">{{amount}}</td><td><span class="state {{class}}">{{status}}</span></td></tr>
"#,
        &[
            ("channel", order.channel.word()),
            ("name", channel_name(order.channel)),
            ("token", &order.token),
            ("subject", &order.subject),
            ("out_trade_no", &order.out_trade_no),
            ("amount", &yuan(order.total_fen)),
            ("class", status_class(order)),
            ("status", status_name(order)),
        ],
    )
}
