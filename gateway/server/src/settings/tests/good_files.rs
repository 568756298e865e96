//! Files that load, and what they become.

use std::path::{Path, PathBuf};
use std::time::Duration;

use paymux_core::Currency;
use paymux_core::fee::{OnRefund, Terms};
use paymux_core::payment::{Method, Policy, Surplus};
use paymux_core::schedule::{Jitter, Schedule};

use paymux_store::redis::{Server, Topology};

use super::super::{Ack, ApiKeyHash, Driver, Settings};
use super::{Folder, environment, parse};

const GOOD: &str = r#"
    [server]
    public_url = "https://pay.example.com/"
    [worker]
    lease = 90
    [accounts.alipay-sandbox]
    channel = "alipay"
    app_id = "2021000000000000"
    private_key = "env:PEM"
    [accounts.wechat-sandbox]
    channel = "wechat"
    api_v3_key = "file:keys/v3.txt"
    platform_certificates = ["env:PEM", "inline"]
    [merchants.demo]
    accounts = ["wechat-sandbox", "alipay-sandbox"]
    api_keys = ["env:KEY", "env:OTHER_KEY"]
    duplicate = "flag"
    late = "accept"
    [[merchants.demo.fees]]
    account = "alipay-sandbox"
    method = "barcode"
    rate_bp = 38
    min = "0.10"
    max = "25.00"
    on_refund = "kept"
    [[merchants.demo.fees]]
    rate_bp = 60
    [[merchants.demo.endpoints]]
    id = "shop"
    url = "http://127.0.0.1:9200/webhook"
    secret = "env:HOOK"
    ack = "success"
    [[merchants.demo.endpoints]]
    id = "books"
    url = "https://books.example.com:8443/"
    secrets = ["env:OTHER_HOOK", "env:THIRD_HOOK"]
    schedule = ["0s", 30, "5m"]
    timeout = "3s"
"#;

fn good(folder: &Folder) -> Settings {
    folder.write("keys/v3.txt", "0123456789abcdef0123456789abcdef\r\n");
    Settings::parse(GOOD, "shop.toml", &folder.0, &environment).unwrap()
}

#[test]
fn the_users_values_lie_over_the_defaults() {
    let settings = good(&Folder::new("overlay"));
    assert_eq!(settings.server.public_url, "https://pay.example.com");
    assert_eq!(settings.worker.lease, Duration::from_secs(90));
    let defaults = Settings::defaults();
    assert_eq!(settings.server.public, defaults.server.public);
    assert_eq!(settings.worker.poll, defaults.worker.poll);
    assert_eq!(settings.limits, defaults.limits);
}

#[test]
fn accounts_reach_their_plugin_resolved() {
    let folder = Folder::new("accounts");
    let settings = good(&folder);
    let account = &settings.accounts[&"wechat-sandbox".parse().unwrap()];
    assert_eq!(account.channel, "wechat");
    let mut read = account.settings.reader();
    assert_eq!(read.text("api_v3_key"), "0123456789abcdef0123456789abcdef");
    let certificates = read.list("platform_certificates");
    let certificates: Vec<_> = certificates.iter().map(|it| it.expose()).collect();
    assert_eq!(certificates, ["-----BEGIN PRIVATE KEY-----", "inline"]);
    assert_eq!(read.finish(), Ok(()));
}

#[test]
fn merchants_keep_their_order_and_only_the_hashes_of_their_keys() {
    let settings = good(&Folder::new("merchants"));
    let merchant = &settings.merchants[&"demo".parse().unwrap()];
    let accounts: Vec<_> = merchant.accounts.iter().map(|it| it.as_str()).collect();
    assert_eq!(accounts, ["wechat-sandbox", "alipay-sandbox"]);
    let keys = ["KEY", "OTHER_KEY"].map(|it| ApiKeyHash::of(&environment(it).unwrap()));
    assert_eq!(merchant.api_keys, keys);
    assert_eq!(merchant.policy, Policy { duplicate: Surplus::Flag, late: Surplus::Accept });
}

#[test]
fn fees_keep_their_order_and_are_in_yuan_unless_they_say_so() {
    let settings = good(&Folder::new("fees"));
    let [barcode, all] = &settings.merchants[&"demo".parse().unwrap()].fees[..] else {
        panic!("two fees")
    };
    let kept = OnRefund::Kept;
    assert_eq!(barcode.terms, Terms { rate_bp: 38, min: 10, max: Some(2500), on_refund: kept });
    assert_eq!(
        (barcode.account.as_ref().map(|it| it.as_str()), barcode.method),
        (Some("alipay-sandbox"), Some(Method::Barcode))
    );
    let returned = OnRefund::Returned;
    assert_eq!(all.terms, Terms { rate_bp: 60, min: 0, max: None, on_refund: returned });
    assert_eq!((&all.account, all.method, all.currency), (&None, None, Currency::Cny));
}

#[test]
fn endpoints_have_defaults_of_their_own() {
    let settings = good(&Folder::new("endpoints"));
    let merchant = &settings.merchants[&"demo".parse().unwrap()];
    let [shop, books] = &merchant.endpoints[..] else { panic!("two endpoints") };
    assert_eq!((shop.id.as_str(), books.id.as_str()), ("shop", "books"));
    assert_eq!((shop.ack, books.ack), (Ack::Success, Ack::Status));
    assert_eq!((shop.secrets.len(), books.secrets.len()), (1, 2));
    assert_eq!((shop.timeout, books.timeout), (None, Some(Duration::from_secs(3))));
    assert_eq!(shop.schedule, Schedule::alipay());
    let pauses = (0..4).map(|it| books.schedule.delay(it, Jitter::NONE).map(|it| it.as_secs()));
    assert_eq!(pauses.collect::<Vec<_>>(), [Some(0), Some(30), Some(300), None]);
}

#[test]
fn relative_paths_start_at_the_files_folder() {
    let driver = |text: &str| parse(text).unwrap().store.driver;
    let sqlite = |path: &str| Driver::Sqlite { path: PathBuf::from(path) };
    assert_eq!(driver(""), sqlite("/etc/paymux/paymux.db"));
    assert_eq!(driver("[store]\npath = \"/var/pay.db\"\n"), sqlite("/var/pay.db"));
    assert_eq!(driver("[store]\ndriver = \"memory\"\n"), Driver::Memory);
    assert_eq!(Settings::defaults().store.driver, sqlite("paymux.db"));
}

#[test]
fn a_store_in_postgresql_is_read_and_its_url_is_never_shown() {
    let text = "[store]\ndriver = \"postgres\"\nurl = \"env:STORE_URL\"\nconnections = 4\n";
    let settings = parse(text).unwrap();
    assert!(!format!("{settings:?}").contains("hunter2"));
    let Driver::Postgres(postgres) = settings.store.driver else { panic!("another driver") };
    let seconds = Duration::from_secs;
    let options = postgres.options;
    assert_eq!(options.url, "postgres://paymux:hunter2@db.example/paymux".parse().unwrap());
    assert_eq!(options.connections, 4);
    let timeouts = (options.connect_timeout, options.statement_timeout, options.lock_timeout);
    assert_eq!(timeouts, (seconds(2), seconds(3), seconds(1)));
    assert_eq!(postgres.root_certificates, None);
}

#[test]
fn a_file_is_loaded_from_disk() {
    let folder = Folder::new("load");
    let path = folder.write("paymux.toml", "[worker]\nconcurrency = 3\n");
    assert_eq!(Settings::load(&path).unwrap().worker.concurrency, 3);
    let absent = Settings::load(Path::new("/nonexistent/paymux.toml")).unwrap_err().to_string();
    assert!(absent.starts_with("/nonexistent/paymux.toml: cannot be read: "), "{absent}");
    let huge = folder.write("huge.toml", "#".repeat(5 << 20));
    let huge = Settings::load(&huge).unwrap_err().to_string();
    assert!(huge.ends_with("huge.toml: is larger than 4194304 bytes"), "{huge}");
}

/// What `paymux sandbox init` writes.
const SANDBOX: &str = r#"
[accounts.alipay-sandbox]
channel = "alipay"
app_id = "2021000000000000"
seller_id = "2088000000000000"
private_key = "file:keys/alipay-app-private.pem"
alipay_public_key = "file:keys/alipay-platform-public.pem"
gateway = "http://127.0.0.1:9100/alipay/gateway.do"

[accounts.wechat-sandbox]
channel = "wechat"
app_id = "wx0000000000000000"
mch_id = "1900000000"
merchant_serial = "0123456789ABCDEF"
private_key = "file:keys/wechat-merchant-private.pem"
api_v3_key = "file:keys/wechat-api-v3-key.txt"
public_key_id = "PUB_KEY_ID_0123456789"
public_key = "file:keys/wechat-platform-public.pem"
base = "http://127.0.0.1:9100/wechat"

[merchants.demo]
accounts = ["alipay-sandbox", "wechat-sandbox"]
api_keys = ["file:keys/merchant-api-key.txt"]

[[merchants.demo.endpoints]]
id = "shop"
url = "http://127.0.0.1:9200/webhook"
secret = "file:keys/webhook-secret.txt"
ack = "success"
"#;

#[test]
fn the_sandboxs_file_loads() {
    let folder = Folder::new("sandbox");
    for part in SANDBOX.split("\"file:").skip(1) {
        folder.write(part.split('"').next().unwrap(), "0123456789abcdef\n");
    }
    folder.write("keys/merchant-api-key.txt", environment("KEY").unwrap() + "\n");
    folder.write("keys/webhook-secret.txt", environment("HOOK").unwrap() + "\n");
    let path = folder.write("paymux.toml", SANDBOX);
    let settings = Settings::load(&path).unwrap();
    assert_eq!((settings.accounts.len(), settings.merchants.len()), (2, 1));
}

#[test]
fn keys_keep_their_places_for_later_problems() {
    let settings = good(&Folder::new("places"));
    let account = "wechat-sandbox".parse().unwrap();
    let line = |key| settings.place(&account, key).line;
    assert_eq!((line("api_v3_key"), line("platform_certificates")), (12, 13));
    assert_eq!(line("mch_id"), 10, "an absent key is the account's fault");
    assert_eq!(settings.place(&"absent".parse().unwrap(), "mch_id").line, 0);
}

#[test]
fn redis_is_absent_or_complete() {
    let server = |host: &str, port, tls| Server { host: host.into(), port, tls };
    assert_eq!(parse("").unwrap().redis, None);
    let text = "[redis]\ntopology = \"single\"\nservers = [\"rediss://r\"]\npassword = \"env:KEY\"";
    let redis = parse(text).unwrap().redis.unwrap();
    assert_eq!(redis.topology, Topology::Single(server("r", 6379, true)));
    assert_eq!((redis.prefix.as_str(), redis.database), ("paymux", 0));
    assert_eq!(redis.password.map(|it| it.expose().len()), Some(35));
    let text = "[redis]\ntopology = \"cluster\"\nservers = [\"redis://a\", \"redis://b:1\"]";
    let nodes = vec![server("a", 6379, false), server("b", 1, false)];
    assert_eq!(parse(text).unwrap().redis.unwrap().topology, Topology::Cluster(nodes));
}
