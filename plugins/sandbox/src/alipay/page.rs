//! `alipay.trade.page.pay`: the payer's browser is sent to the cashier, or shown an error page.

use axum::body::Body;
use axum::response::Response;
use http::StatusCode;
use tokio_util::sync::CancellationToken;

use super::answer::Node;
use super::charset::Charset;
use crate::exchange::{Dialect, Refusal, plain, see_other};
use crate::shared::Shared;
use crate::wallet::escape;

/// Where the browser goes, or why it does not.
pub(super) struct Counter<'a> {
    pub(super) shared: &'a Shared,
}

impl Dialect for Counter<'_> {
    type Answer = Result<String, Node>;

    fn stop(&self) -> &CancellationToken {
        &self.shared.stop
    }

    fn refusal(&self, refusal: Refusal) -> Self::Answer {
        let (shared, manner) = (self.shared, super::answer::Manner::default());
        let voice = super::answer::Voice { shared, method: None, manner, out_trade_no: None };
        Err(voice.refusal(refusal))
    }

    async fn seal(&self, answer: Self::Answer, _spoiled: bool) -> Response {
        match answer {
            Ok(url) => see_other(&url),
            Err(node) => error(&node),
        }
    }
}

/// HTTP 200 and a page for the payer, in GBK: the merchant's server never sees these errors.
pub(super) fn error(node: &Node) -> Response {
    let (code, text) = node.message();
    let code = code.rsplit_once("isv.").map_or(code, |(_, tail)| tail);
    let page = format!(
        "<!doctype html><html><head><meta charset=\"GBK\"><title>调试错误</title></head><body>\
         <h1>调试错误，请回到请求来源地，重新发起请求。</h1><p>错误代码 {}</p><p>{}</p>\
         </body></html>",
        escape(code),
        escape(text),
    );
    let mut response = plain(StatusCode::OK, Charset::Gbk.content_type(), String::new());
    *response.body_mut() = Body::from(Charset::Gbk.encode(&page));
    response
}
