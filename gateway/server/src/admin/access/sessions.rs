//! Sessions, as the store sees them: the secret that all nodes sign with, and what was ended.

use http::header::COOKIE;
use http::{HeaderMap, HeaderValue};
use paymux_core::Timestamp;
use paymux_store::{Change, CommitError, Key as OnceKey, Once, Read, Store, StoreError};

use super::browser::BrowserId;
use super::origin::Origin;
use super::session::{Key, Session, Terms, clear_cookie};
use super::user::{User, UserName};
use super::{Desk, Who};

/// An open session, kept with its request.
#[derive(Clone)]
pub(crate) struct Open {
    pub(crate) who: Who,
    pub(crate) session: Session,
    key: Key,
    secure: bool,
}

impl Open {
    pub(crate) fn form_token(&self) -> String {
        self.key.form_token(&self.session)
    }

    pub(crate) fn is_form_token(&self, token: &str) -> bool {
        self.key.is_form_token(&self.session, token)
    }

    /// Used now, where that is to be written down.
    pub(crate) fn touched(&self, now: Timestamp) -> Option<Self> {
        self.session.touched(now).map(|session| Self { session, ..self.clone() })
    }

    /// The browser's own cookie, under the user's key.
    pub(crate) fn browser_cookie(&self, id: BrowserId) -> Option<HeaderValue> {
        id.cookie(&self.key, self.secure)
    }

    pub(crate) fn cookie(&self) -> Option<HeaderValue> {
        self.session.set_cookie(&self.key, self.secure).try_into().ok()
    }
}

impl<S: Store> Desk<S> {
    /// The one that the request's cookie proves.
    pub(crate) async fn session(&self, headers: &HeaderMap, origin: &Origin) -> Read<Option<Open>> {
        let mut cookies = headers.get_all(COOKIE).iter();
        // HTTP/2 may split them.
        let all: Vec<_> = cookies.by_ref().filter_map(|it| it.to_str().ok()).collect();
        let Some((session, tag)) = Session::read(&all.join("; "), origin.secure) else {
            return Ok(None);
        };
        let known = session.user.parse().ok().and_then(|it| Some((self.access.user(&it)?, it)));
        let Some((user, name)) = known else { return Ok(None) };
        let key = self.key(&name, &user).await?;
        if !session.holds(&tag, &key, self.terms(), self.gateway.now()) {
            return Ok(None);
        }
        if self.gateway.store.holder(&OnceKey::Ended(session.id.clone())).await?.is_some() {
            return Ok(None);
        }
        let who = Who {
            name: name.to_string(),
            role: user.role,
            address: None,
            request_id: String::new(),
        };
        Ok(Some(Open { who, session, key, secure: origin.secure }))
    }

    /// Whether the browser came in with this name before. A store that is away knows nobody.
    pub(crate) async fn browser(
        &self,
        headers: &HeaderMap,
        origin: &Origin,
        user: &str,
    ) -> Option<BrowserId> {
        let name: UserName = user.parse().ok()?;
        let user = self.access.user(&name)?;
        let key = self.key(&name, &user).await.ok()?;
        BrowserId::proven(headers, origin.secure, &key)
    }

    /// A new one, whatever was there before.
    pub(crate) async fn begin(&self, name: &UserName, user: User, origin: &Origin) -> Read<Open> {
        let key = self.key(name, &user).await?;
        let session = Session::begin(name.as_str(), &*self.gateway.world);
        let who = Who {
            name: name.to_string(),
            role: user.role,
            address: None,
            request_id: String::new(),
        };
        Ok(Open { who, session, key, secure: origin.secure })
    }

    /// On every node, and for good.
    pub(crate) async fn end(&self, open: &Open) -> Result<HeaderValue, CommitError> {
        let key = OnceKey::Ended(open.session.id.clone());
        let once = vec![Once { key, holder: open.session.user.clone() }];
        match self.gateway.store.commit(Change { once, ..Change::default() }).await {
            Ok(()) | Err(CommitError::Duplicate(_)) => {}
            Err(error) => return Err(error),
        }
        let cleared = clear_cookie(open.secure);
        Ok(cleared.try_into().unwrap_or_else(|_| HeaderValue::from_static("")))
    }

    fn terms(&self) -> Terms {
        let settings = self.access.settings.load();
        Terms { idle: settings.session_idle, max: settings.session_max }
    }

    async fn key(&self, name: &UserName, user: &User) -> Read<Key> {
        let secret = self.access.secret.get_or_try_init(|| self.secret()).await?;
        Ok(Key::of(secret, name.as_str(), &user.mark))
    }

    /// Drawn by whichever node is first.
    async fn secret(&self) -> Read<String> {
        let (store, world) = (&self.gateway.store, &self.gateway.world);
        if let Some(secret) = store.holder(&OnceKey::Console).await? {
            return Ok(secret);
        }
        let holder = format!("{:032x}{:032x}", world.entropy(), world.entropy());
        let once = vec![Once { key: OnceKey::Console, holder }];
        match store.commit(Change { once, ..Change::default() }).await {
            Ok(()) | Err(CommitError::Duplicate(_)) => {}
            Err(error) => return Err(StoreError(error.to_string())),
        }
        let secret = store.holder(&OnceKey::Console).await?;
        secret.ok_or_else(|| StoreError("it forgot the console's secret".into()))
    }
}
