//! Sessions of the console: a signed cookie that any node can read, and a note in the store when
//! one is ended, which every node sees.

use std::time::Duration;

use aws_lc_rs::hmac::{self, HMAC_SHA256};
use paymux_core::Timestamp;
use paymux_engine::clock::World;

/// Without TLS a browser takes no `__Host-` cookie.
const NAME: &str = "paymux_session";
const SECURE_NAME: &str = "__Host-paymux_session";
const ID_CHARS: usize = 64;
/// A cookie that says when it was used last is written again no more often.
const TOUCH_EVERY: Duration = Duration::from_secs(60);
const PARTS: usize = 5;

/// How long sessions last.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Terms {
    pub(crate) idle: Duration,
    pub(crate) max: Duration,
}

/// What a cookie says; whether that is true is for its mark to prove.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Session {
    pub(crate) user: String,
    /// 256 bits of chance in hex, new at each log-in.
    pub(crate) id: String,
    begun_secs: i64,
    seen_secs: i64,
}

/// One user's: it changes with the password, and so ends every session made under another.
#[derive(Clone)]
pub(crate) struct Key(hmac::Key);

impl Key {
    /// `secret` is the store's, `mark` stands for the user's credentials: to forge a session one
    /// would have to steal both.
    pub(crate) fn of(secret: &str, user: &str, mark: &[u8]) -> Self {
        let shared = hmac::Key::new(HMAC_SHA256, secret.as_bytes());
        let mut own = hmac::Context::with_key(&shared);
        for part in [b"paymux session", user.as_bytes(), mark] {
            own.update(&(part.len() as u64).to_be_bytes());
            own.update(part);
        }
        Self(hmac::Key::new(HMAC_SHA256, own.sign().as_ref()))
    }

    fn tag(&self, text: &str) -> String {
        hex::encode(hmac::sign(&self.0, text.as_bytes()))
    }

    fn is(&self, text: &str, tag: &str) -> bool {
        let tag = hex::decode(tag).unwrap_or_default();
        hmac::verify(&self.0, text.as_bytes(), &tag).is_ok()
    }

    /// What a form of this session must carry.
    pub(crate) fn form_token(&self, session: &Session) -> String {
        self.tag(&format!("form {}", session.id))
    }

    /// No session's text begins so: a name has no space.
    pub(crate) fn browser_tag(&self, id: &str) -> String {
        self.tag(&format!("browser {id}"))
    }

    pub(crate) fn is_browser(&self, id: &str, tag: &str) -> bool {
        self.is(&format!("browser {id}"), tag)
    }

    pub(crate) fn is_form_token(&self, session: &Session, token: &str) -> bool {
        self.is(&format!("form {}", session.id), token)
    }
}

impl Session {
    pub(crate) fn begin(user: &str, world: &dyn World) -> Self {
        let id = format!("{:032x}{:032x}", world.entropy(), world.entropy());
        let now = world.now().as_secs();
        Self { user: user.to_owned(), id, begun_secs: now, seen_secs: now }
    }

    /// What a browser sends, unproven. Of two cookies of one name nobody could say which counts.
    pub(crate) fn read(cookies: &str, secure: bool) -> Option<(Self, String)> {
        let mut values = cookies.split(';').filter_map(|it| {
            let (name, value) = it.trim().split_once('=')?;
            (name == self::name(secure)).then_some(value)
        });
        let (Some(value), None) = (values.next(), values.next()) else { return None };
        let parts: Vec<_> = value.splitn(PARTS, '.').collect();
        let [user, id, begun, seen, tag] = parts.as_slice() else { return None };
        let is_id = id.len() == ID_CHARS && id.bytes().all(|it| it.is_ascii_hexdigit());
        let (begun_secs, seen_secs) = (begun.parse().ok()?, seen.parse().ok()?);
        let session = Self { user: (*user).into(), id: (*id).into(), begun_secs, seen_secs };
        is_id.then(|| (session, (*tag).to_owned()))
    }

    /// Genuine, and neither idle for too long nor too old. A clock that was set back makes none
    /// younger than it is.
    pub(crate) fn holds(&self, tag: &str, key: &Key, terms: Terms, now: Timestamp) -> bool {
        let since = |secs: i64| u64::try_from(now.as_secs() - secs).ok().map(Duration::from_secs);
        let within = |secs, limit| since(secs).is_none_or(|it| it < limit);
        key.is(&self.text(), tag)
            && within(self.seen_secs, terms.idle)
            && within(self.begun_secs, terms.max)
    }

    /// Used now; `None` when that was written a moment ago.
    pub(crate) fn touched(&self, now: Timestamp) -> Option<Self> {
        let seen_secs = now.as_secs();
        let old = seen_secs - self.seen_secs >= i64::try_from(TOUCH_EVERY.as_secs()).unwrap_or(60);
        old.then(|| Self { seen_secs, ..self.clone() })
    }

    pub(crate) fn set_cookie(&self, key: &Key, secure: bool) -> String {
        let text = self.text();
        attributes(&format!("{}={text}.{}", name(secure), key.tag(&text)), secure)
    }

    fn text(&self) -> String {
        format!("{}.{}.{}.{}", self.user, self.id, self.begun_secs, self.seen_secs)
    }
}

/// Takes the cookie away.
pub(crate) fn clear_cookie(secure: bool) -> String {
    attributes(&format!("{}=; Max-Age=0", name(secure)), secure)
}

const fn name(secure: bool) -> &'static str {
    if secure { SECURE_NAME } else { NAME }
}

/// `__Host-` wants the whole site as its path.
fn attributes(pair: &str, secure: bool) -> String {
    let secure = if secure { "; Secure" } else { "" };
    format!("{pair}; Path=/; HttpOnly; SameSite=Strict{secure}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::tests::rig::NOW;
    use crate::clock::RealWorld;

    const TERMS: Terms =
        Terms { idle: Duration::from_secs(1800), max: Duration::from_secs(43_200) };

    fn key() -> Key {
        Key::of("store secret", "alice", b"hash")
    }

    fn at(secs: i64) -> Session {
        let id = "0f".repeat(32);
        let (begun_secs, seen_secs) = (NOW.as_secs() - secs, NOW.as_secs());
        Session { user: "alice".into(), id, begun_secs, seen_secs }
    }

    fn later(secs: u64) -> Timestamp {
        NOW.after(Duration::from_secs(secs))
    }

    /// As a browser sends it back.
    fn sent(session: &Session, key: &Key, secure: bool) -> String {
        let cookie = session.set_cookie(key, secure);
        format!("other=1; {}", cookie.split(';').next().unwrap())
    }

    #[test]
    fn a_cookie_is_as_strict_as_browsers_can_be() {
        let cookie = at(0).set_cookie(&key(), true);
        let (pair, rest) = cookie.split_once("; ").unwrap();
        assert!(pair.starts_with("__Host-paymux_session=alice.0f0f"), "{pair}");
        assert_eq!(rest, "Path=/; HttpOnly; SameSite=Strict; Secure");
        assert!(!at(0).set_cookie(&key(), false).contains("Secure"));
        assert!(clear_cookie(true).starts_with("__Host-paymux_session=; Max-Age=0; Path=/"));
    }

    #[test]
    fn only_what_we_signed_holds_and_only_in_its_time() {
        let holds = |session: &Session, signed: &Key, asked: &Key, now: Timestamp| {
            let (read, tag) = Session::read(&sent(session, signed, false), false).unwrap();
            assert_eq!(read, *session);
            read.holds(&tag, asked, TERMS, now)
        };
        let (ours, session) = (key(), at(0));
        assert!(holds(&session, &ours, &ours, NOW));
        assert!(holds(&session, &ours, &ours, later(1799)));
        assert!(!holds(&session, &ours, &ours, later(1800)), "idle");
        assert!(!holds(&at(43_200), &ours, &ours, NOW), "too old, however busy");
        for other in [
            Key::of("other secret", "alice", b"hash"),
            Key::of("store secret", "bob", b"hash"),
            Key::of("store secret", "alice", b"new hash"),
        ] {
            assert!(!holds(&session, &other, &ours, NOW));
        }
    }

    #[test]
    fn nothing_of_a_cookie_can_be_changed() {
        let ours = key();
        let good = sent(&at(0), &ours, false);
        let tells = |cookies: &str| {
            let read = Session::read(cookies, false);
            read.is_some_and(|(it, tag)| it.holds(&tag, &ours, TERMS, NOW))
        };
        assert!(tells(&good));
        let value = good.find("alice").unwrap();
        for index in value..good.len() {
            let mut bytes = good.clone().into_bytes();
            bytes[index] = if bytes[index] == b'1' { b'2' } else { b'1' };
            assert!(!tells(&String::from_utf8(bytes).unwrap()), "byte {index}");
        }
        assert!(!tells(&format!("{good}; {}", good.split_once("; ").unwrap().1)), "two of them");
        assert!(!tells(&good[..good.len() - 2]) && !tells(&format!("{good}00")));
        for rubbish in ["", "paymux_session", "paymux_session=", "paymux_session=a.b.c.d.e"] {
            assert!(!tells(rubbish), "{rubbish}");
        }
    }

    #[test]
    fn a_cookie_of_a_plain_connection_is_none_of_a_secure_one() {
        assert_eq!(Session::read(&sent(&at(0), &key(), false), true), None);
    }

    #[test]
    fn use_is_written_once_a_minute() {
        assert_eq!(at(0).touched(later(59)), None);
        let touched = at(0).touched(later(60)).unwrap();
        assert_eq!((touched.begun_secs, touched.id.clone()), (at(0).begun_secs, at(0).id));
        assert!(touched.holds(&key().tag(&touched.text()), &key(), TERMS, later(1859)));
    }

    #[test]
    fn each_log_in_has_a_form_token_of_its_own() {
        let world = RealWorld::default();
        let [one, two] = [(); 2].map(|()| Session::begin("alice", &world));
        assert_ne!(one.id, two.id);
        let key = key();
        assert!(key.is_form_token(&one, &key.form_token(&one)));
        assert!(!key.is_form_token(&two, &key.form_token(&one)));
        assert!(!key.is_form_token(&one, "") && !key.is_form_token(&one, "zz"));
    }
}
