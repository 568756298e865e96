//! Who looks at a page, by what the browser says of itself: a wallet's own browser, a phone's, or a
//! computer's; and the language it wants.

use http::HeaderMap;
use http::header::{ACCEPT_LANGUAGE, USER_AGENT};

use super::words::{EN, Words, ZH};

/// A wallet's browser, by a word in its name, and the channel it pays at.
const WALLETS: [(&str, &str); 2] = [("MicroMessenger", "wechat"), ("AlipayClient", "alipay")];
const PHONES: [&str; 4] = ["Android", "iPhone", "iPad", "Mobile"];
/// The longest that a payment takes of it.
const MAX_USER_AGENT_CHARS: usize = 1024;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Device {
    /// The wallet of this channel.
    Wallet(&'static str),
    Phone,
    Computer,
}

pub(crate) struct Browser {
    pub(crate) device: Device,
    pub(crate) user_agent: Option<String>,
    pub(crate) words: &'static Words,
    /// Chosen on the page, and to be kept by its links.
    pub(crate) chosen: bool,
}

impl Browser {
    pub(crate) fn of(headers: &HeaderMap, query: &str) -> Self {
        let user_agent = headers.get(USER_AGENT).and_then(|it| it.to_str().ok());
        let chosen = query.split('&').find_map(|it| it.strip_prefix("lang=")).and_then(named);
        let accepted = headers.get(ACCEPT_LANGUAGE).and_then(|it| it.to_str().ok());
        let fits = |it: &&str| (1..=MAX_USER_AGENT_CHARS).contains(&it.len());
        Self {
            device: device(user_agent.unwrap_or_default()),
            user_agent: user_agent.filter(fits).map(str::to_owned),
            words: chosen.unwrap_or_else(|| language(accepted.unwrap_or_default())),
            chosen: chosen.is_some(),
        }
    }

    /// What the page's own links end in.
    pub(crate) fn query(&self) -> &'static str {
        match (self.chosen, self.words.lang) {
            (false, _) => "",
            (true, "en") => "?lang=en",
            (true, _) => "?lang=zh",
        }
    }
}

fn device(user_agent: &str) -> Device {
    let wallet = WALLETS.iter().find(|(word, _)| user_agent.contains(word));
    match wallet {
        Some((_, channel)) => Device::Wallet(channel),
        None if PHONES.iter().any(|it| user_agent.contains(it)) => Device::Phone,
        None => Device::Computer,
    }
}

fn named(tag: &str) -> Option<&'static Words> {
    let primary = tag.split(['-', '_']).next().unwrap_or_default();
    let named = |it: &Words| primary.eq_ignore_ascii_case(it.primary);
    [&ZH, &EN].into_iter().find(|it| named(it))
}

/// The first that we speak; browsers name the best one first. Chinese where none is named, since
/// both wallets are; English where another one is.
fn language(accepted: &str) -> &'static Words {
    let mut tags = accepted.split(',').map(|it| it.split(';').next().unwrap_or_default().trim());
    let first = tags.clone().next().unwrap_or_default();
    let silent = first.is_empty() || first == "*";
    tags.find_map(named).unwrap_or(if silent { &ZH } else { &EN })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wallets_are_told_from_phones_and_phones_from_computers() {
        let check = |agent: &str, expect| assert_eq!(device(agent), expect, "{agent}");
        let phone = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) Mobile/15E148";
        check(&format!("{phone} MicroMessenger/8.0.50 NetType/WIFI"), Device::Wallet("wechat"));
        check(&format!("{phone} AliApp(AP/10.6) AlipayClient/10.6"), Device::Wallet("alipay"));
        check(phone, Device::Phone);
        check("Mozilla/5.0 (Linux; Android 15) Chrome/131 Mobile Safari", Device::Phone);
        check("Mozilla/5.0 (X11; Linux x86_64) Chrome/131 Safari/537.36", Device::Computer);
        check("", Device::Computer);
    }

    #[test]
    fn the_first_language_that_we_speak() {
        let check = |accepted: &str, query: &str, expect: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(ACCEPT_LANGUAGE, accepted.parse().unwrap());
            assert_eq!(Browser::of(&headers, query).words.lang, expect, "{accepted} {query}");
        };
        check("", "", "zh-CN");
        check("*", "", "zh-CN");
        check("zh-CN,zh;q=0.9,en;q=0.8", "", "zh-CN");
        check("en-GB,en;q=0.9,zh;q=0.8", "", "en");
        check("de,fr;q=0.9,zh-TW;q=0.5", "", "zh-CN");
        check("de", "", "en");
        check("zh-CN", "lang=en", "en");
        check("en", "a=b&lang=zh", "zh-CN");
        check("en", "lang=%3Cscript%3E", "en");
    }
}
