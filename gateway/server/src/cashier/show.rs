//! `GET /c/{link}`: the page of a payment, whoever looks and however often. It changes nothing.

use axum::extract::{Path, RawQuery, State};
use http::HeaderMap;
use paymux_store::Store;

use super::browser::Browser;
use super::{Answer, Desk, page};

pub(crate) async fn handle<S: Store>(
    State(desk): State<Desk<S>>,
    Path(link): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Answer {
    let shown = desk.shown(&link).await?;
    let browser = Browser::of(&headers, query.as_deref().unwrap_or_default());
    Ok(page::page(&desk, &shown, &browser))
}
