//! Doors for systems of other gateways: known by one number, and believed for one secret.

use super::bad_files::check;

const LINK: &str = "[cashier]\nlink_key = \"env:OTHER_KEY\"\n";
const MERCHANT: &str = "[accounts.a]\nchannel = \"alipay\"\n[merchants.m]\naccounts = [\"a\"]\n";

/// Line 8 is the door's first; the merchant has no other way in.
fn epay(lines: &str, expect: &[&str]) {
    check(&format!("{LINK}{MERCHANT}[merchants.m.epay]\n{lines}\n"), expect);
}

#[test]
fn a_door_of_epay_is_enough_to_be_a_merchant() {
    epay("pid = \"1001\"\nsecret = \"env:KEY\"", &[]);
    epay("pid = \"1001\"\nsecret = \"env:KEY\"\nmoney = \"fixed\"\nschedule = \"epay\"", &[]);
    epay("", &["7: merchants.m.epay.pid: is missing", "7: merchants.m.epay.secret: is missing"]);
}

#[test]
fn what_a_door_may_be_called_and_must_keep_secret() {
    let pid = "8: merchants.m.epay.pid: must be 1 to 20 digits";
    for text in ["", "a", "1 ", "123456789012345678901"] {
        epay(&format!("pid = \"{text}\"\nsecret = \"env:KEY\""), &[pid]);
    }
    let short = "9: merchants.m.epay.secret: must be 16 to 256 printable ASCII characters";
    epay("pid = \"1\"\nsecret = \"env:SHORT_KEY\"", &[short]);
    let money = "10: merchants.m.epay.money: must be \"plain\" or \"fixed\"";
    epay("pid = \"1\"\nsecret = \"env:KEY\"\nmoney = \"float\"", &[money]);
}

/// Line 8 is the door's first.
fn jeepay(lines: &str, expect: &[&str]) {
    check(&format!("{LINK}{MERCHANT}[merchants.m.jeepay]\n{lines}\n"), expect);
}

#[test]
fn a_door_of_jeepay_has_two_numbers() {
    jeepay("mch_no = \"M1\"\napp_id = \"a\"\nsecret = \"env:KEY\"\nschedule = \"jeepay\"", &[]);
    let missing = "7: merchants.m.jeepay.app_id: is missing";
    jeepay("mch_no = \"M1\"\nsecret = \"env:KEY\"", &[missing]);
    let number = "8: merchants.m.jeepay.mch_no: must be 1 to 64 of A-Z a-z 0-9 _ -";
    jeepay("mch_no = \"M/1\"\napp_id = \"a\"\nsecret = \"env:KEY\"", &[number]);
}

#[test]
fn doors_are_told_apart() {
    let two = |name: &str, key: &str| {
        format!(
            "{LINK}{MERCHANT}[merchants.m.epay]\npid = \"1\"\nsecret = \"env:KEY\"\n\
             [merchants.n]\naccounts = [\"a\"]\n[merchants.n.epay]\npid = \"{name}\"\n\
             secret = \"env:{key}\"\n"
        )
    };
    check(&two("2", "HOOK"), &[]);
    let known = "13: merchants.n.epay.pid: is known at this door already, by line 8";
    check(&two("1", "HOOK"), &[known]);
    let same = "14: merchants.n.epay.secret: is the same secret as merchants.m.epay.secret";
    check(&two("2", "KEY"), &[same]);
    let door = "[merchants.m.epay]\npid = \"1\"\nsecret = \"env:KEY\"\n";
    let hook = "[[merchants.m.endpoints]]\nid = \"epay\"\nurl = \"https://a.example/\"\nsecret = \"env:HOOK\"\n";
    let named = "5: merchants.m.endpoints: have one named epay, which is the door's name";
    check(&format!("{LINK}{MERCHANT}{door}{hook}"), &[named]);
    let pages = "7: merchants.m.epay: needs `cashier.link_key`, which signs the links to its pages";
    check(&format!("# No key.\n#\n{MERCHANT}{door}"), &[pages]);
}
