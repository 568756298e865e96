//! Whose signatures an account believes: Alipay's public key, or certificates of Alipay's.

use paymux_channel::settings::Reader;
use paymux_channel::{PlatformKey, Secret};

use crate::certificates::Certificates;
use crate::certificates::chain::Leaf;
use crate::sign::{AlipayKey, OwnKey, SignType};
use crate::trust::Trust;

/// The old one and the new one.
const MAX_KEYS: usize = 2;
const KEY: &str = "alipay_public_key";
const CERTIFICATE: &str = "alipay_cert";
const APP_CERTIFICATE: &str = "app_cert";
const ROOTS: &str = "alipay_root_cert";

/// One application runs in one of the two modes.
pub(super) fn read(
    reader: &mut Reader<'_>,
    sign_type: SignType,
    own: Option<&OwnKey>,
    learned: &[PlatformKey],
) -> Option<Trust> {
    let keys = given(reader, KEY);
    let texts = Texts::read(reader);
    match (keys.is_empty(), texts.is_empty()) {
        (false, true) => self::keys(reader, sign_type, own, &keys),
        (true, true) => {
            reader.problem(KEY, "is missing");
            None
        }
        (false, false) => {
            reader.problem(KEY, "does not go together with certificates: choose one mode");
            None
        }
        (true, false) => {
            let mut certificates = texts.certificates(reader, sign_type, own)?;
            certificates.learn(learned);
            Some(Trust::Certificates(certificates))
        }
    }
}

/// What makes certificate mode: all of it, or nothing.
struct Texts {
    app: Option<String>,
    roots: Option<String>,
    pinned: Vec<Secret>,
}

impl Texts {
    fn read(reader: &mut Reader<'_>) -> Self {
        let app = reader.optional(APP_CERTIFICATE);
        Self { app, roots: reader.optional(ROOTS), pinned: given(reader, CERTIFICATE) }
    }

    fn is_empty(&self) -> bool {
        self.app.is_none() && self.roots.is_none() && self.pinned.is_empty()
    }

    fn certificates(
        &self,
        reader: &mut Reader<'_>,
        sign_type: SignType,
        own: Option<&OwnKey>,
    ) -> Option<Certificates> {
        let mut need = |key, there: bool| {
            if !there {
                reader.problem(key, "is missing");
            }
        };
        need(APP_CERTIFICATE, self.app.is_some());
        need(ROOTS, self.roots.is_some());
        need(CERTIFICATE, !self.pinned.is_empty());
        let app = Leaf::read(self.app.as_ref()?);
        let app = app.map_err(|it| reader.problem(APP_CERTIFICATE, it)).ok()?;
        self.check_owners(reader, sign_type, own, &app);
        let pinned: Vec<_> = self.pinned.iter().map(Secret::expose).collect();
        let made = Certificates::new(sign_type, app.serial, self.roots.as_ref()?, &pinned);
        made.map_err(|(key, problem)| reader.problem(key, problem)).ok()
    }

    /// One's own where one's own belongs, and Alipay's where Alipay's belongs.
    fn check_owners(
        &self,
        reader: &mut Reader<'_>,
        sign_type: SignType,
        own: Option<&OwnKey>,
        app: &Leaf,
    ) {
        let Some(own) = own else { return };
        let is_own = |leaf: &Leaf| {
            let key = AlipayKey::from_der(sign_type, &leaf.public_key);
            key.is_ok_and(|key| are_a_pair(own, &key))
        };
        if !is_own(app) {
            reader.problem(APP_CERTIFICATE, "is not the certificate of `private_key`");
        }
        let mut pinned = self.pinned.iter().filter_map(|it| Leaf::read(it.expose()).ok());
        if pinned.any(|it| is_own(&it)) {
            reader.problem(CERTIFICATE, "is the application's own certificate, not Alipay's");
        }
    }
}

fn given(reader: &mut Reader<'_>, key: &'static str) -> Vec<Secret> {
    let mut given = reader.list(key);
    given.retain(|it| !it.expose().trim().is_empty());
    if given.len() > MAX_KEYS {
        reader.problem(key, format!("are more than {MAX_KEYS}"));
    }
    given
}

fn keys(
    reader: &mut Reader<'_>,
    sign_type: SignType,
    own: Option<&OwnKey>,
    given: &[Secret],
) -> Option<Trust> {
    let parse = |text: &Secret| {
        let key = AlipayKey::parse(sign_type, text.expose())?;
        let pair = own.is_some_and(|own| are_a_pair(own, &key));
        let problem = "is the application's own public key; Alipay's is shown beside it";
        if pair { Err(problem.to_owned()) } else { Ok(key) }
    };
    let keys: Result<Vec<_>, String> = given.iter().map(parse).collect();
    keys.map_err(|it| reader.problem(KEY, it)).ok().map(Trust::Keys)
}

/// The commonest mistake of all: then nothing Alipay sends would ever verify.
fn are_a_pair(private: &OwnKey, public: &AlipayKey) -> bool {
    let message = b"one pair?";
    private.sign(message).is_ok_and(|signature| public.verifies(message, &signature))
}
