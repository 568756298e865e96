use super::*;
use crate::tests::{cases, config, pem};
use crate::v2::tests::settings_of;

/// What is wrong with an account in which some values are others; none is empty.
fn problems(changes: &[(&str, &str)]) -> Vec<String> {
    let mut settings = settings_of("HMAC-SHA256");
    changes.iter().for_each(|(name, value)| settings.set(*name, Secret::new(*value)));
    let told = read(&settings).err().unwrap_or_default();
    told.iter().map(ToString::to_string).collect()
}

fn p12(kind: &str) -> String {
    let keys: serde_json::Value =
        serde_json::from_str(include_str!("../../../vectors/keys.json")).unwrap();
    keys["p12_base64"][kind].as_str().unwrap().to_owned()
}

#[test]
fn signed_with_hmac_unless_it_is_said_otherwise() {
    let mut settings = settings_of("MD5");
    settings.set("sign_type", Secret::new(""));
    assert_eq!(read(&settings).unwrap().sign_type, SignType::HmacSha256);
    assert_eq!(problems(&[("sign_type", "SHA1")]), ["`sign_type`: is none of: HMAC-SHA256, MD5"]);
}

#[test]
fn what_is_missing_or_wrong_is_told_at_once() {
    let told = problems(&[("api_v2_key", ""), ("server_ip", "here"), ("api_v3_key", "x")]);
    let expect = [
        "`api_v2_key`: is not 32 letters and digits",
        "`server_ip`: is not an IP address",
        "`api_v3_key`: is not a setting of this channel",
    ];
    assert_eq!(told, expect);
    assert!(!is_chosen(&[("api", "v3")].into_iter().collect()));
    assert!(!is_chosen(&Settings::default()));
}

#[test]
fn a_certificate_as_pem_or_as_one_file() {
    let of_pem = read(&settings_of("MD5")).unwrap().certificate;
    assert_eq!(of_pem.chain.len(), 1);
    for kind in ["legacy", "modern"] {
        let mut settings = settings_of("MD5");
        settings.set("certificate", Secret::new(""));
        settings.set("certificate_key", Secret::new(""));
        settings.set("certificate_p12", Secret::new(p12(kind)));
        let of_file = read(&settings).unwrap().certificate;
        assert_eq!((&of_file.chain[0], &of_file.key), (&of_pem.chain[0], &of_pem.key), "{kind}");
        settings.set("certificate_password", Secret::new("1900000110"));
        let why = "`certificate_p12`: is not a PKCS#12 file that its password opens";
        assert!(read(&settings).unwrap_err().iter().any(|it| it.to_string() == why), "{kind}");
    }
}

/// The merchant's own certificate comes first, wherever it stands in the file.
#[test]
fn a_chain_in_any_order() {
    let chain = pem("ca.crt") + &pem("merchant.crt");
    let mut settings = settings_of("MD5");
    settings.set("certificate", Secret::new(chain));
    let chained = read(&settings).unwrap().certificate.chain;
    assert_eq!(chained.len(), 2);
    assert_eq!(chained[0], read(&settings_of("MD5")).unwrap().certificate.chain[0]);
}

#[test]
fn a_certificate_that_cannot_be_shown() {
    let only = |changes: &[(&str, &str)], expect: &str| {
        assert_eq!(problems(changes).last().unwrap(), expect);
    };
    let needed = "`certificate`: certificate and certificate_key, or certificate_p12, must be set: \
                  refunds and reversals need them";
    only(&[("certificate", ""), ("certificate_key", "")], needed);
    only(&[("certificate_key", "")], needed);
    only(&[("certificate", "x")], "`certificate`: must hold 1 to 8 certificates");
    let both = p12("modern");
    let why = "`certificate_p12`: must not stand beside certificate";
    only(&[("certificate_p12", &both)], why);
    let (stranger, other) = (pem("stranger.key"), pem("platform1.crt"));
    let why = "`certificate`: has no certificate of its key";
    only(&[("certificate_key", &stranger)], why);
    only(&[("certificate", &other)], why);
}

/// The vectors' merchant, so that what this account signs can be compared.
#[test]
fn the_same_merchant_as_over_apiv3() {
    let account = read(&settings_of("MD5")).unwrap();
    assert_eq!(account.merchant.mch_id, config("mchid"));
    assert!(cases(include_str!("../../../vectors/v2_sign.json")).len() > 10);
    assert!(!format!("{account:?}").contains(&config("apiv2_key")));
}
