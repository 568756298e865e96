//! What the gateway knows of the application: its keys, certificates and pace.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;

use super::cipher::Cipher;
use super::serial::{root_sn, sn};
use crate::crypto::{Signer, Verifier};
use crate::setup::AlipayParty;
use crate::setup::ca::{Certified, Owner, ROOTS, certify};
use crate::shared::KeyError;

/// Each is kept for who asks for it.
const MAX_RENEWALS: u32 = 100;

pub(crate) struct AlipayDesk {
    pub(crate) party: AlipayParty,
    pub(crate) verifier: Verifier,
    pub(crate) signer: Arc<Signer>,
    pub(super) cipher: Cipher,
    pub(super) app_cert_sn: String,
    pub(super) root_cert_sn: String,
    public_key_pem: String,
    /// Alipay's certificates and their numbers; answers are signed under the last.
    certificates: Mutex<Vec<(String, Certified)>>,
    pace: Mutex<Pace>,
    /// Where the application is told what belongs to no order.
    app_gateway: Mutex<Option<String>>,
}

#[derive(Default)]
struct Pace {
    second: i64,
    calls: u32,
}

impl AlipayDesk {
    pub(crate) fn open(party: &AlipayParty) -> Result<Self, KeyError> {
        let key = &party.app_public_key_pem;
        let app =
            certify(Owner::App(&party.app_id), key, 0).ok_or(KeyError("Alipay app public key"))?;
        let platform_key = KeyError("Alipay platform private key");
        let public_key_pem = Signer::public_pem(&party.private_key_pem).ok_or(platform_key)?;
        let platform = certify(Owner::Alipay, &public_key_pem, 0)
            .ok_or(KeyError("Alipay platform private key"))?;
        Ok(Self {
            verifier: Verifier::from_pem(key).ok_or(KeyError("Alipay app public key"))?,
            signer: Signer::from_pem(&party.private_key_pem)
                .map(Arc::new)
                .ok_or(KeyError("Alipay platform private key"))?,
            public_key_pem,
            cipher: Cipher::from_base64(&party.aes_key).ok_or(KeyError("Alipay AES key"))?,
            app_cert_sn: sn(&app.certificate),
            root_cert_sn: root_sn(ROOTS),
            certificates: Mutex::new(vec![(sn(&platform.certificate), platform)]),
            pace: Mutex::default(),
            app_gateway: Mutex::default(),
            party: party.clone(),
        })
    }

    /// The certificate that answers are signed under now.
    pub(super) fn alipay_cert_sn(&self) -> String {
        self.certificates().last().map(|(sn, _)| sn.clone()).unwrap_or_default()
    }

    /// The chain of the certificate with this number: today's or one before it.
    pub(super) fn chain(&self, wanted: &str) -> Option<String> {
        let all = self.certificates();
        all.iter().find(|(sn, _)| sn == wanted).map(|(_, one)| one.chain_pem.clone())
    }

    /// Another certificate for the same key, as Alipay issues one every few years; its number.
    pub(crate) fn renew_certificate(&self) -> Option<String> {
        let mut all = self.certificates();
        let generation = u32::try_from(all.len()).ok().filter(|count| *count < MAX_RENEWALS)?;
        let next = certify(Owner::Alipay, &self.public_key_pem, generation)?;
        let number = sn(&next.certificate);
        all.push((number.clone(), next));
        Some(number)
    }

    pub(crate) fn app_gateway(&self) -> Option<String> {
        self.app_gateway.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn set_app_gateway(&self, url: &str) {
        let mut own = self.app_gateway.lock().unwrap_or_else(PoisonError::into_inner);
        *own = Some(url.to_owned());
    }

    fn certificates(&self) -> MutexGuard<'_, Vec<(String, Certified)>> {
        self.certificates.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts a call; false when there were too many in this second.
    pub(super) fn admits(&self, limit: Option<u32>, now: Timestamp) -> bool {
        let mut pace = self.pace.lock().unwrap_or_else(PoisonError::into_inner);
        if pace.second != now.as_second() {
            *pace = Pace { second: now.as_second(), calls: 0 };
        }
        pace.calls = pace.calls.saturating_add(1);
        limit.is_none_or(|limit| pace.calls <= limit)
    }
}
