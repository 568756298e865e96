use super::*;
use crate::certificates::chain::parse;
use crate::tests::{certificate, vectors};

#[test]
fn numbers_are_those_of_the_sdks() {
    let all = vectors(include_str!("../../../vectors/certificates.json"));
    assert_eq!(all.len(), 5);
    for vector in all {
        let pem = vector["pem"].as_str().unwrap();
        if vector["kind"] == "root_bundle" {
            assert_eq!(of_roots(pem).unwrap(), vector["expect_root_sn"].as_str().unwrap());
            continue;
        }
        let der = CertificateDer::from_pem_slice(pem.as_bytes()).unwrap();
        let it = parse(&der).unwrap();
        assert_eq!(name(it.issuer()).unwrap(), vector["issuer_rfc2253"].as_str().unwrap());
        assert_eq!(of(&it).unwrap(), vector["expect_sn"].as_str().unwrap());
    }
}

/// Of four roots one is of a curve of China's own and one is not RSA: neither is named.
#[test]
fn roots_without_rsa_are_passed_over() {
    let bundle = certificate("alipayRootCert.crt");
    assert_eq!(bundle.matches("BEGIN CERTIFICATE").count(), 4);
    assert_eq!(of_roots(&bundle).unwrap().split('_').count(), 2);
    let first = bundle.split_inclusive("-----END CERTIFICATE-----").next().unwrap();
    assert_eq!(of_roots(first), Err("has no root signed with RSA"));
    assert_eq!(of_roots(""), Err("has no root signed with RSA"));
}

#[test]
fn values_are_escaped_as_in_java() {
    for (value, expected) in [
        ("iTruschina Co.,Ltd.", "iTruschina Co.\\,Ltd."),
        (" a ", "\\ a\\ "),
        ("#a#", "\\#a#"),
        ("a+b<c>d;e\"f\\g=h", "a\\+b\\<c\\>d\\;e\\\"f\\\\g=h"),
        ("支付宝", "支付宝"),
        ("", ""),
    ] {
        assert_eq!(escaped(value), expected);
    }
}
