use super::*;
use crate::tests::certificate;

fn roots() -> Roots {
    Roots::read(&certificate("alipayRootCert.crt")).unwrap()
}

fn joined(files: &[&str]) -> String {
    files.iter().map(|it| certificate(it)).collect()
}

const ALIPAY: &str = "alipayCertPublicKey_RSA2.crt";
const NO_ROOT: &str = "its chain does not end at a pinned root";

#[test]
fn a_chain_leads_to_a_pinned_root() {
    let leaf = roots().verify(&joined(&[ALIPAY, "class2.crt"])).unwrap();
    assert_eq!(leaf.serial, "f8b95a21ab7bfd4acd297f9552543226");
    // In any order, and with what nobody needs.
    let all = [ALIPAY, "class1.crt", "class2.crt"];
    assert!(roots().verify(&joined(&all)).is_ok());
    let refused = |files: &[&str]| roots().verify(&joined(files)).err();
    assert_eq!(refused(&[ALIPAY]), Some(NO_ROOT));
    assert_eq!(refused(&[ALIPAY, "class1.crt"]), Some(NO_ROOT));
    assert_eq!(refused(&[ALIPAY, "appCertPublicKey.crt"]), Some(NO_ROOT));
    assert_eq!(refused(&[]), Some(NOT_PEM));
    let long = [ALIPAY, "class1.crt", "class1.crt", "class1.crt", "class1.crt"];
    assert_eq!(refused(&long), Some("its chain is too long"));
}

#[test]
fn other_roots_vouch_for_nothing() {
    let other = Roots::read(&certificate("class1.crt")).unwrap();
    let refused = other.verify(&joined(&[ALIPAY, "class2.crt"])).err();
    assert_eq!(refused, Some(NO_ROOT));
}

/// Every byte of a link counts: of its text or of its signature. What stands around them may be
/// spelt otherwise, and says nothing.
#[test]
fn a_bent_link_breaks_the_chain() {
    let leaf = CertificateDer::from_pem_slice(certificate(ALIPAY).as_bytes()).unwrap();
    let authority = certificate("class2.crt");
    let authority = CertificateDer::from_pem_slice(authority.as_bytes()).unwrap();
    let authority = parse(&authority).unwrap();
    let child = |der: &[u8]| parse(der).is_ok_and(|it| vouches(&authority, &it));
    assert!(child(&leaf));
    let whole = parse(&leaf).unwrap();
    let signed = whole.tbs_certificate.as_ref();
    for at in 0..leaf.len() {
        let mut bent = leaf.to_vec();
        bent[at] ^= 1;
        let same = parse(&bent).is_ok_and(|it| it.tbs_certificate.as_ref() == signed);
        assert!(!child(&bent) || same, "byte {at}");
    }
}

/// A merchant's certificate is below the same root, and may vouch for nobody.
#[test]
fn only_authorities_vouch() {
    let app = certificate("appCertPublicKey.crt");
    let app = CertificateDer::from_pem_slice(app.as_bytes()).unwrap();
    let app = parse(&app).unwrap();
    assert!(!app.basic_constraints().unwrap().unwrap().value.ca);
    assert!(!vouches(&app, &app));
    let authority = certificate("class1.crt");
    let authority = CertificateDer::from_pem_slice(authority.as_bytes()).unwrap();
    assert!(vouches(&parse(&authority).unwrap(), &app));
}

fn renewal(of: &[&str]) -> String {
    let file: serde_json::Value =
        serde_json::from_str(include_str!("../../../vectors/renewal.json")).unwrap();
    of.iter().map(|it| file[it].as_str().unwrap()).collect()
}

/// A merchant signs a certificate with its own: every signature is right, and none of it counts.
#[test]
fn who_is_no_authority_makes_no_certificates() {
    let roots = Roots::read(&renewal(&["root"])).unwrap();
    assert!(roots.verify(&renewal(&["app", "class1"])).is_ok());
    let forged = CertificateDer::from_pem_slice(renewal(&["forged"]).as_bytes()).unwrap();
    let app = CertificateDer::from_pem_slice(renewal(&["app"]).as_bytes()).unwrap();
    assert!(is_signed_by(&parse(&app).unwrap(), &parse(&forged).unwrap()));
    let refused = roots.verify(&renewal(&["forged", "app", "class1"])).err();
    assert_eq!(refused, Some(NO_ROOT));
}

/// A certificate is worth no more than those above it.
#[test]
fn a_chain_is_over_with_its_first_link() {
    let roots = Roots::read(&renewal(&["root"])).unwrap();
    let until = |of: &[&str]| roots.verify(&renewal(of)).unwrap().until;
    // 2044-01-01 and 2026-02-01.
    assert_eq!(until(&["new", "class2"]), Timestamp::from_secs(2_335_219_200));
    assert_eq!(until(&["new", "class2_short"]), Timestamp::from_secs(1_769_904_000));
}
