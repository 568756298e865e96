//! Bills: what the books say of a day, in each channel's own files.

use http::Request;
use serde_json::json;
use sha1::{Digest as _, Sha1};

use super::rig::{Reply, Rig};
use crate::{Channel, RefundStatus, clock};

fn today() -> String {
    clock::day(clock::now())
}

async fn make_ready(rig: &Rig) {
    let reply = rig.call("POST", "/control/bills", "{}").await;
    assert_eq!(reply.json(), json!({ "bill_date": today() }));
}

/// Paid, and ten yuan of it returned.
async fn sold_at_alipay(rig: &Rig) {
    let scanned = rig.precreate("B1", "茶, 50g").await;
    rig.get(&scanned).await;
    rig.sandbox.pay(Channel::Alipay, "B1").unwrap();
    let biz = json!({ "out_trade_no": "B1", "refund_amount": "10.00", "out_request_no": "R1" });
    let back = rig.alipay("alipay.trade.refund", biz).await;
    assert_eq!(back["fund_change"], "Y");
}

async fn address(rig: &Rig, kind: &str, day: &str) -> serde_json::Value {
    let biz = json!({ "bill_type": kind, "bill_date": day });
    rig.alipay("alipay.data.dataservice.bill.downloadurl.query", biz).await
}

/// A stored ZIP is the text itself between its headers; the rig reads GBK.
async fn downloaded(rig: &Rig, kind: &str) -> String {
    let node = address(rig, kind, &today()).await;
    let url = node["bill_download_url"].as_str().expect("an address");
    let path = url.strip_prefix(&rig.at("")).expect("of this sandbox");
    rig.get(path).await.text
}

#[tokio::test]
async fn alipays_bill_has_payments_refunds_and_sums() {
    let rig = Rig::start().await;
    sold_at_alipay(&rig).await;
    let day = today();
    assert_eq!(address(&rig, "trade", &day).await["sub_code"], "isp.bill_not_exist");
    make_ready(&rig).await;
    let file = downloaded(&rig, "trade").await;
    let account = format!("{}0156", rig.merchant.own.alipay.seller_id);
    assert!(file.contains(&format!("#账号：[{account}]\r\n")), "{file}");
    assert!(file.contains(&format!("{account}_{}_业务明细(汇总).csv", day.replace('-', ""))));
    assert!(file.contains("\t,B1\t,交易,茶  50g,"), "{file}");
    assert!(file.contains(",*三(159****5620),88.88,88.88,0.00,"), "{file}");
    assert!(file.contains(",,0.00,0.00,,-0.53,0.00,\r\n"), "{file}");
    assert!(file.contains(",-10.00,-10.00,0.00,0.00,0.00,0.00,0.00,,0.00,0.00,R1,0.00,0.00,\r\n"));
    assert!(file.contains("#交易合计：1笔，商家实收共88.88元，商家优惠共0.00元\r\n"));
    assert!(file.contains("#退款合计：1笔，商家实收退款共-10.00元，商家优惠退款共0.00元\r\n"));
    assert!(file.contains("合计,,1,1,78.88,78.88,0.00,0.00,0.00,-0.53,0.00,78.35\r\n"));
    let ledger = downloaded(&rig, "signcustomer").await;
    assert!(ledger.contains("88.88,0.00,10000088.88,支付宝,在线支付,\r\n"), "{ledger}");
    assert!(ledger.contains("#支出合计：2笔，共-10.53元\r\n#收入合计：1笔，共88.88元\r\n"));
    let codes =
        [("trade", "2026-13-01", "INVAILID_ARGUMENTS"), ("zft_acc", &day, "TYPE_NOT_SUPPORTED")];
    for (kind, day, code) in codes {
        assert_eq!(address(&rig, kind, day).await["sub_code"], code);
    }
    let unknown = rig.get("/alipay/downloadBillFile.resource?fileId=0").await;
    assert_eq!(unknown.status, 403);
}

/// The next number of the books: paid by its first payer, a yuan of it returned.
async fn sold_at_wechat(rig: &Rig) {
    rig.native("BILL02", "茶,`50g").await;
    rig.sandbox.pay(Channel::Wechat, "BILL02").unwrap();
    let refund = json!({
        "out_trade_no": "BILL02", "out_refund_no": "BACK02",
        "amount": { "refund": 100, "total": 8888, "currency": "CNY" },
    });
    let (status, said) = rig.wechat("POST", "/v3/refund/domestic/refunds", Some(refund)).await;
    assert_eq!(status, 200, "{said}");
    let _ = rig.sandbox.finish_refund("BACK02", RefundStatus::Success);
}

/// What the address leads to, whatever it answers; its hash is that of the file unpacked.
async fn fetched(rig: &Rig, path: &str) -> (String, Reply) {
    let (status, said) = rig.wechat("GET", path, None).await;
    assert_eq!((status, &said["hash_type"]), (200, &json!("SHA1")), "{said}");
    let url = said["download_url"].as_str().expect("an address");
    let target = url.strip_prefix(&rig.at("/wechat")).expect("of this sandbox");
    let unsigned = Request::get(url).body(String::new()).unwrap();
    assert_eq!(rig.send(unsigned).await.unwrap().status, 400, "it wants a signature");
    let file = rig.try_wechat("GET", target, None).await.unwrap();
    assert!(!file.headers.contains_key("wechatpay-signature"), "and has none");
    (said["hash_value"].as_str().unwrap().to_owned(), file)
}

fn sha1(text: &str) -> String {
    hex::encode(Sha1::digest(text.as_bytes()))
}

#[tokio::test]
async fn wechats_bill_is_hashed_and_back_ticked() {
    let rig = Rig::start().await;
    sold_at_wechat(&rig).await;
    let day = today();
    let path = format!("/v3/bill/tradebill?bill_date={day}");
    let (status, said) = rig.wechat("GET", &path, None).await;
    assert_eq!((status, &said["code"]), (400, &json!("NO_STATEMENT_EXIST")));
    make_ready(&rig).await;
    let (hash, file) = fetched(&rig, &format!("{path}&bill_type=ALL")).await;
    assert_eq!(hash, sha1(&file.text));
    let lines: Vec<_> = file.text.strip_suffix("\r\n").unwrap().split("\r\n").collect();
    assert!(lines[0].starts_with("\u{feff}交易时间,公众账号ID,"));
    assert_eq!((lines.len(), lines[0].split(',').count()), (5, 27));
    assert!(
        lines[1].contains(",`BILL02,`")
            && lines[1].contains(",`SUCCESS,`OTHERS,`CNY,`88.88,`0.00,")
    );
    assert!(lines[1].ends_with(",`茶,`50g,`,`0.53000,`0.60%,`88.88,`0.00,`"), "{}", lines[1]);
    assert!(
        lines[2].contains(",`REFUND,") && lines[2].contains(",`BACK02,`1.00,`0.00,`ORIGINAL,`")
    );
    assert_eq!(lines[4], "`2.0,`88.88,`1.00,`0.0,`0.53,`88.88,`1.00");
    for (kind, columns, rows) in [("SUCCESS", 20, 1), ("REFUND", 29, 1)] {
        let (hash, file) = fetched(&rig, &format!("{path}&bill_type={kind}")).await;
        assert_eq!(hash, sha1(&file.text));
        let head = file.text.lines().next().unwrap();
        assert_eq!((head.split(',').count(), file.text.lines().count()), (columns, rows + 3));
    }
    let (hash, flow) = fetched(&rig, &format!("/v3/bill/fundflowbill?bill_date={day}")).await;
    assert_eq!(hash, sha1(&flow.text));
    assert!(flow.text.ends_with("`3.0,`1.0,`88.88,`2.0,`1.53\r\n"), "{}", flow.text);
    let fees = format!("/v3/bill/fundflowbill?bill_date={day}&account_type=FEES");
    assert_eq!(rig.wechat("GET", &fees, None).await.1["code"], "NO_STATEMENT_EXIST");
    let wrong = "/v3/bill/tradebill?bill_date=20260115";
    assert_eq!(rig.wechat("GET", wrong, None).await.1["code"], "PARAM_ERROR");
}

#[tokio::test]
async fn version_2_answers_with_the_text_itself() {
    let rig = Rig::start().await;
    sold_at_wechat(&rig).await;
    let day = today().replace('-', "");
    let asked = async |day: &str| {
        let pairs = [("bill_date", day), ("bill_type", "ALL")];
        let pairs = pairs.map(|(name, value)| (name.to_owned(), value.to_owned()));
        rig.post_v2("/pay/downloadbill", rig.signed(pairs.into(), "MD5")).await.text
    };
    let none = asked(&day).await;
    assert!(none.contains("<error_code>") && none.contains("20002"), "{none}");
    make_ready(&rig).await;
    let text = asked(&day).await;
    assert!(text.starts_with("\u{feff}交易时间,"), "{text}");
    assert!(text.ends_with("`2.0,`88.88,`1.00,`0.0,`0.53,`88.88,`1.00\r\n"), "{text}");
    let wrong = asked("2026-01-15").await;
    assert!(wrong.contains("data format error"), "{wrong}");
}
