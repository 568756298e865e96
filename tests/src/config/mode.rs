//! The ways in which an account can be opened at its channel, each as lines of its table.

use paymux_sandbox::{Credentials, Parties};

/// By Alipay's public key.
pub fn public_key() -> String {
    let seller = Parties::demo().alipay.seller_id;
    format!("alipay_public_key = \"file:keys/alipay-public.pem\"\nseller_id = \"{seller}\"")
}

/// By the three certificates of Alipay's console.
pub fn certificates() -> String {
    let seller = Parties::demo().alipay.seller_id;
    format!(
        r#"app_cert = "file:keys/alipay-app.crt"
alipay_cert = "file:keys/alipay-platform.crt"
alipay_root_cert = "file:keys/alipay-root.crt"
seller_id = "{seller}""#
    )
}

/// As a service provider, for a merchant who let it.
pub fn alipay_provider() -> String {
    let merchant = Parties::demo().alipay.merchant;
    format!(
        r#"alipay_public_key = "file:keys/alipay-public.pem"
app_auth_token = "file:keys/alipay-app-auth-token.txt"
auth_app_id = "{}"
seller_id = "{}""#,
        merchant.app_id, merchant.seller_id,
    )
}

/// Over APIv3.
pub fn v3() -> String {
    format!(
        r#"merchant_serial = "{}"
private_key = "file:keys/wechat-private.pem"
api_v3_key = "file:keys/wechat-api-v3-key.txt""#,
        Parties::demo().wechat.merchant_serial
    )
}

/// Over APIv2, its messages signed in this way.
pub fn v2(sign_type: &str) -> String {
    format!(
        r#"api = "v2"
api_v2_key = "file:keys/wechat-api-v2-key.txt"
sign_type = "{sign_type}"
certificate_p12 = "file:keys/apiclient_cert.p12"
server_ip = "203.0.113.7""#
    )
}

/// What WeChat Pay's other products need.
pub fn wechat_products() -> String {
    let party = Parties::demo().wechat;
    format!(
        r#"
mini_app_id = "{}"
open_app_id = "{}"
h5_app_name = "Jasmine"
h5_app_url = "https://shop.example""#,
        party.mini_app_id, party.open_app_id,
    )
}

/// As a service provider, for one of its sub-merchants.
pub fn wechat_provider() -> String {
    let party = Parties::demo().wechat;
    format!("\nsub_mch_id = \"{}\"\nsub_app_id = \"{}\"", party.sub_mch_id, party.sub_app_id)
}

/// The files that these lines refer to.
pub(super) fn files() -> Vec<(&'static str, Vec<u8>)> {
    let Credentials { alipay, wechat } = Credentials::demo();
    vec![
        ("alipay-private.pem", alipay.private_key_pem.into()),
        ("alipay-public.pem", alipay.alipay_public_key_pem.into()),
        ("alipay-app.crt", alipay.app_certificate_pem.into()),
        ("alipay-platform.crt", alipay.alipay_certificate_pem.into()),
        ("alipay-root.crt", alipay.root_certificates_pem.into()),
        ("alipay-aes-key.txt", alipay.aes_key.into()),
        ("alipay-app-auth-token.txt", alipay.merchant.app_auth_token.into()),
        ("wechat-private.pem", wechat.private_key_pem.into()),
        ("wechat-public.pem", wechat.public_key_pem.into()),
        ("wechat-api-v2-key.txt", wechat.api_v2_key.into()),
        ("wechat-api-v3-key.txt", wechat.api_v3_key.into()),
        ("wechat-ca.pem", wechat.tls_ca_pem.into()),
        ("apiclient_cert.p12", wechat.certificate_p12),
    ]
}
