//! The annotated file is the defaults, has every key, and says each range.

use std::collections::BTreeMap;
use std::time::Duration;

use paymux_core::payment::Policy;
use paymux_core::schedule::Schedule;

use super::super::*;
use super::keys::{ED25519_PUBLIC, RESPONSE_KEY, RSA_PUBLIC};
use super::{FILE, Folder, environment, problems};
use crate::outbound::{OPERATIONS, TOTAL};

const PHC: &str = "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA\
    $RdescudvJCsgt3ub+b4dWRWJTmaaJObG";

/// Each key of the annotated file by its section, the example's lines included.
fn keys() -> BTreeMap<String, Vec<(String, String)>> {
    let (mut sections, mut section, mut comment) = (BTreeMap::new(), String::new(), String::new());
    for line in DEFAULTS.lines() {
        if line.starts_with("# ") {
            comment.push_str(line);
            continue;
        }
        let line = line.trim_start_matches('#');
        if line.starts_with('[') {
            section = line.trim_matches(['[', ']']).to_owned();
            // One user has not what another must.
            if section.starts_with("admin.users.") {
                "admin.users.any".clone_into(&mut section);
            }
        } else if let Some((key, _)) = line.split_once(" = ") {
            let keys: &mut Vec<_> = sections.entry(section.clone()).or_default();
            keys.push((key.to_owned(), comment.clone()));
        }
        comment.clear();
    }
    sections
}

fn heading(section: &str) -> String {
    let is_list = ["endpoints", "fees", "keys", "plates"].iter().any(|it| section.ends_with(it));
    if is_list { format!("[[{section}]]") } else { format!("[{section}]") }
}

/// The example's lines made live.
fn example() -> String {
    let lines = DEFAULTS.lines().map(|it| match it.strip_prefix('#') {
        Some(line) if line.starts_with(|it| it != ' ') => line,
        _ => it,
    });
    lines.collect::<Vec<_>>().join("\n")
}

fn example_settings(folder: &Folder) -> Settings {
    for name in ["alipay-app-private", "alipay-platform-public", "wechat-merchant-private"] {
        folder.write(&format!("keys/{name}.pem"), "pem");
    }
    folder.write("keys/wechat-platform-public.pem", "pem");
    folder.write("keys/wechat-platform-certificate.pem", "pem");
    for name in ["appCertPublicKey_2021000000000000", "alipayRootCert", "alipayCertPublicKey_RSA2"]
    {
        folder.write(&format!("keys/{name}.crt"), "pem");
    }
    folder.write("keys/shop-epay-secret.txt", "a-secret-of-epays");
    folder.write("keys/shop-jeepay-secret.txt", "another-secret-of-jeepays");
    folder.write("keys/alipay-aes-key.txt", "key");
    folder.write("keys/alipay-app-auth-token.txt", "token");
    folder.write("keys/wechat-app-secret.txt", "secret");
    folder.write("keys/wechat-mini-app-secret.txt", "secret");
    folder.write("keys/wechat-api-v2-key.txt", "0123456789abcdef0123456789abcdef");
    folder.write("keys/apiclient_cert.p12", [0xff, 0xfe]);
    folder.write("keys/wechat-certificate-password.txt", "word");
    folder.write("channel-ca.pem", include_str!("../../postgres_tls/test-certificate.pem"));
    folder.write("keys/redis-password.txt", "word");
    folder.write("keys/sentinel-password.txt", "word");
    folder.write("keys/collector-header.txt", "Authorization: Bearer word");
    folder.write("keys/response-key.pem", RESPONSE_KEY);
    folder.write("keys/next-response-key-public.pem", RSA_PUBLIC);
    folder.write("keys/shop-request-public.pem", ED25519_PUBLIC);
    folder.write("keys/shop-request-secret.txt", "0123456789abcdef0123456789abcdef");
    folder.write("keys/shop-api-key.txt", environment("KEY").unwrap());
    folder.write("keys/shop-webhook-secret.txt", environment("HOOK").unwrap());
    folder.write("keys/shop-queue-secret.txt", environment("OTHER_HOOK").unwrap());
    folder.write("keys/shop-rabbitmq-password.txt", "secret");
    folder.write("holidays.txt", "2026-10-01 # National Day\n2026-10-10 work\n");
    folder.write("keys/seal-key.txt", "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=");
    folder.write("postgres-ca.pem", "pem");
    folder.write("keys/cashier-link-key.txt", "0123456789abcdef0123456789abcdef");
    folder.write("keys/former-cashier-link-key.txt", "fedcba9876543210fedcba9876543210");
    folder.write("keys/alice-password.txt", PHC);
    folder.write("keys/alice-token.txt", "tk_alice_0123456789abcdef0123456789ab");
    folder.write("keys/shop-view-password.txt", PHC);
    let environment = |it: &str| match it {
        "PAYMUX_WECHAT_API_V3_KEY" => Some("k".into()),
        "PAYMUX_STORE_URL" => Some("postgres://paymux@localhost/paymux".into()),
        _ => None,
    };
    Settings::parse(&example(), FILE, &folder.0, &environment).unwrap()
}

#[test]
fn every_key_has_a_comment() {
    for (section, keys) in keys() {
        for (key, comment) in keys {
            assert!(comment.len() > 10, "[{section}] {key} has no comment");
        }
    }
}

/// A key nobody knows makes the reader tell all that it knows.
#[test]
fn every_key_of_the_schema_is_in_the_file() {
    for (section, keys) in keys() {
        if section.starts_with("accounts.") {
            continue;
        }
        let problems = problems(&format!("{}\nzzzzzzzzzzzz = 1\n", heading(&section)));
        let known = problems.iter().find_map(|it| it.split_once("there are: ")).unwrap().1;
        let mut known: Vec<_> = known.split(", ").map(str::to_owned).collect();
        let mut keys: Vec<_> = keys.into_iter().map(|it| it.0).collect();
        // `secrets` is told of beside `secret`; these have a heading of their own.
        let apart = [
            "secrets",
            "endpoints",
            "fees",
            "keys",
            "plates",
            "settlement",
            "payout",
            "alipay",
            "wechat",
            "users",
            "epay",
            "jeepay",
        ];
        known.retain(|it| !apart.contains(&it.as_str()));
        known.sort();
        keys.sort();
        // A key of a merchant is shown twice, once of each sort.
        keys.dedup();
        assert_eq!(known, keys, "[{section}]");
    }
}

#[test]
fn every_section_of_the_schema_is_in_the_file() {
    let problems = problems("zzzzzzzzzzzz = 1\n");
    let known = problems[0].split_once("there are: ").unwrap().1;
    let sections = keys();
    for name in known.split(", ") {
        let listed = sections.keys().any(|it| it == name || it.starts_with(&format!("{name}.")));
        assert!(listed, "{name}");
    }
}

/// Only a range is told with ` to `, so each message gives the words the comment must have.
#[test]
fn every_range_is_in_its_comment() {
    let mut ranges = 0;
    for (section, keys) in keys() {
        for (key, comment) in keys {
            let problems = problems(&format!("{}\n{key} = -1\n", heading(&section)));
            let told = problems.iter().find(|it| it.starts_with("2: ") && it.contains(" to "));
            let Some(told) = told else { continue };
            let range = told.rsplit(", ").next().unwrap().rsplit("list of ").next().unwrap();
            assert!(comment.replace("# ", "").contains(range), "[{section}] {key}: {range}");
            ranges += 1;
        }
    }
    assert_eq!(ranges, 88, "a range is no longer told, or a new one was not counted");
}

#[test]
fn the_example_loads_and_shows_the_defaults_it_has() {
    let settings = example_settings(&Folder::new("example"));
    assert_eq!(settings.accounts.len(), 3);
    let account = &settings.accounts[&"alipay-main".parse().unwrap()];
    assert_eq!(account.quotas, Rates::new([("query", 400)]));
    let users = settings.admin.users.values().map(|it| it.role.clone()).collect::<Vec<_>>();
    assert_eq!(users, [UserRole::Admin, UserRole::Merchant("shop".parse().unwrap())]);
    let merchant = &settings.merchants[&"shop".parse().unwrap()];
    assert_eq!(settings.cashier.link_keys.len(), 2);
    let plate = &merchant.plates[0];
    let amounts = [plate.min_amount, plate.max_amount].map(|it| it.minor());
    assert_eq!((plate.id.as_str(), amounts), ("front-desk", [1, 5_000_000]));
    let door = &merchant.doors[0];
    assert_eq!((door.name.as_str(), door.party.as_str()), ("epay", "1001"));
    assert_eq!(door.schedule, Schedule::default());
    assert_eq!(merchant.doors[1].party, "M1621873433953/60cc09bce4b0f1c0b83761c9");
    assert_eq!(merchant.policy, Policy::default());
    let endpoint = &merchant.endpoints[0];
    assert_eq!(endpoint.schedule, Schedule::default());
    assert_eq!(endpoint.ack, Ack::Status);
    assert_eq!(endpoint.timeout, Some(settings.delivery.timeout));
}

fn rates(rates: [u32; 12]) -> Rates {
    Rates::new([TOTAL].into_iter().chain(OPERATIONS).zip(rates))
}

#[test]
fn the_defaults_are_what_they_are_said_to_be() {
    let seconds = Duration::from_secs;
    let settings = Settings::defaults();
    let server = Server {
        public: ([127, 0, 0, 1], 8080).into(),
        admin: ([127, 0, 0, 1], 8081).into(),
        ops: ([127, 0, 0, 1], 8082).into(),
        public_url: "http://127.0.0.1:8080".into(),
        shutdown_grace: seconds(20),
        trusted_proxies: vec![],
        forwarded_header: ForwardedHeader::XForwardedFor,
        response_key: None,
        published_keys: vec![],
    };
    assert_eq!(settings.server, server);
    let admin = &settings.admin;
    assert!(admin.users.is_empty() && admin.origins.is_empty());
    assert_eq!((admin.session_idle, admin.session_max), (seconds(1800), seconds(43_200)));
    let worker = Worker { concurrency: 256, lease: seconds(60), poll: seconds(1) };
    assert_eq!(settings.worker, worker);
    let outbound = Outbound {
        connect_timeout: seconds(2),
        deadline: seconds(5),
        concurrency: 64,
        breaker_failures: 10,
        breaker_ratio: 50,
        breaker_pause: seconds(10),
        breaker_probes: 2,
        root_certificates: vec![],
    };
    assert_eq!(settings.outbound, outbound);
    assert_eq!(settings.quotas.nodes, 1);
    let rates = [300, 200, 200, 100, 100, 50, 100, 20, 50, 1, 1, 20];
    assert_eq!(settings.quotas.channels["alipay"], self::rates(rates));
    let rates = [2000, 500, 1000, 100, 150, 150, 300, 100, 100, 100, 1, 20];
    assert_eq!(settings.quotas.channels["wechat"], self::rates(rates));
    let delivery = Delivery {
        timeout: seconds(10),
        allow_private_addresses: false,
        allow_http: false,
        allow_amqp: false,
        ports: vec![443, 8443],
        per_endpoint: 16,
        breaker_failures: 10,
        breaker_pause: Duration::from_secs(30),
        disable_after: Duration::from_secs(5 * 24 * 3600),
    };
    assert_eq!(settings.delivery, delivery);
    let limits = Limits {
        body_bytes: 65_536,
        expires_in_default: seconds(1800),
        expires_in_max: seconds(7200),
        connections: 4096,
        connections_per_address: 1024,
        requests: 512,
        notifications: 256,
        merchant_per_second: 100,
        merchant_burst: 0,
        nonces: 1_000_000,
        header_timeout: seconds(10),
        body_timeout: seconds(10),
        idle_timeout: seconds(60),
        request_deadline: seconds(15),
    };
    assert_eq!(settings.limits, limits);
    assert_eq!(settings.log, Log { format: LogFormat::Text, filter: "info".into() });
    assert!(settings.accounts.is_empty() && settings.merchants.is_empty());
}
