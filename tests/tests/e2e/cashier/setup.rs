//! Every product of both channels, pages for payers, and two codes on the wall.

use paymux_tests::config::{Setup, mode};

/// Texts of the merchant's that must not be taken for HTML.
pub(crate) fn setup() -> Setup {
    Setup {
        merchant: r#"name = "Tea & <b>Cake</b>""#,
        wechat_mode: mode::v3()
            + &mode::wechat_products()
            + "\napp_secret = \"file:keys/wechat-app-secret.txt\"",
        tapped: false,
        secrets: vec![
            ("link-key.txt", "a key of the tests that signs links to pages".to_owned()),
            ("wechat-app-secret.txt", paymux_sandbox::Parties::demo().wechat.app_secret),
        ],
        more: r#"
[cashier]
link_key = "file:keys/link-key.txt"
client_per_second = 10000
client_burst = 10000

[[merchants.tests.plates]]
id = "front-desk"
name = "Front <desk>"
min_amount = 100
max_amount = 50000

[[merchants.tests.plates]]
id = "garden"
name = "花园"
"#
        .to_owned(),
        ..Setup::default()
    }
}
