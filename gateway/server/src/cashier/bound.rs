//! Who went to the wallet's question comes back from it: the way back belongs to one browser, by a
//! cookie, and is gone once.

use http::header::COOKIE;
use http::{HeaderMap, HeaderValue};
use paymux_engine::cashier::{Cashier, STATE_LIFE};

const NAME: &str = "paymux_payer";
/// Taken from no other host, and sent over TLS alone.
const SECURE_NAME: &str = "__Host-paymux_payer";
const DIGITS: usize = 32;

pub(crate) struct Bound(String);

impl Bound {
    pub(crate) fn new(chance: u128) -> Self {
        Self(format!("{chance:0DIGITS$x}"))
    }

    /// Of two cookies of one name nobody could say which counts.
    pub(crate) fn of(headers: &HeaderMap, cashier: &Cashier) -> Option<Self> {
        let name = name(cashier);
        let all = headers.get_all(COOKIE).iter().filter_map(|it| it.to_str().ok());
        let pairs = all.flat_map(|it| it.split(';')).filter_map(|it| it.trim().split_once('='));
        let mut own = pairs.filter(|it| it.0 == name).map(|it| it.1);
        let (Some(value), None) = (own.next(), own.next()) else { return None };
        let ours = value.len() == DIGITS && value.bytes().all(|it| it.is_ascii_hexdigit());
        ours.then(|| Self(value.to_owned()))
    }

    pub(crate) fn text(&self) -> &str {
        &self.0
    }

    /// Sent when the wallet leads back, which is a link of another site's.
    pub(crate) fn cookie(&self, cashier: &Cashier) -> Option<HeaderValue> {
        let secure = if cashier.is_secure() { "; Secure" } else { "" };
        let (name, life) = (name(cashier), STATE_LIFE.as_secs());
        let rest = format!("; Path=/; Max-Age={life}; HttpOnly; SameSite=Lax{secure}");
        format!("{name}={}{rest}", self.0).try_into().ok()
    }
}

fn name(cashier: &Cashier) -> &'static str {
    if cashier.is_secure() { SECURE_NAME } else { NAME }
}

#[cfg(test)]
mod tests {
    use paymux_channel::Secret;

    use super::*;

    fn cashier(base: &str) -> Cashier {
        Cashier::new(base, &[Secret::new("a key of at least thirty-two bytes")]).unwrap()
    }

    #[test]
    fn a_browser_shows_what_it_was_given_and_nothing_else() {
        let cashier = cashier("https://pay.example.com");
        let cookie = Bound::new(7).cookie(&cashier).unwrap();
        let cookie = cookie.to_str().unwrap();
        let (pair, rest) = cookie.split_once("; ").unwrap();
        assert_eq!(rest, "Path=/; Max-Age=600; HttpOnly; SameSite=Lax; Secure");
        let shown = |cookies: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(COOKIE, cookies.parse().unwrap());
            Bound::of(&headers, &cashier).map(|it| it.0)
        };
        assert_eq!(shown(&format!("a=b; {pair}")), Some(Bound::new(7).0));
        assert_eq!(shown(&format!("{pair}; {pair}")), None, "two of them");
        for other in [pair.replace("__Host-", ""), format!("{pair}0"), pair.replace('7', "-")] {
            assert_eq!(shown(&other), None, "{other}");
        }
        let plain = self::cashier("http://127.0.0.1:8080");
        let cookie = Bound::new(7).cookie(&plain).unwrap();
        assert!(!cookie.to_str().unwrap().contains("Secure"));
    }
}
