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
