//! Whom calls to the channels trust.

use super::problems;

/// With one that lacks, nothing could be called; it would be missed too late.
#[test]
fn authorities_are_whole() {
    let pem = include_str!("../../postgres_tls/test-certificate.pem");
    let text = |value: &str| format!("[outbound]\nroot_certificates = '''{value}'''\n");
    assert_eq!(problems(&text(pem)), Vec::<String>::new());
    assert_eq!(problems(&text(&format!("{pem}{pem}"))), Vec::<String>::new());
    let cut = pem.replace("-----END", "-----DNE");
    let broken = pem.replacen("MII", "MIJ", 1);
    for wrong in ["x", "-----BEGIN", &cut, &format!("{pem}{cut}"), &format!("{pem}{broken}")] {
        let told = problems(&text(wrong));
        let why = "2: outbound.root_certificates: is not PEM of authorities' certificates";
        assert_eq!(told, [why], "{wrong}");
    }
}
