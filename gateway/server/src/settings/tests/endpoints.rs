//! What a file may say of endpoints beside their form: where they lead, and how many there are.

use super::bad_files::{MERCHANT, check};

#[test]
fn no_endpoint_is_the_gateway_itself() {
    let endpoint = |url: &str| {
        format!(
            "{MERCHANT}
        [[merchants.m.endpoints]]
        id = \"shop\"
        url = \"{url}\"
        secret = \"env:HOOK\"
        [server]
        public_url = \"https://pay.example.com\"
        "
        )
    };
    let own = ["/notify/a", "/v1/payments?x=/hooks", "/c", ":443/", ""];
    for url in own.map(|it| format!("https://PAY.example.com{it}")) {
        let own = "10: merchants.m.endpoints[0].url: must not lead to the gateway itself \
                   (`server.public_url`)";
        check(&endpoint(&url), &[own]);
    }
    // A shop may live on the same host, behind the same proxy.
    for url in [
        "https://pay.example.com:8443/",
        "https://shop.example.com/",
        "https://pay.example.com/hooks",
        "https://pay.example.com/checkout/v1",
    ] {
        check(&endpoint(url), &[]);
    }
}

#[test]
fn a_merchant_has_few_endpoints() {
    let one = |number: usize| {
        format!(
            "[[merchants.m.endpoints]]\nid = \"shop-{number}\"\nsecret = \"env:HOOK\"\n\
             url = \"https://shop.example.com/\"\n"
        )
    };
    let all: String = (0..17).map(one).collect();
    check(&format!("{MERCHANT}\n{all}"), &["8: merchants.m.endpoints: must be a list of 1 to 16"]);
}
