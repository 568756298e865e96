//! Secrets: where they may lie, and that nobody ever sees them.

use super::super::{Problems, Settings};
use super::{Folder, environment, mode};

/// The one problem of an account whose key lies in `file`, without the folder's name.
fn refusal(folder: &Folder, file: &str) -> Option<String> {
    let text = format!("[accounts.a]\nchannel = \"c\"\nprivate_key = \"file:{file}\"\n");
    let problems = Settings::parse(&text, "shop.toml", &folder.0, &environment).err()?.0;
    assert_eq!(problems.len(), 1);
    assert_eq!((problems[0].line, &*problems[0].key), (3, "accounts.a.private_key"));
    Some(problems[0].problem.replace(folder.0.to_str().unwrap(), ""))
}

#[test]
fn a_secret_file_is_text_of_bounded_size() {
    let folder = Folder::new("files");
    let check = |file: &str, expect: Option<&str>| {
        assert_eq!(refusal(&folder, file).as_deref(), expect, "{file}");
    };
    folder.write("key", "secret");
    check("key", None);
    check("./key", None);
    check(folder.0.join("key").to_str().unwrap(), None);
    folder.write("full", vec![b'a'; 65_536]);
    check("full", None);
    folder.write("large", vec![b'a'; 65_537]);
    check("large", Some("/large is larger than 64 KiB"));
    folder.write("latin", [0xe4, 0xf6]);
    check("latin", Some("/latin is not UTF-8"));
    folder.write("blank", "\r\n\n");
    check("blank", Some("refers to something empty"));
    check("", Some("/ must be, or lead to, a regular file"));
    let absent = refusal(&folder, "absent").unwrap();
    assert!(absent.starts_with("/absent cannot be read: "), "{absent}");
}

/// As the merchant platform gives it; its base64 is what a plugin can read.
#[test]
fn a_pkcs12_file_is_no_text() {
    let folder = Folder::new("p12");
    folder.write("own.p12", [0xff, 0x00, b'\n']);
    folder.write("own.pem", [0xff, 0x00, b'\n']);
    folder.write("large.pfx", vec![0; 65_537]);
    folder.write("blank.p12", "");
    let read = |file: &str| {
        let text = format!("[accounts.a]\nchannel = \"c\"\ncertificate_p12 = \"file:{file}\"\n");
        let parsed = Settings::parse(&text, "shop.toml", &folder.0, &environment);
        parsed.map(|it| it.accounts[&"a".parse().unwrap()].settings.clone())
    };
    let expect = [("certificate_p12", "/wAK")].into_iter().collect();
    assert_eq!(read("own.p12").unwrap(), expect);
    for (file, why) in [
        ("own.pem", "own.pem is not UTF-8"),
        ("large.pfx", "large.pfx is larger than 64 KiB"),
        ("blank.p12", "refers to something empty"),
    ] {
        let told = read(file).unwrap_err().to_string();
        assert!(told.contains(why), "{told}");
    }
    let inline = "[accounts.a]\nchannel = \"c\"\ncertificate_p12 = \"/wAK\"\n";
    let told = Settings::parse(inline, "shop.toml", &folder.0, &environment).unwrap_err();
    assert!(told.to_string().contains("is secret and must not stand in this file"), "{told}");
}

#[cfg(unix)]
#[test]
fn a_secret_file_is_its_owners_and_its_groups_to_read() {
    let folder = Folder::new("modes");
    let path = folder.write("key", "secret");
    for good in [0o600, 0o400, 0o700, 0o640, 0o440] {
        mode(&path, good);
        assert_eq!(refusal(&folder, "key"), None, "{good:o}");
    }
    for bad in [0o604, 0o620, 0o602, 0o660, 0o601, 0o644, 0o664, 0o777] {
        mode(&path, bad);
        let why = "others must not read it, nor the group write it (chmod 600)";
        let expect = format!("/key has mode {bad:04o}: {why}");
        assert_eq!(refusal(&folder, "key"), Some(expect));
    }
}

#[cfg(unix)]
#[test]
fn a_secret_file_may_be_a_link_and_is_no_pipe() {
    let folder = Folder::new("links");
    let path = folder.write("key", "secret");
    std::os::unix::fs::symlink(&path, folder.0.join("link")).unwrap();
    assert_eq!(refusal(&folder, "link"), None);
    // What it leads to counts.
    mode(&path, 0o604);
    assert!(refusal(&folder, "link").unwrap().starts_with("/link has mode 0604: "));
    let expect = |name| Some(format!("/{name} must be, or lead to, a regular file"));
    let _socket = std::os::unix::net::UnixListener::bind(folder.0.join("socket")).unwrap();
    assert_eq!(refusal(&folder, "socket"), expect("socket"));
}

const CANARIES: [&str; 5] = [
    "c4n4ry-private-key",
    "c4n4ry-api-key-0123456789abcdef0123456789abcdef",
    "whsec_YzRuNHJ5LXdlYmhvb2stc2VjcmV0LTAxMjM0NTY3",
    "c4n4ry-webhook-secret-01234567",
    "c4n4ry-url",
];

fn assert_hidden(text: &str) {
    for canary in CANARIES {
        assert!(!text.contains(canary), "{canary} in {text}");
    }
}

#[test]
fn no_secret_is_in_debug_output() {
    let text = r#"
        [accounts.a]
        channel = "alipay"
        private_key = "env:0"
        [merchants.m]
        accounts = ["a"]
        api_keys = ["env:1"]
        [[merchants.m.endpoints]]
        id = "e"
        url = "https://shop.example.com/"
        secret = "env:2"
    "#;
    let environment = |name: &str| Some(CANARIES[name.parse::<usize>().unwrap()].to_owned());
    let settings = Settings::parse(text, "shop.toml", "".as_ref(), &environment).unwrap();
    let debug = format!("{settings:?} {settings:#?}");
    assert_hidden(&debug);
    assert!(debug.contains("***") && debug.contains("shop.example.com"));
}

/// Wherever a secret may be written by mistake, the problem must not repeat it.
#[test]
fn no_secret_is_in_a_problem() {
    let canary = CANARIES[0];
    let value =
        [format!("\"{canary}\""), format!("[\"{canary}\"]"), format!("{{ k = \"{canary}\" }}")];
    let keys = [
        "[accounts.a]\nchannel = \"c\"\nprivate_key",
        "[accounts.a]\nchannel = \"c\"\nsecret",
        "[merchants.m]\napi_keys",
        "[merchants.m]\naccounts",
        "[merchants.m]\nlate",
        "[[merchants.m.endpoints]]\nid = \"e\"\nsecret",
        "[[merchants.m.endpoints]]\nid = \"e\"\nsecrets",
        "[[merchants.m.endpoints]]\nid = \"e\"\nurl",
        "[[merchants.m.endpoints]]\nid = \"e\"\nschedule",
        "[[merchants.m.endpoints]]\nid = \"e\"\ntimeout",
        "[server]\npublic",
        "[server]\npublic_url",
        "[worker]\nlease",
        "[log]\nformat",
        "[delivery]\nports",
        "[log]\npassword",
        "broken = = x",
    ];
    for (key, value) in keys.iter().flat_map(|key| value.iter().map(move |value| (key, value))) {
        let text = format!("{key} = {value}\n");
        let problems: Problems = super::parse(&text).unwrap_err();
        assert_hidden(&format!("{problems} {problems:?}"));
    }
    let url = "[[merchants.m.endpoints]]\nurl = \"https://u:c4n4ry-url@shop.example.com\"\n";
    assert_hidden(&super::parse(url).unwrap_err().to_string());
}
