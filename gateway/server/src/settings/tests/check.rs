//! `paymux config check`: the file's problems and the plugins' at once, or a summary.

use std::path::Path;
use std::sync::Arc;

use paymux_channel::{Channel, PlatformKey, Plugin, SettingsError};

use super::super::{Problems, check};
use super::{Folder, environment};

/// Reads an account as a plugin does, and never opens one.
struct Reader;

impl Plugin for Reader {
    fn kind(&self) -> &'static str {
        "alipay"
    }

    fn open(
        &self,
        settings: &paymux_channel::Settings,
        _: &[PlatformKey],
    ) -> Result<Arc<dyn Channel>, Vec<SettingsError>> {
        let mut read = settings.reader();
        read.text("app_id");
        read.secret("private_key");
        read.parsed("port", str::parse::<u16>);
        if read.list("certificates").is_empty() {
            read.problem("certificates", "is missing");
        }
        Err(read.finish().unwrap_err())
    }
}

fn told(folder: &Folder, text: &str) -> String {
    let path = folder.write("paymux.toml", text);
    let problems: Problems = check(&path, &[&Reader]).unwrap_err();
    problems.to_string().replace(&format!("{}/", folder.0.display()), "")
}

#[test]
fn the_plugins_problems_have_a_line_too() {
    let folder = Folder::new("plugin");
    let text = "[accounts.a]\nchannel = \"alipay\"\nport = \"x\"\ncolour = \"red\"\n\
                private_key = \"file:absent\"\ncertificates = [\"file:absent\"]\n\
                [accounts.b]\nchannel = \"alipya\"\n[worker]\npoll = 0\n";
    let absent = "absent cannot be read: No such file or directory (os error 2)";
    let expect = format!(
        "paymux.toml:1: accounts.a.app_id: is missing\n\
         paymux.toml:3: accounts.a.port: invalid digit found in string\n\
         paymux.toml:4: accounts.a.colour: is not a setting of this channel\n\
         paymux.toml:5: accounts.a.private_key: {absent}\n\
         paymux.toml:6: accounts.a.certificates[0]: {absent}\n\
         paymux.toml:8: accounts.b.channel: is no channel; did you mean `alipay`?\n\
         paymux.toml:10: worker.poll: must be a duration such as \"10s\", 10ms to 1m"
    );
    assert_eq!(told(&folder, text), expect);
}

#[test]
fn what_cannot_be_read_is_told_alone() {
    let folder = Folder::new("syntax");
    assert_eq!(told(&folder, "[x\n"), "paymux.toml:1: column 3: unclosed table, expected `]`");
    let absent = check(Path::new("/nonexistent/p.toml"), &[]).unwrap_err();
    assert_eq!(absent.0.len(), 1);
}

#[test]
fn a_good_file_is_summed_up() {
    let folder = Folder::new("summary");
    let path = folder.write("paymux.toml", "[store]\ndriver = \"memory\"\n");
    let summary = check(&path, &[]).unwrap().to_string();
    let expect = "warning: PATH: merchants: there are none: nobody can pay\n\
                  warning: PATH:2: store.driver: keeps payments in memory: they are gone at exit\n\
                  public    127.0.0.1:8080, known as http://127.0.0.1:8080\n\
                  admin     127.0.0.1:8081\n\
                  ops       127.0.0.1:8082\n\
                  store     memory\n\
                  accounts  0\n\
                  merchants 0\n\
                  endpoints 0\nrules     0, shadow rule sets: 0";
    assert_eq!(summary, expect.replace("PATH", path.to_str().unwrap()));
}

#[test]
fn endpoints_that_will_be_refused_are_warned_of() {
    let folder = Folder::new("warnings");
    folder.write("key", environment("KEY").unwrap());
    folder.write("hook", environment("HOOK").unwrap());
    let text = "[accounts.a]\nchannel = \"alipay\"\n[accounts.b]\nchannel = \"alipay\"\n\
                [merchants.m]\naccounts = [\"a\"]\napi_keys = [\"file:key\"]\n\
                [[merchants.m.endpoints]]\nid = \"e\"\nurl = \"http://127.0.0.1:9200/hook\"\n\
                secret = \"file:hook\"\n";
    let path = folder.write("paymux.toml", text);
    let warned = |text: &str| {
        folder.write("paymux.toml", text);
        let settings = super::super::Settings::load(&path).unwrap();
        let warnings = super::super::check::warnings(&settings, &path);
        warnings.iter().map(|it| format!("{}: {}", it.line, it.problem)).collect::<Vec<_>>()
    };
    let expect = [
        "3: no merchant uses this account",
        "10: is http://, which `delivery.allow_http` forbids",
        "10: is at a private address, which `delivery.allow_private_addresses` forbids",
        "10: has port 9200, which is not in `delivery.ports`",
    ];
    assert_eq!(warned(text), expect);
    let rule = "[delivery]\nallow_http = true\nports = [9200]\n";
    assert_eq!(warned(&format!("{text}{rule}")), [expect[0], expect[2]]);
    let rule = "[delivery]\nallow_http = true\nallow_private_addresses = true\n";
    assert_eq!(warned(&format!("{text}{rule}")), expect[..1], "private addresses have any port");
}
