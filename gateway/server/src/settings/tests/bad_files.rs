//! Bad files, and exactly what is told about them.

use super::problems;

pub(super) fn check(text: &str, expect: &[&str]) {
    assert_eq!(problems(text), expect, "{text}");
}

#[test]
fn syntax_is_told_alone_with_line_and_column() {
    check("a = 1\na = 2\n", &["2: column 1: duplicate key"]);
    check("[server\n", &["1: column 8: unclosed table, expected `]`"]);
    check(
        "[log]\nfilter = debug\nformat = 3\n",
        &["2: column 10: string values must be quoted, expected literal string"],
    );
}

#[test]
fn unknown_keys_get_a_suggestion() {
    check(
        "[server]\npubilc = \"127.0.0.1:1\"\n[lgo]\n[stores]\n",
        &[
            "2: server.pubilc: is not a setting; did you mean `public`?",
            "3: lgo: is not a setting; did you mean `log`?",
            "4: stores: is not a setting; did you mean `store`?",
        ],
    );
    check(
        "[worker]\nthreads = 4\n",
        &["2: worker.threads: is not a setting; there are: concurrency, lease, poll"],
    );
    check(
        "port = 80\n",
        &[
            "1: port: is not a setting; there are: accounts, merchants, admin, server, reload, store, redis, worker, \
             outbound, quotas, delivery, limits, cashier, log, managed, traces, routing",
        ],
    );
}

#[test]
fn every_type_is_told_and_all_at_once() {
    check(
        r#"
        server = 1
        [worker]
        concurrency = "many"
        lease = true
        poll = "1 s"
        [delivery]
        allow_http = "no"
        ports = 443
        [limits]
        body_bytes = 1.5
        connections = 99999999999999999999
        [log]
        format = "jason"
        filter = 3
        [accounts]
        alipay = "x"
        [merchants.demo]
        accounts = "alipay"
        api_keys = {}
        endpoints = "x"
        "#,
        &[
            "2: server: must be a table",
            "4: worker.concurrency: must be a whole number, 1 to 4096",
            "5: worker.lease: must be a duration such as \"10s\", 1s to 10m",
            "6: worker.poll: must be a duration such as \"10s\", 10ms to 1m",
            "8: delivery.allow_http: must be true or false",
            "9: delivery.ports: must be a list of 1 to 32",
            "11: limits.body_bytes: must be a whole number, 4096 to 1048576",
            "12: limits.connections: must be a whole number, 16 to 100000",
            "14: log.format: must be \"text\" or \"json\"; did you mean \"json\"?",
            "15: log.filter: must be text in quotes",
            "17: accounts.alipay: must be a table",
            "19: merchants.demo.accounts: must be a list of 1 to 8",
            "20: merchants.demo.api_keys: must be a list of 1 to 8",
            "21: merchants.demo.endpoints: must be a list of 1 to 16",
        ],
    );
}

#[test]
fn ranges_hold_at_both_ends() {
    check("[worker]\nconcurrency = 1\nlease = 600\n[quotas]\nnodes = 1_000\n", &[]);
    check("[delivery]\nports = [1, 65535]\ntimeout = \"30s\"\n", &[]);
    check("[delivery]\ntimeout = 0x1E\n", &[]);
    let timeout = "2: delivery.timeout: must be a duration such as \"10s\", 1s to 30s";
    for bad in ["\"30001ms\"", "\"999ms\"", "31", "0", "-1", "\"-1s\"", "\"\"", "1.0"] {
        check(&format!("[delivery]\ntimeout = {bad}\n"), &[timeout]);
    }
    let port = "2: delivery.ports[1]: must be a whole number, 1 to 65535";
    for bad in ["0", "65536", "-443", "\"443\""] {
        check(&format!("[delivery]\nports = [443, {bad}]\n"), &[port]);
    }
    check("[delivery]\nports = []\n", &["2: delivery.ports: must be a list of 1 to 32"]);
}

#[test]
fn addresses_urls_and_filters_are_parsed() {
    check(
        r#"
        [server]
        public = "8080"
        admin = "localhost:8081"
        public_url = "http://pay.example.com"
        [store]
        driver = "postgresql"
        path = ""
        [log]
        filter = "info,paymux=loud"
        "#,
        &[
            "3: server.public: must be an address and a port, such as \"127.0.0.1:8080\"",
            "4: server.admin: must be an address and a port, such as \"127.0.0.1:8080\"",
            "5: server.public_url: must begin with https://, except for a loopback host",
            "7: store.driver: must be \"memory\" or \"sqlite\" or \"postgres\"; \
             did you mean \"postgres\"?",
            "8: store.path: is empty",
            "10: log.filter: must be a level or directives, such as \"info,paymux=debug\"",
        ],
    );
}

#[test]
fn values_that_contradict_each_other() {
    check(
        "[outbound]\nconnect_timeout = \"5s\"\n",
        &["2: outbound.connect_timeout: `outbound.connect_timeout` (5s) must be shorter than \
           `outbound.deadline` (5s)"],
    );
    check(
        "[limits]\nrequest_deadline = \"5s\"\nexpires_in_max = \"29m\"\n",
        &[
            "2: limits.request_deadline: `outbound.deadline` (5s) must be shorter than \
             `limits.request_deadline` (5s)",
            "3: limits.expires_in_max: `limits.expires_in_default` must not exceed \
             `limits.expires_in_max`",
        ],
    );
    check(
        "[server]\nops = \"0.0.0.0:8080\"\nadmin = \"127.0.0.1:8080\"\n",
        &[
            "2: server.ops: is the same address as `server.public`",
            "3: server.admin: is the same address as `server.public`",
        ],
    );
    let free = "\"127.0.0.1:0\"";
    check(&format!("[server]\npublic = {free}\nadmin = {free}\nops = {free}\n"), &[]);
}

#[test]
fn accounts_keep_their_secrets_elsewhere() {
    let secret = "is secret and must not stand in this file: put it into a file that its owner \
                  alone may read, and refer to it as \"file:PATH\", or as \"env:NAME\"";
    check(
        r#"
        [accounts."Main Shop"]
        channel = "alipay"
        [accounts.ali]
        private_key = "MIIEvQ"
        app_id = 2021
        limits = { day = 1 }
        certificates = ["env:PEM", "env:NONE", 3]
        [accounts.wx]
        channel = "wechat"
        api_v3_key = ["0123", "env:PEM"]
        mch_id = "env:"
        base = "env:A=B"
        app_id = "env:BLANK"
        "#,
        &[
            "2: accounts.Main Shop: is not a name: it must be 1 to 40 of a-z, 0-9, - and _",
            "4: accounts.ali.channel: is missing",
            &format!("5: accounts.ali.private_key: {secret}"),
            "6: accounts.ali.app_id: must be text in quotes",
            "7: accounts.ali.limits: must be text in quotes",
            "8: accounts.ali.certificates[1]: the environment has no variable of this name, or \
             it is not UTF-8",
            "8: accounts.ali.certificates[2]: must be text in quotes",
            &format!("11: accounts.wx.api_v3_key[0]: {secret}"),
            "12: accounts.wx.mch_id: the environment has no variable of this name, or it is not \
             UTF-8",
            "13: accounts.wx.base: the environment has no variable of this name, or it is not \
             UTF-8",
            "14: accounts.wx.app_id: refers to something empty",
        ],
    );
}

#[test]
fn merchants_name_accounts_and_keys_of_their_own() {
    check(
        r#"
        [accounts.alipay-1]
        channel = "alipay"
        [merchants.a]
        accounts = ["alipay-1", "alipay1", "alipay-1"]
        api_keys = ["env:KEY", "env:SHORT_KEY", "env:KEY"]
        duplicate = "accept"
        late = "keep"
        [merchants.b]
        accounts = []
        api_key = "env:OTHER_KEY"
        api_keys = ["env:KEY"]
        [merchants.c]
        "#,
        &[
            "5: merchants.a.accounts[1]: is not an account; did you mean `alipay-1`?",
            "5: merchants.a.accounts[2]: is in this list already",
            "6: merchants.a.api_keys[1]: must be an API key: 32 to 256 of A-Z a-z 0-9 - . _ ~ + \
             / =",
            "6: merchants.a.api_keys[2]: is the same secret as merchants.a.api_keys[0]",
            "7: merchants.a.duplicate: must be \"refund\" or \"flag\"",
            "8: merchants.a.late: must be \"refund\" or \"accept\" or \"flag\"",
            "10: merchants.b.accounts: must be a list of 1 to 8",
            "11: merchants.b.api_key: is not a setting; did you mean `api_keys`?",
            "12: merchants.b.api_keys[0]: is the same secret as merchants.a.api_keys[0]",
            "13: merchants.c.accounts: is missing",
            "13: merchants.c.api_keys: is missing, and so are `keys`",
        ],
    );
}

pub(super) const MERCHANT: &str = r#"
        [accounts.a]
        channel = "alipay"
        [merchants.m]
        accounts = ["a"]
        api_keys = ["env:KEY"]
"#;

#[test]
fn endpoints_are_checked_each() {
    let text = format!(
        r#"{MERCHANT}
        [[merchants.m.endpoints]]
        id = "Shop"
        url = "https://user:pass@shop.example.com/"
        [[merchants.m.endpoints]]
        id = "shop"
        url = "/webhook"
        secret = "env:HOOK"
        secrets = ["env:HOOK"]
        ack = "200"
        [[merchants.m.endpoints]]
        id = "shop"
        url = "https://shop.example.com/"
        secrets = ["env:HOOK", "env:HOOK", "env:OTHER_HOOK"]
        schedule = "alipay_classic"
        timeout = "31s"
        [[merchants.m.endpoints]]
        id = "last"
        url = "https://shop.example.com/"
        secrets = ["env:HOOK", "whsec_inline"]
        schedule = ["0s", "8d", "soon"]
        retries = 3
        [[merchants.m.endpoints]]
        id = "same"
        url = "https://shop.example.com/"
        secret = "env:HOOK"
        schedule = []
        "#
    );
    let pause = "must be a duration such as \"10s\", 0s to 7d";
    check(
        &text,
        &[
            "8: merchants.m.endpoints[0].secret: is missing",
            "9: merchants.m.endpoints[0].id: must be 1 to 40 of a-z, 0-9, - and _",
            "10: merchants.m.endpoints[0].url: must not hold a user or password",
            "13: merchants.m.endpoints[1].url: must be an absolute URL that begins with https:// \
             or http://",
            "15: merchants.m.endpoints[1].secrets: stands beside `secret`: give one of the two",
            "16: merchants.m.endpoints[1].ack: must be \"status\" or \"success\"",
            "18: merchants.m.endpoints[2].id: is the id of this merchant's endpoint in line 12 \
             already",
            "20: merchants.m.endpoints[2].secrets: must be a list of 1 to 2",
            "21: merchants.m.endpoints[2].schedule: must be \"alipay\" or \"alipay-classic\" or \
             \"wechat\" or \"epay\" or \"jeepay\"; did you mean \"alipay-classic\"?",
            "22: merchants.m.endpoints[2].timeout: must be a duration such as \"10s\", 1s to 30s",
            "26: merchants.m.endpoints[3].secrets[1]: is secret and must not stand in this file: \
             put it into a file that its owner alone may read, and refer to it as \"file:PATH\", \
             or as \"env:NAME\"",
            &format!("27: merchants.m.endpoints[3].schedule[1]: {pause}"),
            &format!("27: merchants.m.endpoints[3].schedule[2]: {pause}"),
            "28: merchants.m.endpoints[3].retries: is not a setting; there are: id, url, user, \
             password, secret, secrets, ack, schedule, timeout",
            "32: merchants.m.endpoints[4].secret: is the same secret as \
             merchants.m.endpoints[3].secrets[0]",
            "33: merchants.m.endpoints[4].schedule: must be a list of 1 to 64",
        ],
    );
}

#[test]
fn a_bad_endpoint_does_not_hide_or_shift_the_others() {
    let rest = "url = \"https://e.example.com\", secret = \"env:HOOK\", timeout = 20";
    let endpoints = |first: &str| {
        let list = format!("[{first}, {{ id = \"e\", {rest} }}]");
        format!("{MERCHANT}endpoints = {list}\n[worker]\nlease = 20\n")
    };
    check(
        &endpoints("{ id = \"E\", url = \"\", secret = \"env:OTHER_HOOK\" }"),
        &[
            "7: merchants.m.endpoints[0].id: must be 1 to 40 of a-z, 0-9, - and _",
            "7: merchants.m.endpoints[0].url: must be an absolute URL that begins with https:// \
             or http://",
            "7: merchants.m.endpoints[1].timeout: `worker.lease` (20s) must be at least 22s, for \
             `merchants.m.endpoints[1].timeout` (20s) and the store (2s)",
        ],
    );
    check(&endpoints("3"), &["7: merchants.m.endpoints[0]: must be a table"]);
}

#[test]
fn webhook_secrets_have_a_form() {
    check(
        &format!(
            "{MERCHANT}endpoints = [{{ id = \"e\", url = \"https://e\", secret = \"env:PEM\" }}]"
        ),
        &["7: merchants.m.endpoints[0].secret: is neither `whsec_` and the base64 of 24 to 64 \
           bytes nor `whsk_` and that of an Ed25519 key"],
    );
}

/// A raw call names any order of its account.
#[test]
fn an_account_with_raw_calls_is_one_merchants() {
    let merchant = |name, key, more| {
        format!("[merchants.{name}]\naccounts = [\"a\"]\napi_keys = [\"env:{key}\"]\n{more}")
    };
    let account = "[accounts.a]\nchannel = \"alipay\"\n";
    let raw = merchant("m", "KEY", "raw_calls = true\n");
    check(
        &format!("{account}{raw}{}", merchant("n", "OTHER_KEY", "")),
        &["6: merchants.m.raw_calls: reaches every payment of a, which n uses too: give its \
           merchant accounts of its own"],
    );
    check(&format!("{account}{raw}"), &[]);
    let tokens = merchant("m", "KEY", "app_tokens = true\n");
    check(
        &format!("{account}{tokens}{}", merchant("n", "OTHER_KEY", "")),
        &["6: merchants.m.app_tokens: acts as the application of a, which n uses too: give its \
           merchant accounts of its own"],
    );
}

#[test]
fn two_merchants_share_no_webhook_secret() {
    let merchant = |name, key| {
        format!(
            "[merchants.{name}]\naccounts = [\"a\"]\napi_keys = [\"env:{key}\"]\n\
             [[merchants.{name}.endpoints]]\nid = \"e\"\nurl = \"https://e.example.com\"\n\
             secret = \"env:HOOK\"\n"
        )
    };
    let account = "[accounts.a]\nchannel = \"alipay\"\n";
    let text = format!("{account}{}{}", merchant("m", "KEY"), merchant("n", "OTHER_KEY"));
    check(
        &text,
        &["16: merchants.n.endpoints[0].secret: is the same secret as \
           merchants.m.endpoints[0].secret"],
    );
}
