//! What merchants pay: each rule is looked at, and against those before it.

use super::bad_files::{MERCHANT, check};

#[test]
fn fees_are_checked_each() {
    let text = format!(
        r#"{MERCHANT}
        [[merchants.m.fees]]
        account = "b"
        method = "card"
        rate_bp = 10001
        [[merchants.m.fees]]
        account = "a"
        min = "0.50"
        max = "0.10"
        [[merchants.m.fees]]
        account = "a"
        method = "qr"
        rate_bp = 60
        min = 1
        on_refund = "half"
        "#
    );
    check(
        &text,
        &[
            "9: merchants.m.fees[0].account: is not one of the merchant's accounts",
            "10: merchants.m.fees[0].method: must be \"qr\" or \"page\" or \"h5\" or \"app\" or \
             \"jsapi\" or \"mini_program\" or \"barcode\"",
            "11: merchants.m.fees[0].rate_bp: must be a whole number, 0 to 10000",
            "12: merchants.m.fees[1].rate_bp: is missing",
            "15: merchants.m.fees[1].max: is less than `min`",
            "16: merchants.m.fees[2]: is for payments that a fee before it is for already",
            "20: merchants.m.fees[2].min: must be text in quotes",
            "21: merchants.m.fees[2].on_refund: must be \"returned\" or \"kept\"",
        ],
    );
}
