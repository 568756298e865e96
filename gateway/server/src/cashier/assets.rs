//! What every page loads: a style, a script, an icon, all of them inside the binary.

use std::sync::OnceLock;

use aws_lc_rs::digest::{SHA256, digest};
use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use http::HeaderValue;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use paymux_engine::problem;

use crate::api::problem::Refusal;

const STYLE: &str = include_str!("../../assets/cashier.css");
const SCRIPT: &str = include_str!("../../assets/cashier.js");
const ICON: &str = include_str!("../../assets/cashier.svg");
/// The name says what is in it, so no browser needs to ask twice.
const FOR_EVER: &str = "public, max-age=31536000, immutable";
/// Of the hash in a name.
const NAME_BYTES: usize = 8;

/// Names that change with what they name.
pub(crate) struct Assets {
    pub(crate) style: String,
    pub(crate) script: String,
    pub(crate) icon: String,
}

impl Assets {
    pub(crate) fn get() -> &'static Self {
        static ASSETS: OnceLock<Assets> = OnceLock::new();
        ASSETS.get_or_init(|| Self {
            style: named(STYLE, "css"),
            script: named(SCRIPT, "js"),
            icon: named(ICON, "svg"),
        })
    }
}

fn named(text: &str, ending: &str) -> String {
    let hash = digest(&SHA256, text.as_bytes());
    format!("{}.{ending}", hex::encode(&hash.as_ref()[..NAME_BYTES]))
}

pub(crate) async fn handle(Path(name): Path<String>) -> Result<Response, Refusal> {
    let Assets { style, script, icon } = Assets::get();
    let (text, media_type) = match name {
        it if it == *style => (STYLE, "text/css; charset=utf-8"),
        it if it == *script => (SCRIPT, "text/javascript; charset=utf-8"),
        it if it == *icon => (ICON, "image/svg+xml"),
        _ => return Err(Refusal::new(problem::NOT_FOUND, "there is no such asset")),
    };
    let mut response = text.into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static(FOR_EVER));
    Ok(response)
}
