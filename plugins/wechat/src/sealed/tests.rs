use paymux_channel::PlatformKey;
use paymux_channel::rsa::PrivateKey;

use super::*;
use crate::settings::read;
use crate::tests::{NOW, PUBLIC_KEY_ID, account, bare_settings, config, pem};

fn opened(key: &str, sealed: &str) -> Vec<u8> {
    PrivateKey::parse(&pem(key)).unwrap().open(sealed).unwrap().to_vec()
}

#[test]
fn the_public_key_comes_first() {
    let account = account();
    let sealer = account.sealer(NOW).unwrap();
    assert_eq!(sealer.serial, PUBLIC_KEY_ID);
    let sealed = sealer.seal(&Secret::new("张三")).unwrap();
    assert_eq!(opened("wxpub.key", &sealed), "张三".as_bytes());
}

/// During a rotation the newer of two; nothing is sealed for a key that ended.
#[test]
fn or_the_newest_certificate() {
    let learned = ["platform1.crt", "platform2.crt", "platform_expired.crt"]
        .map(|it| PlatformKey { serial: String::new(), certificate_pem: pem(it) });
    let account = read(&bare_settings(), &learned).unwrap();
    let sealer = account.sealer(NOW).unwrap();
    assert_eq!(sealer.serial, config("platform2_serial"));
    let sealed = sealer.seal(&Secret::new("x")).unwrap();
    assert_eq!(opened("platform2.key", &sealed), b"x");
    let none = read(&bare_settings(), &learned[2..]).unwrap();
    assert!(none.sealer(NOW).is_err());
}
