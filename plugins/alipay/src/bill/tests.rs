use std::io::{Cursor, Write as _};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use encoding_rs::GBK;
use flate2::Compression;
use flate2::write::DeflateEncoder;
use paymux_channel::{BillEntry, BillFault, BillLine, BillRefund, Channel as _, Fee, Operation};
use serde_json::{Value, json};

use super::*;
use crate::tests::{account, account_with, call, vectors, yuan};

const FILES: &str = include_str!("../../vectors/bill_files.json");

fn bill(kind: BillKind) -> Bill {
    Bill { kind, day: china::read_date("2026-01-15").unwrap() }
}

fn vector(id: &str) -> Value {
    vectors(FILES).into_iter().find(|it| it["id"] == id).unwrap()
}

fn zip_of(id: &str) -> Vec<u8> {
    STANDARD.decode(vector(id)["zip_b64"].as_str().unwrap()).unwrap()
}

fn text_of(id: &str) -> String {
    vector(id)["entries"][0]["text"].as_str().unwrap().to_owned()
}

/// As Java's own writes it: the sizes behind each entry, and no directory that anybody reads.
fn streamed(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = vec![];
    for (name, bytes) in entries {
        let mut packer = DeflateEncoder::new(vec![], Compression::default());
        packer.write_all(bytes).unwrap();
        let packed = packer.finish().unwrap();
        let name = GBK.encode(name).0;
        let mut crc = flate2::Crc::new();
        crc.update(bytes);
        zip.extend(b"PK\x03\x04\x14\0\x08\0\x08\0\0\0\0\0");
        zip.extend([0; 12]);
        zip.extend(u16::try_from(name.len()).unwrap().to_le_bytes());
        zip.extend([0; 2]);
        zip.extend(&*name);
        zip.extend(&packed);
        zip.extend(b"PK\x07\x08");
        zip.extend(crc.sum().to_le_bytes());
        zip.extend(u32::try_from(packed.len()).unwrap().to_le_bytes());
        zip.extend(u32::try_from(bytes.len()).unwrap().to_le_bytes());
    }
    zip.extend(b"PK\x05\x06");
    zip.extend([0; 18]);
    zip
}

fn packed(text: &str) -> Vec<u8> {
    streamed(&[("1_业务明细(汇总).csv", b"sums"), ("1_业务明细.csv", &GBK.encode(text).0)])
}

fn read(kind: BillKind, zip: &[u8]) -> Result<Vec<BillLine>, BillFault> {
    let bytes = Box::new(Cursor::new(zip.to_vec()));
    account().read_bill(bill(kind), &BillFile::default(), bytes).collect()
}

fn refused(zip: &[u8]) -> (u64, &'static str) {
    match read(BillKind::Trade, zip) {
        Err(BillFault::Refused { line, what }) => (line, what),
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_vectors_read() {
    let lines = read(BillKind::Trade, &zip_of("bill-trade")).unwrap();
    assert_eq!(
        lines,
        [
            BillLine {
                line: 6,
                at: china::read("2026-01-15 12:35:10").unwrap(),
                out_trade_no: "T20260115000101".into(),
                channel_trade_no: "2026011522001445671400000001".into(),
                entry: BillEntry::Paid { amount: yuan("88.88") },
                fee: Some(Fee(53_000)),
            },
            BillLine {
                line: 7,
                at: china::read("2026-01-15 13:00:00").unwrap(),
                out_trade_no: "T20260115000101".into(),
                channel_trade_no: "2026011522001445671400000001".into(),
                entry: BillEntry::Refund {
                    out_refund_no: "R20260115000001".into(),
                    channel_refund_no: None,
                    amount: yuan("10.00"),
                    state: BillRefund::Succeeded,
                },
                fee: Some(Fee(-6000)),
            },
        ]
    );
    assert_eq!(read(BillKind::Trade, &packed(&text_of("bill-trade"))), Ok(lines));
}

#[test]
fn the_account_reads() {
    let lines = read(BillKind::Funds, &zip_of("bill-signcustomer")).unwrap();
    let entries: Vec<_> = lines.into_iter().map(|it| it.entry).collect();
    let entry = |income, amount: &str, business: &str| BillEntry::Funds {
        income,
        amount: yuan(amount),
        business: business.into(),
    };
    assert_eq!(
        entries,
        [
            entry(true, "88.88", "在线支付"),
            entry(false, "0.53", "收费"),
            entry(false, "10.00", "交易退款")
        ]
    );
}

#[test]
fn a_name_may_hold_a_comma() {
    let text = text_of("bill-trade");
    let named = packed(&text.replace("测试商品 一件", "茶, 一件, 二件"));
    assert_eq!(read(BillKind::Trade, &named), read(BillKind::Trade, &packed(&text)));
    let noted = packed(&text.replace("正常退款", "正常,退款"));
    assert_eq!(read(BillKind::Trade, &noted), read(BillKind::Trade, &packed(&text)));
}

#[test]
fn whatever_is_wrong_is_refused_with_its_line() {
    let text = text_of("bill-trade");
    let odd = |from: &str, to: &str| refused(&packed(&text.replace(from, to)));
    assert_eq!(
        odd("[20880000000000010156]", "[20880000000000020156]").1,
        "the bill is another account's"
    );
    assert_eq!(
        odd("#起始日期：[2026年01月15日", "#起始日期：[2026年01月14日").1,
        "the bill is another day's"
    );
    assert_eq!(odd("商户订单号", "商户订单").1, "a column is missing");
    assert_eq!(odd("#交易合计：1笔", "#交易合计：2笔"), (9, "the sums do not add up"));
    assert_eq!(odd("共88.88元", "共8888元"), (9, "the sums do not add up"));
    assert_eq!(odd("共-10.00元", "共-10.01元"), (10, "the sums do not add up"));
    assert_eq!(odd("#退款合计", "#").1, "the sums are missing");
    assert_eq!(odd(",交易,", ",转账,"), (6, "the kind of business is not a known one"));
    assert_eq!(odd(",88.88,88.88,", ",88.8x,88.88,"), (6, "an amount does not read"));
    assert_eq!(
        odd("2026-01-15 12:35:10", "2026-01-15 12:35"),
        (6, "the row does not fit its columns")
    );
    assert_eq!(
        odd("#-----------------------------------------业务明细列表结束", "#结束").1,
        "a line does not belong there"
    );
    let row = text.lines().nth(5).unwrap();
    let twice = text.replacen(row, &format!("{row}\r\n{row}"), 1);
    assert_eq!(refused(&packed(&twice)), (7, "the row was there before"));
    let utf8 = streamed(&[("1_业务明细.csv", text.as_bytes())]);
    assert!(read(BillKind::Trade, &utf8).is_err());
    assert_eq!(
        read(BillKind::Trade, &zip_of("bill-signcustomer")).unwrap_err().to_string(),
        "line 5: it is another table"
    );
}

/// Also in its directory, which holds nothing of the bill.
#[test]
fn an_archive_that_was_cut_off_or_bent_is_refused() {
    let zip = packed(&text_of("bill-trade"));
    for end in (0..zip.len() - 22).step_by(3) {
        assert!(read(BillKind::Trade, &zip[..end]).is_err(), "{end} bytes were taken");
    }
    let whole = read(BillKind::Trade, &zip).unwrap();
    for at in 0..zip.len() {
        let mut bent = zip.clone();
        bent[at] ^= 0x20;
        assert!(
            read(BillKind::Trade, &bent).is_ok_and(|it| it == whole)
                || read(BillKind::Trade, &bent).is_err()
        );
    }
}

#[test]
fn a_bomb_is_refused_early() {
    let zeros = vec![0; 64 * 1024 * 1024];
    assert_eq!(refused(&streamed(&[("1_业务明细.csv", &zeros)])), (1, "the line is too long"));
    let entries: Vec<(&str, &[u8])> = vec![("x", b"y"); 17];
    assert_eq!(refused(&streamed(&entries)), (0, "the archive is damaged, or cut off"));
}

#[test]
fn a_bill_is_asked_for_by_day() {
    let Ok(Step::Send(asked)) = build(&account(), bill(BillKind::Trade), &call()) else { panic!() };
    let form: Vec<_> = form_urlencoded::parse(asked.body()).into_owned().collect();
    let biz = json!({ "bill_type": "trade", "bill_date": "2026-01-15" }).to_string();
    assert!(
        form.iter().any(|it| serde_json::from_str::<Value>(&it.1).ok()
            == serde_json::from_str::<Value>(&biz).ok()),
        "{form:?}"
    );
}

#[test]
fn the_file_is_fetched_over_tls_from_an_address_of_theirs_alone() {
    let fetch = |url: &str| {
        let file = BillFile { url: Some(url.to_owned()), sha1: None };
        account().build(&Operation::BillFile(bill(BillKind::Trade), file), &call())
    };
    for scheme in ["http", "https"] {
        let url = format!("{scheme}://dwbillcenter.alipay.com/downloadBillFile.resource?fileId=1");
        let Ok(Step::Send(request)) = fetch(&url) else { panic!() };
        let expected = "https://dwbillcenter.alipay.com/downloadBillFile.resource?fileId=1";
        assert_eq!(request.uri().to_string(), expected);
        assert!(request.headers().contains_key(USER_AGENT));
    }
    for url in [
        "http://dwbillcenter.alipay.com.evil.example/x",
        "http://dwbillcenter.alipay.com@evil.example/x",
        "http://169.254.169.254/latest/meta-data",
        "https://evil.example/?dwbillcenter.alipay.com",
        "/downloadBillFile.resource",
        "",
    ] {
        assert!(matches!(fetch(url), Err(BuildError::Limit { .. })), "{url}");
    }
    let simulated = account_with(&[("gateway", "http://127.0.0.1:91/alipay/gateway.do")]);
    let file = BillFile { url: Some("http://127.0.0.1:91/alipay/file?x=1".into()), sha1: None };
    assert!(build_file(&simulated, &file).is_ok());
    let file = BillFile { url: Some("http://127.0.0.1:92/alipay/file?x=1".into()), sha1: None };
    assert!(build_file(&simulated, &file).is_err());
}

#[test]
fn no_bill_is_no_failure() {
    let parse = |node: Value| {
        let response = crate::tests::answer(Api::BillAddress, &node.to_string());
        super::parse(&account(), &call(), &response)
    };
    let failed = |code: &str| parse(json!({ "code": "40004", "msg": "x", "sub_code": code }));
    for code in ["NO_BILL_DATA", "BILL_NOT_EXIST", "isp.bill_not_exist"] {
        assert_eq!(failed(code), Ok(Outcome::Bill(BillAnswer::Absent)), "{code}");
    }
    for code in ["INVAILID_ARGUMENTS", "TYPE_NOT_SUPPORTED", "BILL_DATE_BEFORE_REGISTRATION"] {
        assert!(matches!(failed(code), Ok(Outcome::Refused(_))), "{code}");
    }
    for code in ["UNKNOWN_ERROR", "SYSTEM_RATE_LIMIT", "isv.something-new"] {
        assert!(matches!(failed(code), Ok(Outcome::Unknown { .. })), "{code}");
    }
    let ok =
        |more: &str, value: &str| parse(json!({ "code": "10000", "msg": "Success", more: value }));
    let url = "http://dwbillcenter.alipay.com/x?y=1";
    let file = BillFile { url: Some(url.into()), sha1: None };
    assert_eq!(ok("bill_download_url", url), Ok(Outcome::Bill(BillAnswer::At(file))));
    assert_eq!(ok("bill_file_code", EMPTY), Ok(Outcome::Bill(BillAnswer::Absent)));
    assert!(ok("bill_file_code", "OTHER").is_err());
}
