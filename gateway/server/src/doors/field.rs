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
        values::free(text).map_err(|it| wrong(name, it.reason().to_owned()))?;
        Ok(Some(text.to_owned()))
    }

    pub(crate) fn reason(&self, name: &str) -> Result<Option<String>, Problem> {
        let text = self.optional(name).map(|it| Json::Text(it.to_owned()));
        text.map(|it| by(name, values::REASON, it)).transpose()
    }

    /// These protocols sign values joined by `&` and `=`, and quote neither: one text, with one
    /// signature, can be taken apart in two ways where a value holds what looks like a field.
    pub(crate) fn whole(&self, name: &str, is_field: fn(&str) -> bool) -> Result<(), Problem> {
        let pieces = self.get(name).split('&').skip(1).filter_map(|it| it.split_once('='));
        if pieces.map(|it| it.0).any(is_field) {
            let reason = "must not hold & with the name of a field and = behind it: \
                          the signature could not tell it from that field";
            return Err(wrong(name, reason));
        }
        Ok(())
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn free_text_is_what_the_merchants_api_takes() {
        let words = |text: &str| Params::from([("param", text)]).words("param", 20).is_ok();
        assert!(words("user=7&x=é") && words(""));
        for text in ["a\nb", "4111111111111111", "茶茶茶茶茶茶茶茶茶茶茶茶茶茶茶茶茶茶茶茶茶"]
        {
            assert!(!words(text), "{text}");
        }
        let reason = |text: &str| Params::from([("why", text)]).reason("why").is_ok();
        assert!(reason("") && reason(&"茶".repeat(80)) && !reason(&"茶".repeat(81)));
        assert!(!reason("card 4111111111111111"));
    }

    #[test]
    fn no_value_holds_a_field() {
        let whole = |text: &str| Params::from([("name", text)]).whole("name", |it| it == "money");
        for text in ["tea", "user=7&x=1", "money=1", "&money", "a&Money=1", "&&=money="] {
            assert!(whole(text).is_ok(), "{text}");
        }
        for text in ["&money=", "tea&money=0.01", "a&b=c&money=1&d", "&&money=1=2"] {
            assert!(whole(text).is_err(), "{text}");
        }
    }
}
