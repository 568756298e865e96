//! `alipay.trade.page.pay`: the payer's browser is sent to the cashier, or shown an error page.

use axum::response::Response;
use http::StatusCode;
use tokio_util::sync::CancellationToken;

use super::answer::Node;
use crate::exchange::{Dialect, Refusal, plain, see_other};
use crate::shared::Shared;

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
        let voice = super::answer::Voice { shared: self.shared, method: None };
        Err(voice.refusal(refusal))
    }

    async fn seal(&self, answer: Self::Answer, _spoiled: bool) -> Response {
        match answer {
            Ok(url) => see_other(&url),
            Err(node) => error(&node),
        }
    }
}

/// HTTP 200 and a page for the payer: the merchant's server never sees these errors. Production
/// declares GBK; ASCII with character references is the same in every charset.
pub(super) fn error(node: &Node) -> Response {
    let (code, text) = node.message();
    let code = code.rsplit_once("isv.").map_or(code, |(_, tail)| tail);
    let page = format!(
        "<!doctype html><html><head><title>{title}</title></head><body><h1>{title}</h1>\
         <p>{label}: {code}</p><p>{text}</p></body></html>",
        title = ascii("调试错误，请回到请求来源地，重新发起请求。"),
        label = ascii("错误代码"),
        code = ascii(code),
        text = ascii(text),
    );
    plain(StatusCode::OK, "text/html;charset=GBK", page)
}

/// Escaped for HTML, everything outside ASCII as a character reference.
fn ascii(text: &str) -> String {
    let escape = |c: char| match c {
        '&' | '<' | '>' | '"' | '\'' => format!("&#{};", u32::from(c)),
        plain if plain.is_ascii() => plain.to_string(),
        other => format!("&#{};", u32::from(other)),
    };
    text.chars().map(escape).collect()
}
