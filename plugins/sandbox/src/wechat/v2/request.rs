//! A request of version 2: its XML, its signature, and its parameters within their limits.

use http::Method;
use jiff::Timestamp;
use percent_encoding::percent_decode_str;

use super::answer::Answer;
use super::sign::{SignType, sign};
use super::xml::{Params, read};
use crate::clock;
use crate::money::Fen;
use crate::setup::WechatParty;
use crate::wechat::owner::Owner;
use crate::wechat::refused::Refused;

pub(super) struct Request {
    params: Params,
    pub(super) sign_type: SignType,
    pub(super) owner: Owner,
}

impl Request {
    /// Whatever is wrong before the signature is right is said without one.
    pub(super) fn open(party: &WechatParty, method: &Method, body: &[u8]) -> Result<Self, Answer> {
        if method != Method::POST {
            return Err(Answer::failed("请使用post方法"));
        }
        if body.is_empty() {
            return Err(Answer::failed("post数据为空"));
        }
        let text = std::str::from_utf8(body).map_err(|_| Answer::failed("编码格式错误"))?;
        let mut params = read(text).ok_or_else(|| Answer::failed("XML格式错误"))?;
        unescape(&mut params);
        let word = params.get("sign_type").map_or("MD5", String::as_str);
        let sign_type = SignType::of_word(word).ok_or_else(|| Answer::failed("签名类型错误"))?;
        if params.get("mch_id") != Some(&party.mch_id) {
            return Err(Answer::failed("商户号mch_id不存在或不匹配"));
        }
        if params.get("sign") != Some(&sign(&params, &party.api_v2_key, sign_type)) {
            return Err(Answer::failed("签名错误"));
        }
        let named = |name: &str| params.get(name).filter(|value| !value.is_empty()).cloned();
        let owner = Owner { sub_mch_id: named("sub_mch_id"), sub_app_id: named("sub_appid") };
        Ok(Self { params, sign_type, owner })
    }

    /// Whose request it is; every one has an application and a nonce.
    pub(super) fn check(&self, party: &WechatParty) -> Result<(), Answer> {
        if !party.binds(&self.text("appid", 32)?) {
            return Err(Refused::AppMismatch.into());
        }
        self.text("nonce_str", 32)?;
        Ok(self.owner.check(party)?)
    }

    pub(super) fn app_id(&self) -> &str {
        self.raw("appid").unwrap_or_default()
    }

    pub(super) fn raw(&self, name: &str) -> Option<&str> {
        self.params.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// A text of at most `max` characters, none of four bytes; absent and empty are `None`.
    pub(super) fn optional(&self, name: &str, max: usize) -> Result<Option<String>, Answer> {
        let Some(text) = self.raw(name) else { return Ok(None) };
        if text.chars().count() > max {
            return Err(Answer::parameter(&format!("{name}参数长度有误")));
        }
        if text.chars().any(|c| c.len_utf8() > 3) {
            return Err(Answer::failed("编码格式错误"));
        }
        Ok(Some(text.to_owned()))
    }

    pub(super) fn text(&self, name: &str, max: usize) -> Result<String, Answer> {
        self.optional(name, max)?.ok_or_else(|| Answer::lacks(name))
    }

    /// A whole number of fen, at least one.
    pub(super) fn fen(&self, name: &str) -> Result<Fen, Answer> {
        let text = self.text(name, 18)?;
        let digits = text.bytes().all(|b| b.is_ascii_digit());
        let amount = text.parse::<i64>().ok().filter(|fen| digits && *fen >= 1);
        amount.map(Fen).ok_or_else(|| Answer::parameter(&format!("无效的{name}")))
    }

    pub(super) fn out_trade_no(&self) -> Result<String, Answer> {
        let number = self.text("out_trade_no", 32)?;
        let legal = |b: u8| b.is_ascii_alphanumeric() || b"_-*|@".contains(&b);
        if number.bytes().all(legal) {
            Ok(number)
        } else {
            Err(Answer::parameter("商户订单号格式错误"))
        }
    }

    /// An absolute address without a query.
    pub(super) fn notify_url(&self) -> Result<Option<String>, Answer> {
        let url = self.optional("notify_url", 256)?;
        let legal = |url: &String| {
            (url.starts_with("http://") || url.starts_with("https://")) && !url.contains('?')
        };
        match url {
            Some(url) if !legal(&url) => Err(Answer::parameter("notify_url格式错误")),
            other => Ok(other),
        }
    }

    /// `yyyyMMddHHmmss` in China; a past time is ignored.
    pub(super) fn expiry(&self, now: Timestamp) -> Result<Option<Timestamp>, Answer> {
        let Some(text) = self.optional("time_expire", 14)? else { return Ok(None) };
        let at = clock::parse_compact(&text)
            .ok_or_else(|| Answer::parameter("time_expire时间格式错误"))?;
        Ok(Some(at).filter(|at| *at > now))
    }

    /// What a repeat of the same number must repeat.
    pub(super) fn content(&self) -> String {
        let fresh = ["nonce_str", "sign", "time_start"];
        let kept = self.params.iter().filter(|(name, _)| !fresh.contains(&name.as_str()));
        kept.map(|(name, value)| format!("{name}={value}\n")).collect()
    }
}

/// One field is signed as it is and sent escaped.
fn unescape(params: &mut Params) {
    if let Some(url) = params.get_mut("long_url") {
        *url = percent_decode_str(url).decode_utf8_lossy().into_owned();
    }
}
