use std::io::{Cursor, Read};

use paymux_channel::{
    BillEntry, BillFault, BillKind, BillLine, BillRefund, Channel as _, Fee, Operation,
};
use serde_json::json;

use super::*;
use crate::settings::Account;
use crate::tests::{GENUINE, account, call, fen};

const ALL: &str = include_str!("../../vectors/bills/tradebill_ALL.csv");
const PACKED: &[u8] = include_bytes!("../../vectors/bills/tradebill_ALL.csv.gz");
const REFUNDS: &str = include_str!("../../vectors/bills/tradebill_REFUND.csv");
const SUCCESSES: &str = include_str!("../../vectors/bills/tradebill_SUCCESS.csv");
const EMPTY: &str = include_str!("../../vectors/bills/tradebill_ALL_empty.csv");
const FLOW: &str = include_str!("../../vectors/bills/fundflow_Basic.csv");
const HASH: &str = "f4c57fae601c58e7f68a0c9c6140cbe5ce070d56";

fn bill(kind: BillKind) -> Bill {
    Bill { kind, day: china::read_date("2024-12-31").unwrap() }
}

fn hashed(sha1: &str) -> BillFile {
    BillFile { url: None, sha1: Some(digest(sha1).unwrap()) }
}

fn read_as(
    account: &Account,
    kind: BillKind,
    file: &BillFile,
    bytes: &[u8],
) -> Result<Vec<BillLine>, BillFault> {
    let bytes = Box::new(Cursor::new(bytes.to_vec()));
    account.read_bill(bill(kind), file, bytes).collect()
}

fn read(bytes: &[u8]) -> Result<Vec<BillLine>, BillFault> {
    read_as(&account(), BillKind::Trade, &BillFile::default(), bytes)
}

fn refused(bytes: &[u8]) -> (u64, &'static str) {
    match read(bytes) {
        Err(BillFault::Refused { line, what }) => (line, what),
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_vectors_read() {
    let lines = read_as(&account(), BillKind::Trade, &hashed(HASH), ALL.as_bytes()).unwrap();
    assert_eq!(lines.len(), 3);
    assert_eq!(
        lines[0],
        BillLine {
            line: 2,
            at: china::read("2024-12-31 10:00:01").unwrap(),
            out_trade_no: "20241231000000001".into(),
            channel_trade_no: "4200000001202412310000000001".into(),
            entry: BillEntry::Paid { amount: fen(100) },
            fee: Some(Fee(1000)),
        }
    );
    // With a coupon of twelve fen: the order's amount is the whole.
    assert_eq!(lines[1].entry, BillEntry::Paid { amount: fen(900) });
    assert_eq!(
        lines[2].entry,
        BillEntry::Refund {
            out_refund_no: "R20241231-1".into(),
            channel_refund_no: Some("50000000002024123100000000001".into()),
            amount: fen(30),
            state: BillRefund::Succeeded,
        }
    );
    assert_eq!(read_as(&account(), BillKind::Trade, &hashed(HASH), PACKED), Ok(lines));
    for (text, rows) in [(REFUNDS, 1), (SUCCESSES, 2), (EMPTY, 0)] {
        assert_eq!(read(text.as_bytes()).map(|it| it.len()), Ok(rows));
    }
}

#[test]
fn the_fund_flow_reads() {
    let none = BillFile::default();
    let lines = read_as(&account(), BillKind::Funds, &none, FLOW.as_bytes()).unwrap();
    let funds: Vec<_> = lines.iter().map(|it| &it.entry).collect();
    let entry = |income, amount, business: &str| BillEntry::Funds {
        income,
        amount: fen(amount),
        business: business.into(),
    };
    assert_eq!(
        funds,
        [&entry(true, 100, "交易"), &entry(false, 1, "扣除交易手续费"), &entry(false, 30, "退款")]
    );
    let wrong = FLOW.replace("`支出,`0.30", "`支出,`0.31");
    let fault = read_as(&account(), BillKind::Funds, &none, wrong.as_bytes());
    let what = "the totals do not add up";
    assert_eq!(fault, Err(BillFault::Refused { line: 6, what }));
}

/// Columns are found by their names, in whatever order they come.
#[test]
fn columns_may_stand_anywhere() {
    let turned = |line: &str| {
        let mark = if line.starts_with('`') { "`" } else { "" };
        let between = format!(",{mark}");
        let mut cells: Vec<_> =
            line.trim_start_matches(['\u{feff}', '`']).split(&*between).collect();
        cells.reverse();
        format!("{mark}{}\r\n", cells.join(&between))
    };
    let file: String = ALL.lines().map(turned).collect();
    let plain: Vec<_> = read(ALL.as_bytes()).unwrap();
    assert_eq!(read(file.as_bytes()), Ok(plain));
}

#[test]
fn a_name_may_hold_the_separator() {
    let named = ALL.replace("测试商品,`附加数据", "茶,`一件,`,`附加,`数据");
    assert_eq!(read(named.as_bytes()), read(ALL.as_bytes()));
}

#[test]
fn old_files_have_one_amount() {
    let old = "交易时间,公众账号ID,商户号,子商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,\
        交易状态,付款银行,货币种类,总金额,代金券或立减优惠金额,微信退款单号,商户退款单号,退款金额,\
        代金券或立减优惠退款金额,退款类型,退款状态,商品名称,商户数据包,手续费,费率\r\n\
        `2014-11-10 16:33:45,`wx0123456789abcdef,`1900000109,`0,`1000,\
        `1001690740201411100005734289,`1415640626,`085e9858e3ba5186aafcbaed1,\
         `MICROPAY,`REFUND,`CFT,`CNY,`0.00,`0.00,`50000,`R1,\
        `0.01,`0.00,`ORIGINAL,`CHANGE,`tea,`,`-0.00010,`0.60%\r\n\
        总交易单数,总交易额,总退款金额,总代金券或立减优惠退款金额,手续费总金额\r\n\
        `1,`0.00,`0.01,`0.00,`0.00\r\n";
    let lines = read(old.as_bytes()).unwrap();
    let BillEntry::Refund { amount, state, .. } = &lines[0].entry else { panic!("{lines:?}") };
    assert_eq!((*amount, *state, lines[0].fee), (fen(1), BillRefund::Unclear, Some(Fee(-10))));
}

#[test]
fn whatever_is_wrong_is_refused_with_its_line() {
    let odd = |from: &str, to: &str| refused(ALL.replace(from, to).as_bytes());
    assert_eq!(odd("`1900000109,`0", "`1900000108,`0"), (2, "the row is another account's"));
    assert_eq!(odd("`1900000109,`0", "`1900000109,`19000"), (2, "the row is another account's"));
    assert_eq!(odd("`9.00,`0.00,`\r", "`9.01,`0.00,`\r"), (6, "the totals do not add up"));
    assert_eq!(odd("`3.0,", "`4.0,"), (6, "the totals do not add up"));
    assert_eq!(odd("`0.06,`10.00", "`0.08,`10.00"), (6, "the totals do not add up"));
    assert_eq!(odd("`9.00,`0.00,`\r", "`9.0x,`0.00,`\r"), (3, "an amount does not read"));
    assert_eq!(odd(" 11:02:03", " 11:02"), (3, "the time does not read"));
    assert_eq!(odd("JSAPI,`SUCCESS", "JSAPI,`SUCCES"), (3, "the state is not a known one"));
    assert_eq!(odd("商户订单号", "商户订单"), (1, "a column is missing"));
    assert_eq!(odd("费率备注", "费率"), (1, "a column is there twice"));
    let row = ALL.lines().nth(1).unwrap();
    let twice = ALL.replacen(row, &format!("{row}\r\n{row}"), 1).replace("`3.0,", "`4.0,");
    assert_eq!(refused(twice.as_bytes()), (3, "the row was there before"));
    assert_eq!(refused(&[ALL, row].concat().into_bytes()), (7, "something follows the totals"));
    let gbk = ALL.replacen("测试商品", "\u{0}", 1).into_bytes();
    let gbk: Vec<u8> = gbk.into_iter().map(|it| if it == 0 { 0xb2 } else { it }).collect();
    assert_eq!(refused(&gbk), (2, "the line is not UTF-8"));
    let hash = HASH.replace('f', "e");
    let fault = read_as(&account(), BillKind::Trade, &hashed(&hash), ALL.as_bytes());
    let what = "the file's hash is another one";
    assert_eq!(fault, Err(BillFault::Refused { line: 7, what }));
}

/// Wherever a file is cut off, it is refused: also where what is left of its totals reads.
#[test]
fn a_file_that_was_cut_off_is_refused() {
    let file = ALL.as_bytes();
    for end in (0..file.len() - 3).step_by(7).chain([file.len() - 3]) {
        let cut = read_as(&account(), BillKind::Trade, &hashed(HASH), &file[..end]);
        assert!(cut.is_err(), "{end} bytes were taken for the bill");
    }
    for end in (0..PACKED.len()).step_by(5) {
        let cut = read_as(&account(), BillKind::Trade, &hashed(HASH), &PACKED[..end]);
        assert!(cut.is_err(), "{end} packed bytes were taken for the bill");
    }
}

/// A small file that unpacks to a huge one is refused at its first line.
#[test]
fn a_bomb_is_refused_early() {
    let zeros = std::io::repeat(0).take(64 * 1024 * 1024);
    let mut bomb = vec![];
    let level = flate2::Compression::fast();
    flate2::read::GzEncoder::new(zeros, level).read_to_end(&mut bomb).unwrap();
    assert_eq!(refused(&bomb), (1, "the line is too long"));
}

#[test]
fn a_bill_is_asked_for_by_day() {
    let Ok(Step::Send(asked)) = build(&account(), bill(BillKind::Trade), &call()) else { panic!() };
    let path = "/v3/bill/tradebill?bill_date=2024-12-31&bill_type=ALL&tar_type=GZIP";
    assert_eq!(asked.uri().path_and_query().unwrap().as_str(), path);
    let Ok(Step::Send(asked)) = build(&account(), bill(BillKind::Funds), &call()) else { panic!() };
    let path = "/v3/bill/fundflowbill?bill_date=2024-12-31&account_type=BASIC&tar_type=GZIP";
    assert_eq!(asked.uri().path_and_query().unwrap().as_str(), path);
}

#[test]
fn the_file_is_fetched_with_a_signature_from_an_address_of_theirs_alone() {
    let fetch = |url: &str| {
        let file = BillFile { url: Some(url.to_owned()), sha1: None };
        account().build(&Operation::BillFile(bill(BillKind::Trade), file), &call())
    };
    let Ok(Step::Send(request)) =
        fetch("https://api.mch.weixin.qq.com/v3/billdownload/file?token=x")
    else {
        panic!()
    };
    assert!(request.headers().contains_key(http::header::AUTHORIZATION));
    assert_eq!(request.uri().query(), Some("token=x"));
    for url in [
        "http://api.mch.weixin.qq.com/v3/billdownload/file?token=x",
        "https://api.mch.weixin.qq.com.evil.example/v3/billdownload/file",
        "https://api.mch.weixin.qq.com@evil.example/v3/billdownload/file",
        "https://evil.example/v3/billdownload/file?token=x",
        "https://api.mch.weixin.qq.com:444/v3/billdownload/file",
        "https://api.mch.weixin.qq.com/v3/refund/domestic/refunds",
        "http://127.0.0.1/v3/billdownload/file",
        "file:///etc/passwd",
        "",
    ] {
        assert!(matches!(fetch(url), Err(BuildError::Limit { .. })), "{url}");
    }
}

#[test]
fn an_address_comes_with_the_hash_of_the_file() {
    let url = "https://api.mch.weixin.qq.com/v3/billdownload/file?token=6XIv";
    let said = |hash: &str| {
        json!({ "hash_type": "SHA1", "hash_value": hash, "download_url": url }).to_string()
    };
    let parse = |body: &str| parse(&account(), &call(), &crate::tests::answer(body));
    let file = BillFile { url: Some(url.into()), sha1: digest(HASH) };
    assert_eq!(parse(&said(HASH)), Ok(Outcome::Bill(BillAnswer::At(file))));
    for wrong in ["", "f4c5", &HASH.replace('f', "g"), &format!("{HASH}00")] {
        assert!(parse(&said(wrong)).is_err(), "{wrong}");
    }
    let failed = |code: &str| {
        let body = json!({ "code": code, "message": "why" }).to_string();
        super::parse(&account(), &call(), &GENUINE.answer(400, body))
    };
    assert_eq!(failed("NO_STATEMENT_EXIST"), Ok(Outcome::Bill(BillAnswer::Absent)));
    assert_eq!(failed("STATEMENT_CREATING"), Ok(Outcome::Bill(BillAnswer::Making)));
    assert!(matches!(failed("INVALID_REQUEST"), Ok(Outcome::Refused(_))));
    assert!(matches!(failed("BILL_BURNT"), Ok(Outcome::Unknown { .. })));
}

#[test]
fn a_providers_bill_is_of_one_sub_merchant() {
    let mut account = account();
    account.sub = Some(crate::settings::Sub {
        mch_id: "1900000110".into(),
        app_id: None,
        openid_of: crate::settings::OpenidOf::Sp,
    });
    let Ok(Step::Send(asked)) = build(&account, bill(BillKind::Trade), &call()) else { panic!() };
    assert!(asked.uri().query().unwrap().contains("&sub_mchid=1900000110"));
    assert!(build(&account, bill(BillKind::Funds), &call()).is_err());
    let own = ALL.replace("`1900000109,`0", "`1900000109,`1900000110");
    let none = BillFile::default();
    let read = |text: &str| read_as(&account, BillKind::Trade, &none, text.as_bytes());
    assert_eq!(read(&own).map(|it| it.len()), Ok(3));
    assert!(read(ALL).is_err());
}
