//! Certificate mode: the numbers requests name, and the certificates of Alipay's that are trusted.

pub(crate) mod chain;
pub(crate) mod number;

use paymux_channel::PlatformKey;
use paymux_core::Timestamp;

use self::chain::{Leaf, Roots};
use crate::sign::{AlipayKey, SignType};
use crate::trust::UnknownKey;

/// Certificates learned since; Alipay changes its own every five years.
const MAX_LEARNED: usize = 8;

/// What an account knows of certificates.
#[derive(Debug)]
pub(crate) struct Certificates {
    pub(crate) app_cert_sn: String,
    pub(crate) root_cert_sn: String,
    roots: Roots,
    sign_type: SignType,
    pinned: Vec<Known>,
    learned: Vec<(PlatformKey, Known)>,
}

/// A certificate of Alipay's, trusted within its span alone.
#[derive(Debug)]
struct Known {
    serial: String,
    issuer: Vec<u8>,
    from: Timestamp,
    until: Timestamp,
    key: AlipayKey,
}

impl Known {
    fn new(sign_type: SignType, leaf: Leaf) -> Result<Self, &'static str> {
        let key = AlipayKey::from_der(sign_type, &leaf.public_key);
        let key = key.map_err(|_| "is not the certificate of an RSA key that is long enough")?;
        let Leaf { serial, issuer, from, until, .. } = leaf;
        Ok(Self { serial, issuer, from, until, key })
    }

    fn is_valid(&self, now: Option<Timestamp>) -> bool {
        now.is_none_or(|now| self.from <= now && now <= self.until)
    }
}

impl Certificates {
    /// `pinned` are PEM texts of Alipay's own certificates, which the operator trusts. A problem
    /// is told with the setting it is of.
    pub(crate) fn new(
        sign_type: SignType,
        app_cert_sn: String,
        roots: &str,
        pinned: &[&str],
    ) -> Result<Self, (&'static str, &'static str)> {
        let of_roots = |it| ("alipay_root_cert", it);
        let known = |it: &&str| Known::new(sign_type, Leaf::read(it)?);
        let pinned = pinned.iter().map(known).collect::<Result<_, _>>();
        Ok(Self {
            app_cert_sn,
            root_cert_sn: number::of_roots(roots).map_err(of_roots)?,
            roots: Roots::read(roots).map_err(of_roots)?,
            sign_type,
            pinned: pinned.map_err(|it| ("alipay_cert", it))?,
            learned: vec![],
        })
    }

    /// Takes what was downloaded before, where it still deserves it: the pinned ones may be others
    /// by now.
    pub(crate) fn learn(&mut self, keys: &[PlatformKey]) {
        let recent = keys.iter().rev().take(MAX_LEARNED).rev();
        let known = recent.filter_map(|key| Some((key.clone(), self.check(key).ok()?)));
        self.learned = known.collect();
    }

    /// What was learned and is of use still.
    pub(crate) fn learned(&self, now: Timestamp) -> Vec<PlatformKey> {
        let valid = self.learned.iter().filter(|(_, known)| known.is_valid(Some(now)));
        valid.map(|(key, _)| key.clone()).collect()
    }

    /// Whether a downloaded certificate may verify from now on.
    pub(crate) fn trusts(&self, key: &PlatformKey, now: Timestamp) -> Result<(), &'static str> {
        let known = self.check(key)?;
        known.is_valid(Some(now)).then_some(()).ok_or("its certificate is not valid now")
    }

    /// Its chain ends at a pinned root, it bears the number that was asked for, and it comes from
    /// the authority that issued the pinned ones: merchants have certificates below the same root,
    /// and with one of those anybody could sign as Alipay.
    fn check(&self, key: &PlatformKey) -> Result<Known, &'static str> {
        let leaf = self.roots.verify(&key.certificate_pem)?;
        if leaf.serial != key.serial {
            return Err("it is another certificate than was asked for");
        }
        if !self.pinned.iter().any(|it| it.issuer == leaf.issuer) {
            return Err("its issuer is not that of `alipay_cert`");
        }
        Known::new(self.sign_type, leaf)
    }

    /// The key of the certificate that is named, and no other; all of them where none is.
    pub(crate) fn keys(
        &self,
        serial: Option<&str>,
        now: Option<Timestamp>,
    ) -> Result<Vec<&AlipayKey>, UnknownKey> {
        let all = self.pinned.iter().chain(self.learned.iter().map(|(_, known)| known));
        let valid = all.filter(|it| it.is_valid(now));
        let Some(serial) = serial else { return Ok(valid.map(|it| &it.key).collect()) };
        let found: Vec<_> = valid.filter(|it| it.serial == serial).map(|it| &it.key).collect();
        if found.is_empty() { Err(UnknownKey(serial.to_owned())) } else { Ok(found) }
    }
}

#[cfg(test)]
mod tests;
