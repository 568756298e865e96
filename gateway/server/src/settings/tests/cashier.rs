//! Pages for payers: their keys, and codes on walls.

use super::bad_files::check;

/// Line 6 is a plate's first.
fn plate(lines: &str, expect: &[&str]) {
    let key = "[cashier]\nlink_key = \"env:OTHER_KEY\"\n";
    let accounts = "[accounts.a]\nchannel = \"alipay\"\n[merchants.m]\naccounts = [\"a\"]\n";
    let text =
        format!("{key}{accounts}api_keys = [\"env:KEY\"]\n[[merchants.m.plates]]\n{lines}\n");
    check(&text, expect);
}

#[test]
fn a_link_key_is_long_and_elsewhere() {
    check("[cashier]\nlink_key = \"env:KEY\"\n", &[]);
    check("[cashier]\nlink_key = \"env:KEY\"\nformer_link_keys = [\"env:OTHER_KEY\"]\n", &[]);
    let short = "2: cashier.link_key: must have 32 to 256 bytes";
    check("[cashier]\nlink_key = \"env:SHORT_KEY\"\n", &[short]);
    let alone = "2: cashier.former_link_keys: is nothing without `link_key`";
    check("[cashier]\nformer_link_keys = [\"env:KEY\"]\n", &[alone]);
}

#[test]
fn plates_are_told_apart_and_named() {
    plate("id = \"a\"\nname = \"Front\"", &[]);
    plate("id = \"a\"\nname = \"前台\"\nmin_amount = 5\nmax_amount = 5", &[]);
    let twice = "12: merchants.m.plates[1].id: is the id of the plate in line 9 already";
    plate("id = \"a\"\nname = \"A\"\n[[merchants.m.plates]]\nid = \"a\"\nname = \"B\"", &[twice]);
    let order = "12: merchants.m.plates[0].max_amount: must not be less than `min_amount`";
    plate("id = \"a\"\nname = \"A\"\nmin_amount = 6\nmax_amount = 5", &[order]);
    let subject = "10: merchants.m.plates[0].name: must hold none of / = &, since it is the \
                   subject of payments";
    plate("id = \"a\"\nname = \"A & B\"", &[subject]);
    let missing = ["8: merchants.m.plates[0].name: is missing"];
    plate("id = \"a\"", &missing);
}

#[test]
fn a_plate_needs_a_key_for_its_link() {
    let accounts = "[accounts.a]\nchannel = \"alipay\"\n[merchants.m]\naccounts = [\"a\"]\n";
    let text = format!(
        "{accounts}api_keys = [\"env:KEY\"]\n[[merchants.m.plates]]\nid = \"a\"\nname = \"A\"\n"
    );
    let told =
        "6: merchants.m.plates: needs `cashier.link_key`, which signs the links of its codes";
    check(&text, &[told]);
}
