use super::*;
use crate::tests::{NOW, certificate, certified};
use crate::trust::Trust;

const ALIPAY: &str = "alipayCertPublicKey_RSA2.crt";
const SERIAL: &str = "f8b95a21ab7bfd4acd297f9552543226";
const APP: &str = "appCertPublicKey.crt";
const APP_SERIAL: &str = "819b043cd4da4f1396fa51c3ae4d2c80";

fn key(serial: &str, files: &[&str]) -> PlatformKey {
    let certificate_pem = files.iter().map(|it| certificate(it)).collect();
    PlatformKey { serial: serial.to_owned(), certificate_pem }
}

fn trusts(key: &PlatformKey) -> Result<(), &'static str> {
    certified().trust.certificates().unwrap().trusts(key, NOW)
}

#[test]
fn requests_name_both_numbers() {
    let account = certified();
    let certificates = account.trust.certificates().unwrap();
    assert_eq!(certificates.app_cert_sn, APP_SERIAL);
    assert_eq!(certificates.root_cert_sn.len(), 65);
}

#[test]
fn what_is_downloaded_must_be_what_was_asked_for() {
    assert_eq!(trusts(&key(SERIAL, &[ALIPAY, "class2.crt"])), Ok(()));
    let other = "it is another certificate than was asked for";
    assert_eq!(trusts(&key(APP_SERIAL, &[ALIPAY, "class2.crt"])), Err(other));
    assert_eq!(trusts(&key(SERIAL, &[APP, "class1.crt"])), Err(other));
}

/// Any merchant has one below the same root, and could sign as Alipay with it.
#[test]
fn a_merchants_certificate_is_not_alipays() {
    let refused = trusts(&key(APP_SERIAL, &[APP, "class1.crt"]));
    assert_eq!(refused, Err("its issuer is not that of `alipay_cert`"));
}

#[test]
fn a_span_is_kept() {
    let account = certified();
    let certificates = account.trust.certificates().unwrap();
    let key = key(SERIAL, &[ALIPAY, "class2.crt"]);
    let at = |secs| certificates.trusts(&key, Timestamp::from_secs(secs)).is_ok();
    // From 2024-01-01 to 2044-01-01.
    assert!(at(1_704_067_200) && !at(1_704_067_199));
    assert!(at(2_335_219_200) && !at(2_335_219_201));
    let keys = |now| certificates.keys(Some(SERIAL), now).map(|it| it.len());
    assert_eq!(keys(Some(NOW)), Ok(1));
    assert_eq!(keys(None), Ok(1));
    let late = Some(Timestamp::from_secs(2_335_219_201));
    assert_eq!(keys(late), Err(UnknownKey(SERIAL.into())));
    assert_eq!(certificates.keys(None, late).unwrap().len(), 0);
}

#[test]
fn what_was_learned_is_used_and_told() {
    let mut certificates = certified_without_alipays();
    assert!(certificates.keys(Some(SERIAL), Some(NOW)).is_err());
    let key = key(SERIAL, &[ALIPAY, "class2.crt"]);
    certificates.learn(std::slice::from_ref(&key));
    assert_eq!(certificates.keys(Some(SERIAL), Some(NOW)).unwrap().len(), 1);
    assert_eq!(certificates.learned(NOW), std::slice::from_ref(&key));
    assert_eq!(certificates.learned(Timestamp::from_secs(2_335_219_201)), []);
    let forged = PlatformKey { serial: APP_SERIAL.into(), certificate_pem: certificate(APP) };
    certificates.learn(&[forged, key.clone()]);
    assert_eq!(certificates.learned(NOW), [key], "and what is good beside it is kept");
}

/// Pins another certificate of the same authority: here it stands for the one of before.
fn certified_without_alipays() -> Certificates {
    let account = certified();
    let Trust::Certificates(mut certificates) = account.trust else { panic!() };
    for known in &mut certificates.pinned {
        known.serial = "0".repeat(32);
    }
    certificates
}
