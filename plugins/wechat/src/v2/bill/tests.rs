use std::io::Cursor;

use paymux_channel::{BillLine, Channel as _, Operation};

use super::*;
use crate::tests::call;
use crate::v2::tests::account;

const ALL: &str = include_str!("../../../vectors/bills/tradebill_ALL.csv");

fn bill(kind: BillKind) -> Bill {
    Bill { kind, day: china::read_date("2024-12-31").unwrap() }
}

fn lines(text: &str) -> Result<Vec<BillLine>, BillFault> {
    let bytes = Box::new(Cursor::new(text.as_bytes().to_vec()));
    account().read_bill(bill(BillKind::Trade), &BillFile::default(), bytes).collect()
}

fn body(kind: BillKind) -> String {
    let asked = Operation::BillFile(bill(kind), BillFile::default());
    let Ok(Step::Send(request)) = account().build(&asked, &call()) else { panic!() };
    format!("{} {}", request.uri().path(), String::from_utf8_lossy(request.body()))
}

#[test]
fn the_question_is_answered_with_the_file() {
    let asked = account().build(&Operation::Bill(bill(BillKind::Trade)), &call());
    let file = BillAnswer::At(BillFile::default());
    assert!(matches!(asked, Ok(Step::Done(Outcome::Bill(it))) if it == file));
    let trade = body(BillKind::Trade);
    assert!(trade.starts_with("/pay/downloadbill "), "{trade}");
    assert!(trade.contains("<bill_date><![CDATA[20241231]]></bill_date>"), "{trade}");
    assert!(trade.contains("<bill_type><![CDATA[ALL]]></bill_type>"), "{trade}");
    let funds = body(BillKind::Funds);
    assert!(funds.starts_with("/pay/downloadfundflow "), "{funds}");
    assert!(funds.contains("<sign_type><![CDATA[HMAC-SHA256]]></sign_type>"), "{funds}");
    assert!(funds.contains("<account_type><![CDATA[Basic]]></account_type>"), "{funds}");
}

#[test]
fn text_is_a_bill_and_xml_is_none() {
    assert_eq!(lines(ALL).map(|it| it.len()), Ok(3));
    let said = |message: &str, code: &str| {
        format!(
            "<xml><return_code><![CDATA[FAIL]]></return_code>\n\
             <return_msg><![CDATA[{message}]]></return_msg>\n\
             <error_code><![CDATA[{code}]]></error_code>\n</xml>"
        )
    };
    assert_eq!(lines(&said("No Bill Exist", "20002")), Err(BillFault::Absent));
    assert_eq!(lines(&said("Bill Creating", "")), Err(BillFault::Making));
    let denied = Err(BillFault::Denied { code: "SIGN_ERROR".into() });
    assert_eq!(lines(&said("SIGN ERROR", "")), denied);
    for odd in ["<html></html>", "<", "<!DOCTYPE a>", "<xml><a>"] {
        assert!(matches!(lines(odd), Err(BillFault::Refused { .. })), "{odd}");
    }
}
