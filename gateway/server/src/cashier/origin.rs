//! A form is sent by a page of ours, or is none of ours.

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::header::ORIGIN;
use http::{HeaderMap, HeaderName};
use paymux_engine::{Gateway, problem};
use paymux_store::Store;

use crate::api::problem::Refusal;

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

pub(crate) async fn same<S: Store>(
    State(gateway): State<Gateway<S>>,
    request: Request,
    next: Next,
) -> Response {
    let own = gateway.snapshot.load().cashier.as_ref().map(|it| it.origin().to_owned());
    let safe = request.method().is_safe();
    if safe || own.is_some_and(|it| is_same(request.headers(), &it)) {
        return next.run(request).await;
    }
    Refusal::new(problem::FOREIGN_ORIGIN, "the form was not sent by its own page").into_response()
}

/// Browsers say where a form comes from; whoever says nothing is no browser that we know. Where
/// both are said, neither may speak against us.
fn is_same(headers: &HeaderMap, own: &str) -> bool {
    let text = |name| headers.get(name).and_then(|it: &http::HeaderValue| it.to_str().ok());
    match (text(SEC_FETCH_SITE), text(ORIGIN)) {
        (None, None) => false,
        (site, origin) => {
            site.is_none_or(|it| it == "same-origin") && origin.is_none_or(|it| it == own)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_of_another_site_is_not_ours() {
        let check = |site: &str, origin: &str, expect| {
            let mut headers = HeaderMap::new();
            for (name, value) in [(SEC_FETCH_SITE, site), (ORIGIN, origin)] {
                if !value.is_empty() {
                    headers.insert(name, value.parse().unwrap());
                }
            }
            let same = is_same(&headers, "https://pay.example.com");
            assert_eq!(same, expect, "{site} {origin}");
        };
        check("same-origin", "https://pay.example.com", true);
        check("same-origin", "", true);
        check("", "https://pay.example.com", true);
        check("", "", false);
        check("", "null", false);
        check("same-origin", "null", false);
        check("same-site", "https://pay.example.com", false);
        check("cross-site", "https://evil.example", false);
        check("none", "https://pay.example.com", false);
        check("", "https://pay.example.com.evil.example", false);
        check("", "http://pay.example.com", false);
    }
}
