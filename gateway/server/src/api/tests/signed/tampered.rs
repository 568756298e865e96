//! Whatever a hand in between changes, the answer is one, and as much work as any other. Time is
//! paused, since who fails so often waits.

use std::time::Duration;

use paymux_core::Timestamp;
use paymux_engine::access::Access;
use paymux_store::guard::LocalGuard;

use super::super::rig::SHOP;
use super::*;

type Change = fn(&mut Sent);

/// Of an order.
const ORDER: &[(&str, Change)] = &[
    ("method", |it| it.method = "GET".into()),
    ("path", |it| it.target = "/v1/payments/pay_1/close".into()),
    ("query added", |it| it.target += "?a=1"),
    ("empty query added", |it| it.target += "?"),
    ("body byte", |it| it.body[30] ^= 1),
    ("body space", |it| it.body.push(b' ')),
    ("body line end", |it| it.body.push(b'\n')),
    ("body gone", |it| it.body.clear()),
    ("body in other words", |it| {
        let text = String::from_utf8(it.body.clone()).unwrap();
        it.body = text.replace('一', "\\u4e00").into_bytes();
    }),
    ("body and key moved", |it| {
        it.body.extend(b"\nkey");
    }),
    ("other idempotency key", |it| it.replace("idempotency-key", "key", "kez")),
    ("quoted idempotency key", |it| {
        let key = it.header("idempotency-key").clone();
        *it.header("idempotency-key") = [b"\"".as_slice(), &key, b"\""].concat();
    }),
    ("no idempotency key", |it| it.headers.retain(|it| it.0 != "idempotency-key")),
    ("two idempotency keys", |it| {
        let key = it.header("idempotency-key").clone();
        it.headers.push(("idempotency-key", key));
    }),
];

/// Of any request.
const HEADER: &[(&str, Change)] = &[
    ("other timestamp", |it| it.replace("authorization", "768451696", "768451697")),
    ("zero before the timestamp", |it| it.replace("authorization", "\"1768", "\"01768")),
    ("other nonce", |it| it.replace("authorization", "nonce=\"", "nonce=\"n")),
    ("nonce in other case", |it| {
        it.replace("authorization", "nonce=\"tampering", "nonce=\"Tampering")
    }),
    ("other merchant", |it| it.replace("authorization", "\"shop\"", "\"other\"")),
    ("unknown merchant", |it| it.replace("authorization", "\"shop\"", "\"nobody\"")),
    ("no merchant", |it| it.replace("authorization", "merchant_id=\"shop\",", "")),
    ("unknown key", |it| it.replace("authorization", "-1\"", "-2\"")),
    ("key in other case", |it| it.replace("authorization", "key_id=\"", "key_id=\"X")),
    ("two keys", |it| it.replace("authorization", "key_id", "key_id=\"a\",key_id")),
    ("unknown part", |it| it.replace("authorization", "key_id", "realm=\"a\",key_id")),
    ("signature of nothing", |it| {
        it.replace("authorization", "signature=\"", "signature=\"\",x=\"")
    }),
    ("signature cut", |it| {
        let value = it.header("authorization");
        let end = value.len() - 5;
        value.truncate(end);
        value.push(b'"');
    }),
    ("signature with a byte more", |it| {
        let value = it.header("authorization");
        let end = value.len() - 1;
        value.splice(end..end, *b"AAAA");
    }),
    ("signature with a space", |it| {
        let value = it.header("authorization");
        let end = value.len() - 1;
        value.insert(end, b' ');
    }),
    ("signature as of another alphabet", |it| {
        let value = String::from_utf8(it.header("authorization").clone()).unwrap();
        let (head, signature) = value.split_once("signature=").unwrap();
        let signature = signature.replace('+', "-").replace('/', "_").replacen('A', "-", 1);
        *it.header("authorization") = format!("{head}signature={signature}x").into_bytes();
    }),
    ("two authorizations", |it| {
        let value = it.header("authorization").clone();
        it.headers.push(("authorization", value));
    }),
    ("an API key beside it", |it| {
        it.headers.push(("authorization", format!("Bearer {SHOP}").into_bytes()));
    }),
    ("no authorization", |it| it.headers.retain(|it| it.0 != "authorization")),
    ("bytes that are no text", |it| it.header("authorization").push(0xff)),
];

/// Of a query.
const QUERY: &[(&str, Change)] = &[
    ("order", |it| it.target = "/v1/payments?order_no=A-1&limit=7".into()),
    ("value", |it| it.target = "/v1/payments?limit=8&order_no=A-1".into()),
    ("escape", |it| it.target = "/v1/payments?limit=7&order_no=A%2D1".into()),
    ("nothing at its end", |it| it.target += "&"),
    ("a fragment of it", |it| it.target = "/v1/payments?limit=7".into()),
    ("none", |it| it.target = "/v1/payments".into()),
    ("letters beyond ASCII", |it| it.target = "/v1/payments?limit=7&order_no=%C3%84".into()),
    ("HEAD", |it| it.method = "HEAD".into()),
    ("a body", |it| it.body = b"{}".to_vec()),
    ("a key", |it| it.headers.push(("idempotency-key", b"k".to_vec()))),
];

/// The one answer, to a request that shows nothing.
async fn nobody(rig: &Rig) -> Reply {
    let mut sent = Sent::new(&signers()[0], &reading("nobody0nobody0nobody0"));
    sent.headers.retain(|it| it.0 != "authorization");
    let reply = rig.send(sent.request()).await;
    assert_eq!(reply.outcome(), "401 unauthenticated");
    reply
}

fn is_same(reply: &Reply, one: &Reply, case: &str) {
    assert_eq!(reply.status, one.status, "{case}");
    assert!(reply.body.is_empty() || reply.body == one.body, "{case}: {:?}", reply.body);
    let headers = |it: &Reply| {
        let mut headers = it.headers.clone();
        headers.remove("content-length");
        headers
    };
    assert_eq!(headers(reply), headers(one), "{case}");
}

/// One answer, and one verification at most: none only where no signature is shown.
async fn check(rig: &Rig, one: &Reply, sent: Sent, case: &str) {
    let shown = sent.headers.iter().filter(|it| it.0 == "authorization").collect::<Vec<_>>();
    let is_signed = shown.len() == 1 && shown[0].1.is_ascii();
    let before: u64 = verifications(rig).iter().sum();
    let is_head = sent.method == "HEAD";
    let reply = rig.send(sent.request()).await;
    is_same(&reply, one, case);
    assert_eq!(reply.body.is_empty(), is_head, "{case}");
    let after: u64 = verifications(rig).iter().sum();
    assert_eq!(after - before, u64::from(is_signed), "{case}");
}

/// The wish is good: sent as it is, it is taken.
async fn changes(wish: impl Fn(&str) -> Wish, tables: &[&[(&str, Change)]], good: &str) {
    for signer in signers() {
        let rig = signing_rig();
        let one = nobody(&rig).await;
        for (index, (name, change)) in tables.iter().copied().flatten().enumerate() {
            let case = format!("{}: {name}", signer.key_id);
            let mut sent = Sent::new(&signer, &wish(&format!("tampering0{index:06}")));
            change(&mut sent);
            check(&rig, &one, sent, &case).await;
        }
        let reply = send(&rig, &signer, &wish("good000000000000")).await;
        assert_eq!(reply.outcome(), good, "{}", signer.key_id);
    }
}

#[tokio::test(start_paused = true)]
async fn an_order_cannot_be_changed() {
    changes(buying, &[ORDER, HEADER], "201").await;
}

#[tokio::test(start_paused = true)]
async fn a_question_cannot_be_changed() {
    changes(reading, &[QUERY, HEADER], "200").await;
}

/// What is not signed changes nothing: no decision hangs on it.
#[tokio::test(start_paused = true)]
async fn what_means_nothing_may_be_in_other_clothes() {
    let clothes: &[(&str, Change)] = &[
        ("host", |it| *it.header("host") = b"elsewhere.example.com".to_vec()),
        ("no host", |it| it.headers.retain(|it| it.0 != "host")),
        ("absolute form", |it| it.target = format!("http://pay.example.com{}", it.target)),
        ("scheme in other case", |it| it.replace("authorization", "PAYMUX", "Paymux")),
        ("space between parts", |it| it.replace("authorization", ",", " ,\t")),
        ("parts in another order", |it| {
            it.replace("authorization", "merchant_id=\"shop\",", "");
            it.header("authorization").extend(b",merchant_id=\"shop\"");
        }),
        ("forwarded for", |it| it.headers.push(("x-forwarded-for", b"203.0.113.9".to_vec()))),
        ("charset", |it| it.header("content-type").extend(b"; charset=utf-8")),
    ];
    for signer in signers() {
        let rig = signing_rig();
        for (index, (name, change)) in clothes.iter().enumerate() {
            let mut sent = Sent::new(&signer, &buying(&format!("clothes000{index:06}")));
            change(&mut sent);
            let reply = rig.send(sent.request()).await;
            assert_eq!(reply.outcome(), "201", "{}: {name}", signer.key_id);
        }
    }
}

/// What is no route is no route, for everybody.
#[tokio::test(start_paused = true)]
async fn a_path_is_taken_as_it_is_written() {
    for signer in signers() {
        let rig = signing_rig();
        for path in ["/v1/payments/", "/v1//payments", "/v1/%70ayments", "/V1/payments"] {
            let reply = send(&rig, &signer, &wish("GET", path, "path000000000000")).await;
            assert_eq!(reply.outcome(), "404 not-found", "{path}");
            assert_eq!(reply.header("paymux-signature"), "", "nobody was asked");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_request_is_as_fresh_as_its_timestamp() {
    for signer in signers() {
        let rig = signing_rig();
        let one = nobody(&rig).await;
        let at =
            |offset: i64, nonce: &str| Wish { timestamp: NOW.as_secs() + offset, ..buying(nonce) };
        for (offset, nonce) in [(-300, "early00000000000"), (300, "late000000000000")] {
            assert_eq!(send(&rig, &signer, &at(offset, nonce)).await.outcome(), "201", "{offset}");
        }
        for (index, offset) in [-301, 301, -86_400, 86_400, -NOW.as_secs() + 1].iter().enumerate() {
            let sent = Sent::new(&signer, &at(*offset, &format!("stale000000000{index:02}")));
            check(&rig, &one, sent, &format!("{}: {offset}", signer.key_id)).await;
        }
        assert_eq!(refusals(&rig, "timestamp"), 5);
    }
}

/// Public keys are public: nothing opens for who uses one as a secret.
#[tokio::test(start_paused = true)]
async fn no_algorithm_stands_for_another() {
    let rig = signing_rig();
    let one = nobody(&rig).await;
    let public = [
        (RSA, signer::RSA_PUBLIC),
        (RSA, signer::RSA_PUBLIC.trim_end()),
        (ED25519, signer::ED25519_PUBLIC),
        (HMAC, signer::RSA_PUBLIC),
    ];
    for (index, (key_id, pem)) in public.into_iter().enumerate() {
        // Longer than a block: HMAC takes its hash.
        let hash: [u8; 32] = sha256(pem.as_bytes());
        let wish = buying(&format!("confused000000{index:02}"));
        let signer = Signer::hmac("shop", key_id, "");
        let code = paymux_tests::signer::hmac_of(&hash, &wish.text());
        check(&rig, &one, Sent::with(&wish, signer.shown(&wish, &code)), key_id).await;
    }
    // A genuine signature under another key's name, or under another scheme.
    for (index, signer) in signers().into_iter().enumerate() {
        for (other, name) in [HMAC, RSA, ED25519].into_iter().enumerate().filter(|it| it.0 != index)
        {
            let wish = buying(&format!("elsewhere0000{index}{other}0"));
            let named = signer.named("shop", name);
            check(&rig, &one, Sent::new(&named, &wish), name).await;
            let mut sent = Sent::new(&signer, &wish);
            sent.replace("authorization", signer.scheme(), signers()[other].scheme());
            check(&rig, &one, sent, name).await;
        }
    }
    assert_eq!(refusals(&rig, "signature"), 16);
}

fn sha256(bytes: &[u8]) -> [u8; 32] {
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, bytes);
    digest.as_ref().try_into().unwrap()
}

/// A key that is not known costs what a known one does: the decoy is asked in its place.
#[tokio::test(start_paused = true)]
async fn a_decoy_is_asked_for_keys_that_are_not_there() {
    for signer in signers() {
        let rig = signing_rig();
        let wish = buying("decoy00000000000");
        for (change, expect) in [
            (("\"shop\"", "\"shop\""), [1, 0]),
            (("signature=\"", "signature=\"AAAA"), [1, 0]),
            (("\"shop\"", "\"nobody\""), [0, 1]),
            (("key_id=\"", "key_id=\"x"), [0, 1]),
            (("timestamp=\"", "timestamp=\"x"), [0, 1]),
        ] {
            let before = verifications(&rig);
            let mut sent = Sent::new(&signer, &wish);
            sent.replace("authorization", change.0, change.1);
            rig.send(sent.request()).await;
            let after = verifications(&rig);
            let asked = [after[0] - before[0], after[1] - before[1]];
            let is_odd_rsa = signer.key_id == RSA && change.1.ends_with("AAAA");
            // No RSA key has such a signature: the decoy refuses it by its length, as keys do.
            assert_eq!(asked, if is_odd_rsa { [0, 1] } else { expect }, "{change:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_key_opens_nothing_before_and_after_its_life() {
    let lives = |not_before: Option<i64>, not_after: Option<i64>| {
        let at = |it: Option<i64>| it.map(|it| Timestamp(NOW.0 + it));
        let keys = keys().map(|it| {
            let (not_before, not_after) = (at(not_before), at(not_after));
            Arc::new(MerchantKey { not_before, not_after, ..it })
        });
        rig(Access { keys: keys.into(), ..Access::default() }, Arc::new(LocalGuard::default()))
    };
    for signer in signers() {
        for (begin, end) in [(Some(0), Some(0)), (None, Some(1)), (Some(-1), None)] {
            let rig = lives(begin, end);
            let reply = send(&rig, &signer, &buying("lives00000000000")).await;
            assert_eq!(reply.outcome(), "201", "{begin:?} {end:?}");
        }
        for (begin, end) in [(Some(1), None), (None, Some(-1)), (Some(1), Some(2))] {
            let rig = lives(begin, end);
            let one = nobody(&rig).await;
            let sent = Sent::new(&signer, &buying("retired000000000"));
            check(&rig, &one, sent, &format!("{begin:?} {end:?}")).await;
            assert_eq!(refusals(&rig, "retired"), 1);
        }
    }
}

/// Two keys of one kind live side by side while a merchant changes from one to the other.
#[tokio::test(start_paused = true)]
async fn a_merchant_changes_its_key_without_a_pause() {
    let new = "paymux-tests-request-secret-0002";
    let [old, ..] = keys();
    let second = key("hmac-2", KeyMaterial::hmac(new).unwrap());
    let old = MerchantKey { not_after: Some(NOW.after(Duration::from_secs(60))), ..old };
    let keys = [old, second].map(Arc::new).into();
    let rig = rig(Access { keys, ..Access::default() }, Arc::new(LocalGuard::default()));
    let (old, new) = (signers()[0].clone(), Signer::hmac("shop", "hmac-2", new));
    assert_eq!(send(&rig, &old, &reading("old0000000000001")).await.outcome(), "200");
    assert_eq!(send(&rig, &new, &reading("new0000000000001")).await.outcome(), "200");
    rig.pass(Duration::from_secs(61));
    let later = |nonce: &str| Wish { timestamp: NOW.as_secs() + 61, ..reading(nonce) };
    assert_eq!(send(&rig, &old, &later("old0000000000002")).await.status, 401);
    assert_eq!(send(&rig, &new, &later("new0000000000002")).await.outcome(), "200");
    let used = |key: &str| {
        count(&rig, &format!(r#"paymux_authenticated_total{{key="{key}",merchant="shop"}}"#))
    };
    assert_eq!((used(HMAC), used("hmac-2")), (1, 2));
}

#[tokio::test(start_paused = true)]
async fn where_signatures_are_demanded_a_key_alone_opens_nothing() {
    let demands = Access { require_signature: true, ..access() };
    let rig = rig(demands, Arc::new(LocalGuard::default()));
    let one = nobody(&rig).await;
    let wish = reading("bearer0000000000");
    let bearer = Sent::with(&wish, format!("Bearer {SHOP}"));
    is_same(&rig.send(bearer.request()).await, &one, "a right API key");
    assert_eq!(refusals(&rig, "unsigned"), 1);
    assert_eq!(send(&rig, &signers()[0], &wish).await.outcome(), "200");
}
