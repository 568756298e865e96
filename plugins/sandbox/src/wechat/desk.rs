//! The keys of the WeChat Pay simulator: its own, by their serials, and the merchant's.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};

use super::combine::{Combined, Registry};
use super::open::Tokens;
use crate::crypto::{Signer, Unsealer, Verifier, seal_for};
use crate::setup::{SignsWith, WechatParty};
use crate::shared::KeyError;
use crate::tls::ClientCertificate;

/// How far the platform's certificate has been renewed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rotation {
    /// One certificate.
    #[default]
    Old,
    /// The next is handed out too; the old one signs.
    Announced,
    /// Both are handed out; the next one signs.
    Switched,
    /// The old one is gone.
    New,
}

/// One of the platform's keys, by what `Wechatpay-Serial` calls it.
pub(super) struct Platform {
    pub(super) serial: String,
    pub(super) certificate_pem: String,
    pub(super) signer: Arc<Signer>,
    unsealer: Unsealer,
}

pub(crate) struct WechatDesk {
    pub(crate) party: WechatParty,
    pub(super) verifier: Verifier,
    old: Platform,
    next: Platform,
    rotation: Mutex<Rotation>,
    /// Whether the public key is next.
    turn: AtomicBool,
    tokens: Mutex<Tokens>,
    registry: Mutex<Registry>,
    merchant_certificate: ClientCertificate,
}

impl WechatDesk {
    pub(crate) fn open(party: &WechatParty) -> Result<Self, KeyError> {
        if party.api_v3_key.len() != 32 {
            return Err(KeyError("WeChat Pay APIv3 key"));
        }
        if party.api_v2_key.len() != 32 {
            return Err(KeyError("WeChat Pay APIv2 key"));
        }
        let party = party.clone();
        let old = (&party.certificate_serial, &party.certificate_pem, &party.private_key_pem);
        let next = (
            &party.next_certificate_serial,
            &party.next_certificate_pem,
            &party.next_private_key_pem,
        );
        Ok(Self {
            verifier: Verifier::from_pem(&party.merchant_public_key_pem)
                .ok_or(KeyError("WeChat Pay merchant public key"))?,
            old: platform(old)?,
            next: platform(next)?,
            rotation: Mutex::default(),
            turn: AtomicBool::default(),
            tokens: Mutex::default(),
            registry: Mutex::default(),
            merchant_certificate: ClientCertificate::from_pem(&party.tls.merchant_certificate_pem)
                .ok_or(KeyError("WeChat Pay merchant certificate"))?,
            party,
        })
    }

    /// What mutual TLS saw is the merchant's own certificate.
    pub(super) fn owns(&self, shown: &ClientCertificate) -> bool {
        *shown == self.merchant_certificate
    }

    pub(super) fn registry(&self) -> MutexGuard<'_, Registry> {
        self.registry.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn combined(&self, number: &str) -> Option<Combined> {
        self.registry().get(number).cloned()
    }

    /// What the merchant alone can read.
    pub(super) fn seal(&self, plain: &str) -> Option<String> {
        seal_for(&self.party.merchant_public_key_pem, plain)
    }

    pub(super) fn tokens(&self) -> MutexGuard<'_, Tokens> {
        self.tokens.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn rotation(&self) -> Rotation {
        *self.rotation.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn rotate(&self, to: Rotation) {
        *self.rotation.lock().unwrap_or_else(PoisonError::into_inner) = to;
    }

    /// The certificates a merchant can download now.
    pub(super) fn published(&self) -> Vec<&Platform> {
        match self.rotation() {
            Rotation::Old => vec![&self.old],
            Rotation::Announced | Rotation::Switched => vec![&self.old, &self.next],
            Rotation::New => vec![&self.next],
        }
    }

    fn current(&self) -> &Platform {
        match self.rotation() {
            Rotation::Old | Rotation::Announced => &self.old,
            Rotation::Switched | Rotation::New => &self.next,
        }
    }

    /// What answers are signed as, unless the request chooses.
    pub(super) fn serial(&self, with: SignsWith) -> String {
        match with {
            SignsWith::Certificate | SignsWith::Grey => self.current().serial.clone(),
            SignsWith::PublicKey => self.party.public_key_id.clone(),
        }
    }

    /// What the next notification is signed as.
    pub(super) fn notice_serial(&self, with: SignsWith) -> String {
        let turn = with == SignsWith::Grey && self.turn.fetch_xor(true, Ordering::Relaxed);
        self.serial(if turn { SignsWith::PublicKey } else { with })
    }

    /// What a request asks to be answered with, if it is a key of the platform.
    pub(super) fn wanted(&self, serial: &str) -> Option<String> {
        if serial == self.party.public_key_id {
            return Some(serial.to_owned());
        }
        let own = |own: &&Platform| own.serial.eq_ignore_ascii_case(serial);
        self.published().into_iter().find(own).map(|platform| platform.serial.clone())
    }

    pub(super) fn unsealer(&self, serial: &str) -> &Unsealer {
        if serial == self.next.serial { &self.next.unsealer } else { &self.old.unsealer }
    }

    /// The public key and the old certificate are of one key pair.
    pub(super) fn signer(&self, serial: &str) -> &Arc<Signer> {
        if serial == self.next.serial { &self.next.signer } else { &self.old.signer }
    }
}

fn platform((serial, certificate, key): (&String, &String, &String)) -> Result<Platform, KeyError> {
    let signer = Signer::from_pem(key).ok_or(KeyError("WeChat Pay platform private key"))?;
    Ok(Platform {
        serial: serial.clone(),
        certificate_pem: certificate.clone(),
        signer: Arc::new(signer),
        unsealer: Unsealer::from_pem(key).ok_or(KeyError("WeChat Pay platform private key"))?,
    })
}
