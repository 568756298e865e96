//! Bad rules, and exactly what is told about them.

use std::fmt::Write as _;

use super::super::Folder;
use super::opened;

fn check_files(files: &[(&str, &str)], expect: &[&str]) {
    let name = format!("bad-rules-{:?}", std::thread::current().id());
    let folder = Folder::new(&name);
    let told = opened(&folder, files).err().map_or(String::new(), |it| it.to_string());
    let told = told.replace(&format!("{}/", folder.0.display()), "");
    let told: Vec<_> = told.lines().collect();
    assert_eq!(told, expect, "{files:#?}");
}

/// Problems of `rules.toml`, without its name.
fn check(rules: &str, expect: &[&str]) {
    let expect: Vec<_> = expect.iter().map(|it| format!("rules.toml:{it}")).collect();
    let expect: Vec<_> = expect.iter().map(String::as_str).collect();
    check_files(&[("rules.toml", rules)], &expect);
}

const MAIN: &str = "targets = [{ account = \"alipay-main\" }]\n";

/// A rule that has these lines; the first of them is the third.
fn rule(name: &str, lines: &str) -> String {
    format!("[[rules]]\nname = \"{name}\"\n{lines}\n{MAIN}")
}

#[test]
fn syntax_and_unknown_keys() {
    check("[[rules]\n", &["1: column 9: unclosed array table, expected `]`"]);
    check(
        &rule("a", "method = [\"qr\"]"),
        &["3: rules[0].method: is not a setting; did you mean `methods`?"],
    );
    check("rule = []\n", &["1: rule: is not a setting; did you mean `rules`?"]);
    check(
        "[[rules]]\ntargets = [{ acount = \"alipay-main\" }]\n",
        &[
            "1: rules[0].name: is missing",
            "2: rules[0].targets[0].account: is missing",
            "2: rules[0].targets[0].acount: is not a setting; did you mean `account`?",
        ],
    );
}

#[test]
fn who_is_not_known() {
    check(
        "[accounts.wechat-mian]\nmax = \"1.00\"\n[[rules]]\nname = \"a\"\nmerchants = [\"shpo\"]\n\
         targets = [{ account = \"alipay\" }]\n",
        &[
            "1: accounts.wechat-mian: is not an account; did you mean `wechat-main`?",
            "5: rules[0].merchants[0]: is not a merchant; did you mean `shop`?",
            "6: rules[0].targets[0].account: is not an account; there are: alipay-main, \
             alipay-second, wechat-main, wechat-second",
        ],
    );
    check(
        &rule("a", "merchants = [\"inn\"]"),
        &["4: rules[0].targets[0]: alipay-main is in the `accounts` of no merchant this rule is \
           for: it would take nothing"],
    );
}

#[test]
fn targets_that_would_take_nothing() {
    check("[[rules]]\nname = \"a\"\n", &["1: rules[0].targets: is missing"]);
    check(
        "[[rules]]\nname = \"a\"\ntargets = []\n",
        &["3: rules[0].targets: must be a list of 1 to 16"],
    );
    check(
        "[[rules]]\nname = \"a\"\ntargets = [{ account = \"alipay-main\", weight = 0 }, \
         { account = \"wechat-main\", weight = 0 }]\n",
        &["3: rules[0].targets: have a weight of zero everywhere: nothing would be routed"],
    );
    check(
        "[[rules]]\nname = \"a\"\ntargets = [\n{ account = \"alipay-main\", weight = -1 },\n\
         { account = \"alipay-main\", priority = 100 }]\n",
        &[
            "4: rules[0].targets[0].weight: must be a whole number, 0 to 1000000",
            "5: rules[0].targets[1].priority: must be a whole number, 0 to 99",
            "5: rules[0].targets[1]: is a target of this rule already",
        ],
    );
}

#[test]
fn channels_that_cannot() {
    check(
        "[[rules]]\nname = \"a\"\nmethods = [\"page\"]\ntargets = [\n\
         { account = \"alipay-main\" },\n{ account = \"wechat-main\" }]\n",
        &["6: rules[0].targets[1]: wechat-main offers none of: page"],
    );
    check(
        "[[rules]]\nname = \"a\"\nmethods = [\"qr\", \"page\"]\n\
         targets = [{ account = \"wechat-main\" }]\n",
        &["1: rules[0]: no target offers: page"],
    );
    check(
        &rule("a", "channels = [\"wechat\"]"),
        &["4: rules[0].targets[0]: alipay-main belongs to none of the rule's channels"],
    );
    check(
        &rule("a", "methods = [\"qrcode\"]"),
        &[
            "3: rules[0].methods[0]: must be \"qr\" or \"page\" or \"h5\" or \"app\" or \"jsapi\" or \
           \"mini_program\" or \"barcode\"; did you mean \"barcode\"?",
        ],
    );
}

#[test]
fn amounts() {
    check(&rule("a", "min = \"10.00\"\nmax = \"9.99\""), &["4: rules[0].max: is less than `min`"]);
    check(
        &rule("a", "min = 10\nmax = \"1.234\""),
        &[
            "3: rules[0].min: must be text in quotes",
            "4: rules[0].max: must be an amount in quotes, such as \"12.50\"",
        ],
    );
    check(
        &rule("a", "currency = \"RMB\""),
        &["3: rules[0].currency: must be CNY, HKD, JPY or USD"],
    );
    check(
        "[accounts.alipay-main]\nmin = \"10.00\"\nmax = \"9.00\"\ndaily_amount = \"9.99\"\n\
         daily_count = 0\n",
        &[
            "3: accounts.alipay-main.max: is less than `min`",
            "4: accounts.alipay-main.daily_amount: is less than `min`: no payment would fit",
            "5: accounts.alipay-main.daily_count: must be a whole number, 1 to \
             9223372036854775807",
        ],
    );
    let limits = "[accounts.alipay-main]\nmin = \"1.00\"\nmax = \"9.00\"\n";
    let never = "takes no amount that the rule is for";
    check(
        &format!("{limits}{}", rule("a", "min = \"9.01\"")),
        &[&format!("7: rules[0].targets[0]: {never}")],
    );
    check(
        &format!("{limits}{}", rule("a", "max = \"0.99\"")),
        &[&format!("7: rules[0].targets[0]: {never}")],
    );
    check(
        &format!("{limits}{}", rule("a", "currency = \"HKD\"")),
        &["7: rules[0].targets[0]: takes another currency than the rule is for"],
    );
}

#[test]
fn addresses_times_and_other_values() {
    check(
        &rule("a", "client_ips = [\"10.0.0.1/8\", \"10.0.0.0/33\"]"),
        &[
            "3: rules[0].client_ips[0]: has bits set behind its prefix",
            "3: rules[0].client_ips[1]: must be an address or a network, such as \"192.0.2.0/24\"",
        ],
    );
    check(
        &rule(
            "a",
            "times = [{ from = \"25:00\" },\n{ from = \"08:00\", until = \"08:00\" },\n\
             { days = [\"sunday\"] }]",
        ),
        &[
            "3: rules[0].times[0].from: must be a time of day, such as \"22:00\"",
            "4: rules[0].times[1].from: must be earlier than 24:00 and not the same time as \
             `until`",
            "5: rules[0].times[2].days[0]: must be \"mon\" or \"tue\" or \"wed\" or \"thu\" or \
             \"fri\" or \"sat\" or \"sun\"",
        ],
    );
    check(
        &rule("a", "code_prefixes = [\"1x\"]\nuser_agents = [\"\"]\nmetadata = {}"),
        &[
            "3: rules[0].code_prefixes[0]: must be 1 to 6 digits",
            "4: rules[0].user_agents[0]: must have 1 to 200 bytes",
            "5: rules[0].metadata: must have 1 to 8 keys",
        ],
    );
    check(
        "[accounts.alipay-main]\nmaintenance = [\n\
         { from = \"2026-12-01 03:00\", until = \"2026-12-01 01:00\" },\n\
         { from = \"2026-13-01 03:00\", until = \"2026-12-01 01:00\" },\n\
         { from = \"2026-12-01\", until = \"2026-12-02\" },\n{ until = \"01:00\" }]\n",
        &[
            "3: accounts.alipay-main.maintenance[0].until: is not later than `from`",
            "4: accounts.alipay-main.maintenance[1].from: must be a date and time, such as \
             \"2026-12-01 01:00\"",
            "5: accounts.alipay-main.maintenance[2].from: must be a date and time, such as \
             \"2026-12-01 01:00\"",
            "6: accounts.alipay-main.maintenance[3].from: is missing",
            "6: accounts.alipay-main.maintenance[3].until: is not a setting; there are: from",
        ],
    );
    check(
        "time_zone = \"Asia/Bejing\"\n",
        &["1: time_zone: must be a time zone, such as \"Asia/Shanghai\""],
    );
}

#[test]
fn rules_that_are_never_reached() {
    let two = |first: &str, second: &str| format!("{}{}", rule("a", first), rule("b", second));
    let never = |first: &str, second: &str| {
        let told = "5: rules[1]: is never reached: before it is the rule a at rules.toml:1";
        check(&two(first, second), &[told]);
    };
    never("", "methods = [\"qr\"]");
    never("methods = [\"qr\", \"page\"]", "methods = [\"page\"]\nmin = \"1.00\"");
    never("max = \"9.00\"", "max = \"8.99\"\nmethods = [\"qr\"]");
    never("client_ips = [\"10.0.0.0/8\"]", "client_ips = [\"10.1.0.0/16\", \"10.2.0.1\"]");
    never("times = [{ from = \"22:00\", until = \"06:00\" }]", "times = [{ until = \"05:00\" }]");
    never("user_agents = [\"Micro\"]", "user_agents = [\"MicroMessenger\"]");
    let same = "5: rules[1]: has the same conditions as the rule a at rules.toml:1";
    check(&two("methods = [\"qr\", \"page\"]", "methods = [\"page\", \"qr\"]"), &[same]);
    check(&two("", ""), &[same]);
    // A part is left, or the first lets go.
    check(&two("max = \"9.00\"", "max = \"9.01\""), &[]);
    check(&two("methods = [\"qr\"]", ""), &[]);
    check(&two("otherwise = \"next\"", ""), &[]);
    check(
        &format!("{}{}", rule("a", "methods = [\"qr\"]"), rule("a", "")),
        &["5: rules[1]: has the name a of the rule at rules.toml:1"],
    );
}

#[test]
fn too_many() {
    let rules = |many: usize| {
        (0..many).fold(String::new(), |mut text, number| {
            let metadata = format!("metadata = {{ n = [\"{number}\"] }}");
            let _ = write!(text, "{}", rule(&format!("r{number}"), &metadata));
            text
        })
    };
    check(&rules(1000), &[]);
    check(&rules(1001), &["1: rules: must be a list of 1 to 1000"]);
    let [most, more] = [rules(999), rules(2).replace("\"r", "\"s").replace("n =", "m =")];
    let first = format!("include = [\"more.toml\"]\n{most}");
    check_files(
        &[("rules.toml", &first), ("more.toml", &more)],
        &["more.toml:5: rules[1]: is one rule too many: there may be 1000 in all files"],
    );
}

#[test]
fn includes() {
    check_files(
        &[("rules.toml", "include = [\"a.toml\"]\n"), ("a.toml", "\ninclude = [\"rules.toml\"]\n")],
        &["a.toml:2: include[0]: includes itself: rules.toml → a.toml → rules.toml"],
    );
    check_files(
        &[("rules.toml", "include = [\"rules.toml\"]\n")],
        &["rules.toml:1: include[0]: includes itself: rules.toml → rules.toml"],
    );
    check_files(
        &[("rules.toml", "include = [\"a.toml\",\n\"a.toml\", \"b.toml\"]\n"), ("a.toml", "")],
        &[
            "rules.toml:2: include[1]: a.toml is included already",
            "rules.toml:2: include[2]: b.toml cannot be read: No such file or directory (os \
             error 2)",
        ],
    );
    let next = |name: &str| format!("include = [\"{name}.toml\"]\n");
    check_files(
        &[
            ("rules.toml", &next("a")),
            ("a.toml", &next("b")),
            ("b.toml", &next("c")),
            ("c.toml", &next("d")),
            ("d.toml", ""),
        ],
        &["c.toml:1: include[0]: is more than 4 files deep"],
    );
    check_files(
        &[],
        &[
            "paymux.toml:2: routing.rules: rules.toml cannot be read: No such file or directory (os \
         error 2)",
        ],
    );
    // Each problem has the file it stands in, and the files' order is theirs.
    check_files(
        &[
            (
                "rules.toml",
                &format!(
                    "include = [\"a.toml\"]\n{}",
                    rule("a", "otherwise = \"next\"\nmin = \"x\"")
                ),
            ),
            ("a.toml", &rule("a", "methods = [\"qr\"]\nmax = \"x\"")),
        ],
        &[
            "a.toml:1: rules[0]: has the name a of the rule at rules.toml:2",
            "a.toml:4: rules[0].max: must be an amount in quotes, such as \"12.50\"",
            "rules.toml:5: rules[0].min: must be an amount in quotes, such as \"12.50\"",
        ],
    );
}

#[test]
fn shadows_stay_in_their_files() {
    check(
        "shadow = true\nname = \"x\"\n",
        &[
            "1: shadow: stands in included files alone: the first file begins the live rules",
            "2: name: stands in included files alone: the first file begins the live rules",
        ],
    );
    let include = "include = [\"a.toml\"]\n";
    let limits = "[accounts.alipay-main]\nmax = \"9.00\"\n";
    check_files(
        &[("rules.toml", include), ("a.toml", &format!("shadow = true\n{limits}"))],
        &["a.toml:2: accounts.alipay-main: stands with the live rules alone: it holds for all \
           of them"],
    );
    check_files(
        &[("rules.toml", include), ("a.toml", "time_zone = \"Asia/Tokyo\"\n")],
        &["a.toml:1: time_zone: stands in the first file of its rule set alone"],
    );
    check_files(
        &[("rules.toml", &format!("{include}{limits}")), ("a.toml", limits)],
        &["a.toml:1: accounts.alipay-main: has its limits in another file already"],
    );
    let names = ["a", "b", "c", "d", "e"];
    let all = names.map(|it| format!("\"{it}.toml\"")).join(",");
    let first = format!("include = [{all}]\n");
    let files = names.map(|it| (format!("{it}.toml"), "shadow = true\n"));
    let mut files: Vec<_> = files.iter().map(|it| (it.0.as_str(), it.1)).collect();
    files.push(("rules.toml", &first));
    check_files(&files, &["e.toml:1: shadow: is one too many: there may be 4 shadow rule sets"]);
}
