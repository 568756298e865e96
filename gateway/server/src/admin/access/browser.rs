//! A browser that somebody has logged in with: a cookie that stays when the session is over, and
//! opens nothing. It only proves that whoever tries now is no stranger to this name.

use http::header::COOKIE;
use http::{HeaderMap, HeaderValue};
use paymux_engine::clock::World;

use super::session::Key;

const NAME: &str = "paymux_browser";
/// Taken from no other host, and sent over TLS alone.
const SECURE_NAME: &str = "__Host-paymux_browser";
/// Half a year.
const MAX_AGE_SECS: u32 = 15_552_000;
const ID_DIGITS: usize = 32;

/// Drawn when it came in first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct BrowserId(pub(crate) [u8; 16]);

impl BrowserId {
    pub(crate) fn new(world: &dyn World) -> Self {
        Self(world.entropy().to_be_bytes())
    }

    /// Of this very user, whose key it is; a new password makes every browser a stranger.
    pub(crate) fn proven(headers: &HeaderMap, secure: bool, key: &Key) -> Option<Self> {
        let (id, tag) = shown(headers, secure)?;
        key.is_browser(&id, &tag).then(|| parsed(&id)).flatten()
    }

    pub(crate) fn cookie(self, key: &Key, secure: bool) -> Option<HeaderValue> {
        let (id, name) = (hex::encode(self.0), name(secure));
        let tag = key.browser_tag(&id);
        let secure = if secure { "; Secure" } else { "" };
        let rest = format!("Max-Age={MAX_AGE_SECS}; Path=/; HttpOnly; SameSite=Strict{secure}");
        format!("{name}={id}.{tag}; {rest}").try_into().ok()
    }
}

fn shown(headers: &HeaderMap, secure: bool) -> Option<(String, String)> {
    let all = headers.get_all(COOKIE).iter().filter_map(|it| it.to_str().ok());
    let pairs = all.flat_map(|it| it.split(';')).filter_map(|it| it.trim().split_once('='));
    let mut own = pairs.filter(|it| it.0 == name(secure)).map(|it| it.1);
    let (Some(value), None) = (own.next(), own.next()) else { return None };
    let (id, tag) = value.split_once('.')?;
    Some((id.to_owned(), tag.to_owned()))
}

fn parsed(id: &str) -> Option<BrowserId> {
    let fits = id.len() == ID_DIGITS;
    let bytes = fits.then(|| hex::decode(id).ok()).flatten()?;
    bytes.try_into().ok().map(BrowserId)
}

const fn name(secure: bool) -> &'static str {
    if secure { SECURE_NAME } else { NAME }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_known_to_its_user_and_to_no_other_and_not_by_halves() {
        let key = |user: &str, mark: &[u8]| Key::of("store secret", user, mark);
        let (own, id) = (key("alice", b"hash"), BrowserId([7; 16]));
        let cookie = id.cookie(&own, true).unwrap().to_str().unwrap().to_owned();
        let (pair, rest) = cookie.split_once("; ").unwrap();
        assert_eq!(rest, "Max-Age=15552000; Path=/; HttpOnly; SameSite=Strict; Secure");
        let known = |cookies: &str, key: &Key| {
            let mut headers = HeaderMap::new();
            headers.insert(COOKIE, cookies.parse().unwrap());
            BrowserId::proven(&headers, true, key)
        };
        assert_eq!(known(&format!("a=b; {pair}"), &own), Some(id));
        for other in [key("bob", b"hash"), key("alice", b"new hash")] {
            assert_eq!(known(pair, &other), None);
        }
        assert_eq!(known(&format!("{pair}; {pair}"), &own), None, "two of them");
        assert_eq!(known(&pair.replacen("07", "08", 1), &own), None, "another browser's");
        for broken in [pair.trim_end_matches(char::is_alphanumeric), "__Host-paymux_browser=."] {
            assert_eq!(known(broken, &own), None, "{broken}");
        }
    }
}
