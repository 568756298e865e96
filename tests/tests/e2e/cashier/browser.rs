//! A browser as far as these pages need one: its name, its language, forms of its own origin.

use std::sync::{Arc, Mutex};

use http::Request;
use http_body_util::Full;
use paymux_tests::http::Answer;
use paymux_tests::rig::Rig;
use serde_json::Value;

pub(crate) const WECHAT: &str = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) \
                                 AppleWebKit/605.1.15 Mobile/15E148 MicroMessenger/8.0.50";
pub(crate) const ALIPAY: &str = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) \
                                 AppleWebKit/605.1.15 Mobile/15E148 AliApp(AP/10.6.20.6000) \
                                 AlipayClient/10.6.20.6000";
pub(crate) const PHONE: &str = "Mozilla/5.0 (Linux; Android 15) Chrome/131.0 Mobile Safari/537.36";
pub(crate) const COMPUTER: &str = "Mozilla/5.0 (X11; Linux x86_64) Chrome/131.0 Safari/537.36";

#[derive(Clone)]
pub(crate) struct Browser<'a> {
    pub(crate) rig: &'a Rig,
    pub(crate) agent: &'static str,
    pub(crate) language: &'static str,
    pub(crate) jar: Jar,
}

/// The one cookie that our pages set.
pub(crate) type Jar = Arc<Mutex<Option<String>>>;

impl Browser<'_> {
    pub(crate) async fn get(&self, url: &str) -> Answer {
        let request = Request::get(url).header("user-agent", self.agent);
        let request = request.header("accept-language", self.language);
        let request = request.header("referer", format!("{}/", self.rig.api.base));
        // A cookie is its host's, whatever the port: the wallets' pages do not look at it.
        let kept = self.jar.lock().expect("one at a time").clone();
        let request = kept.iter().fold(request, |request, it| request.header("cookie", it));
        let request = request.body(Full::default()).expect("a link");
        self.keep(self.rig.http.send(request).await.expect("it answers"))
    }

    fn keep(&self, answer: Answer) -> Answer {
        if let Some(cookie) = answer.header("set-cookie") {
            let pair = cookie.split(';').next().expect("a pair").to_owned();
            *self.jar.lock().expect("one at a time") = Some(pair);
        }
        answer
    }

    /// As the page's own form.
    pub(crate) async fn post(&self, url: &str, form: &str) -> Answer {
        let origin = self.rig.api.base.clone();
        let from = [("origin", origin.as_str()), ("sec-fetch-site", "same-origin")];
        self.post_from(url, form, &from).await
    }

    pub(crate) async fn post_from(&self, url: &str, form: &str, from: &[(&str, &str)]) -> Answer {
        let mut request = Request::post(url)
            .header("user-agent", self.agent)
            .header("accept-language", self.language)
            .header("content-type", "application/x-www-form-urlencoded");
        for (name, value) in from {
            request = request.header(*name, *value);
        }
        let kept = self.jar.lock().expect("one at a time").clone();
        let request = kept.iter().fold(request, |request, it| request.header("cookie", it));
        let request = request.body(Full::from(form.to_owned())).expect("a form");
        self.keep(self.rig.http.send(request).await.expect("it answers"))
    }

    /// Presses the button, and goes where the page leads.
    pub(crate) async fn chooses(&self, url: &str, channel: &str, method: &str) -> Answer {
        let chosen = self.post(url, &format!("channel={channel}&method={method}")).await;
        match leads_to(&chosen) {
            Some(place) => self.get(&place).await,
            None => chosen,
        }
    }

    /// By way of the wallet's question who pays, back to the page that hands the order over.
    pub(crate) async fn in_wallet(&self, url: &str, channel: &str) -> Answer {
        let asked = self.chooses(url, channel, "jsapi").await;
        let Some(back) = asked.header("location") else { return asked };
        let landed = self.get(back).await;
        let Some(page) = landed.header("location") else { return landed };
        let page = format!("{}{}", self.rig.api.base, page.trim_end_matches("#pay"));
        self.get(&page).await
    }
}

/// Where a page sends its browser by itself.
pub(crate) fn leads_to(answer: &Answer) -> Option<String> {
    between(&html(answer), "content=\"0; url=", "\"")
}

pub(crate) fn html(answer: &Answer) -> String {
    String::from_utf8(answer.body.to_vec()).expect("pages are UTF-8")
}

/// The first such text, as a browser reads it.
pub(crate) fn between(page: &str, from: &str, to: &str) -> Option<String> {
    let (_, rest) = page.split_once(from)?;
    let (text, _) = rest.split_once(to)?;
    let signs = [("&#34;", "\""), ("&#38;", "&"), ("&#39;", "'"), ("&#60;", "<"), ("&#62;", ">")];
    let read = |text: String, (code, sign): &(&str, &str)| text.replace(code, sign);
    Some(signs.iter().fold(text.to_owned(), read))
}

/// What the wallet is to be handed.
pub(crate) fn call(page: &Answer) -> Option<Value> {
    let call = between(&html(page), "data-call=\"", "\"")?;
    Some(serde_json::from_str(&call).expect("JSON"))
}
