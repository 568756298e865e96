//! What an operator should look at when Alipay refuses the account itself.
//!
//! Source: opendocs.alipay.com, common error codes (02km9f).

/// By the end of the code: documents spell it with and without `isv.` and `ACQ.` before it.
const ADVICE: &[(&str, &str)] = &[
    (
        "invalid-signature",
        "`private_key` is not the half of the application's public key in Alipay's console, or \
         `sign_type` is another one there",
    ),
    (
        "invalid-app-id",
        "`app_id` is no application at this `gateway`: sandbox and production differ",
    ),
    ("missing-signature-config", "upload the application's public key in Alipay's console"),
    ("not-online-app", "the application waits to be put online in Alipay's console"),
    ("forbidden-api", "sign the product for this application in Alipay's console"),
    ("insufficient-isv-permissions", "sign the product for this application in Alipay's console"),
    ("insufficient-user-permissions", "the merchant has to authorise the application"),
    (
        "invalid-app-auth-token",
        "the merchant's authorisation is over: get another `app_auth_token`",
    ),
    (
        "app-auth-token-time-out",
        "the merchant's authorisation is over: get another `app_auth_token`",
    ),
    ("no-product-reg-by-partner", "sign the product for this account in Alipay's console"),
    ("invalid-timestamp", "set this machine's clock by NTP"),
    (
        "missing-app-cert-sn",
        "this application works with certificates: set `app_cert` and the others",
    ),
    (
        "missing-alipay-root-cert-sn",
        "this application works with certificates: set `alipay_root_cert`",
    ),
    ("invalid-alipay-root-cert-sn", "`alipay_root_cert` is not Alipay's alipayRootCert.crt"),
    ("app-cert-not-exist", "`app_cert` is not the certificate that Alipay's console shows"),
    ("app-cert-expired", "make another application certificate in Alipay's console"),
    ("alipay-cert-not-exist", "`alipay_cert` is not the certificate that Alipay's console shows"),
    ("decryption-error-unknown", "`aes_key` is not the key that Alipay's console shows"),
    ("decryption-error-not-valid-encrypt-key", "make an AES key in Alipay's console"),
    ("MERCHANT_STATUS_NOT_NORMAL", "ask Alipay: the merchant's contract was idle or is blocked"),
    ("MERCHANT_AGREEMENT_NOT_EXIST", "sign the product for this account in Alipay's console"),
    ("ACCESS_FORBIDDEN", "sign the product for this account in Alipay's console"),
];

pub(crate) fn of(code: &str) -> Option<&'static str> {
    let known = |(end, _): &&(&str, &str)| {
        code.strip_suffix(end).is_some_and(|it| it.is_empty() || it.ends_with('.'))
    };
    ADVICE.iter().find(known).map(|(_, advice)| *advice)
}

#[cfg(test)]
mod tests {
    use super::of;

    #[test]
    fn a_code_in_any_spelling() {
        for code in ["isv.invalid-app-id", "invalid-app-id", "x.isv.invalid-app-id"] {
            assert!(of(code).is_some_and(|it| it.contains("`app_id`")), "{code}");
        }
        for code in ["not-invalid-app-id", "TRADE_NOT_EXIST", "isp.unknow-error", ""] {
            assert_eq!(of(code), None, "{code}");
        }
    }
}
