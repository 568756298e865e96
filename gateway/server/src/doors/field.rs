//! Single values, by the rules of the merchants' API.

use std::net::IpAddr;

use paymux_core::{Currency, Money, OrderNo};
use paymux_engine::problem::Problem;

use super::params::{Params, wrong};
use crate::api::fields::{Reads as _, Rule};
use crate::api::json::Json;
use crate::api::values;
use crate::courier::UrlPolicy;

impl Params {
    pub(crate) fn required(&self, name: &str) -> Result<&str, Problem> {
        let value = self.get(name);
        if value.is_empty() { Err(wrong(name, "is missing")) } else { Ok(value) }
    }

    /// `None` where it is empty, too.
    pub(crate) fn optional(&self, name: &str) -> Option<&str> {
        Some(self.get(name)).filter(|it| !it.is_empty())
    }

    pub(crate) fn order_no(&self, name: &str) -> Result<OrderNo, Problem> {
        by(name, values::NUMBER, Json::Text(self.required(name)?.to_owned()))
    }

    pub(crate) fn subject(&self, name: &str, text: &str) -> Result<String, Problem> {
        by(name, values::SUBJECT, Json::Text(text.to_owned()))
    }

    pub(crate) fn url(&self, name: &str) -> Result<Option<String>, Problem> {
        let text = self.optional(name).map(|it| Json::Text(it.to_owned()));
        text.map(|it| by(name, values::RETURN_URL, it)).transpose()
    }

    /// Where we are to send something: judged as the URL of any endpoint is.
    pub(crate) fn notify_url(
        &self,
        name: &str,
        urls: &UrlPolicy,
    ) -> Result<Option<String>, Problem> {
        let Some(url) = self.url(name)? else { return Ok(None) };
        urls.check(&url).map_err(|it| wrong(name, it.to_string()))?;
        Ok(Some(url))
    }

    /// Free text that is told back as it came.
    pub(crate) fn words(&self, name: &str, max_chars: usize) -> Result<Option<String>, Problem> {
        let Some(text) = self.optional(name) else { return Ok(None) };
        if text.chars().count() > max_chars {
            return Err(wrong(name, format!("must have at most {max_chars} characters")));
        }
        if text.chars().any(char::is_control) {
            return Err(wrong(name, "must not hold control characters"));
        }
        Ok(Some(text.to_owned()))
    }

    pub(crate) fn address(&self, name: &str) -> Result<Option<String>, Problem> {
        let Some(text) = self.optional(name) else { return Ok(None) };
        let address = text.parse::<IpAddr>().map_err(|_| wrong(name, "must be an IP address"))?;
        Ok(Some(address.to_string()))
    }
}

/// In fen, within what any payment may have.
pub(crate) fn in_fen(name: &str, fen: i64) -> Result<Money, Problem> {
    let fen = by(name, values::AMOUNT, Json::Integer(fen))?;
    Money::new(fen, Currency::Cny).map_err(|it| wrong(name, it.to_string()))
}

fn by<T>(name: &str, rule: Rule<T>, value: Json) -> Result<T, Problem> {
    rule.read(value).map_err(|it| wrong(name, it.reason().to_owned()))
}
