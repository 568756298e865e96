//! Endpoints at a broker: their URL, and the login that stands beside it.

use super::problems;

#[test]
fn a_broker_has_a_form_and_a_login() {
    let merchant = r#"
        [accounts.a]
        channel = "alipay"
        [merchants.m]
        accounts = ["a"]
        api_keys = ["env:KEY"]
        [[merchants.m.endpoints]]
        id = "e"
        secret = "env:HOOK"
    "#;
    let one = |lines: &str, expect: &[&str]| {
        let found = problems(&format!("{}{lines}\n", merchant.trim_end_matches(' ')));
        assert_eq!(found, expect, "{lines}");
    };
    let url = "merchants.m.endpoints[0].url";
    let login = |key: &str| format!("7: merchants.m.endpoints[0].{key}");
    let good = r#"url = "amqp://mq:5672/shop?exchange=pay&routing_key={merchant}.{event_type}""#;
    one(&format!("{good}\nuser = \"u\"\npassword = \"env:OTHER_HOOK\""), &[]);
    let missing = [
        format!("{}: is missing: a broker needs one", login("password")),
        format!("{}: is missing: a broker needs one", login("user")),
    ];
    one(good, &[&missing[1], &missing[0]]);
    one(
        &format!("{good}\nuser = \"u\"\npassword = \"inline\""),
        &["12: merchants.m.endpoints[0].password: is secret and must not stand in this file: put \
           it into a file that its owner alone may read, and refer to it as \"file:PATH\", or as \
           \"env:NAME\""],
    );
    one(
        "url = \"https://shop.example.com/\"\nuser = \"u\"",
        &["11: merchants.m.endpoints[0].user: is for amqps:// and amqp:// alone"],
    );
    let known = "\"\nuser = \"u\"\npassword = \"env:OTHER_HOOK\"";
    let bad = |text: &str, why: &str| {
        one(&format!("url = \"{text}{known}"), &[&format!("10: {url}: {why}")]);
    };
    one(&format!("url = \"amqps://mq?exchange=pay{known}"), &[]);
    bad(
        "amqp://u:p@mq?exchange=pay",
        "must not hold a user or password: give them as `user` and `password`",
    );
    bad("amqp://mq?queue=pay", "takes the parameters exchange and routing_key, each once");
    bad("amqp://mq/", "needs a routing_key where it names no exchange");
}
