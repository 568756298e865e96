//! Traffic makes no series: labels are words of the code and names of the configuration.

use std::collections::BTreeSet;

use paymux_tests::config::{ALIPAY, Setup, WECHAT};
use paymux_tests::rig::Rig;

use super::wire::{Wire, bearer, create, order, request};

async fn series(rig: &Rig) -> BTreeSet<String> {
    let text = rig.metrics().await.0;
    let lines = text.lines().filter(|it| !it.starts_with('#'));
    lines.filter_map(|it| it.rsplit_once(' ')).map(|it| it.0.to_owned()).collect()
}

/// Everything a caller can choose, chosen by chance: the same kinds of requests each round.
async fn round(rig: &Rig, round: usize) {
    let mut wire = Wire::open(rig.node.ports[0]).await;
    for number in 0..60 {
        let chance = format!("r{round}n{number}");
        let kept =
            |it: Vec<u8>| String::from_utf8(it).expect("text").replace("Connection: close\r\n", "");
        let signed = format!(
            "Authorization: PAYMUX-ED25519 merchant_id=\"{chance}\",key_id=\"{chance}\",\
             timestamp=\"1\",nonce=\"{chance:0<32}\",signature=\"AAAA\"\r\n"
        );
        let method = if number % 2 == 0 { "BREW" } else { "GET" };
        let mut sent = vec![
            request(&format!("{method}{round}{number} /v1/payments"), "", ""),
            request(&format!("GET /{chance}"), "", ""),
            request(&format!("GET /v1/payments/{chance}"), "", ""),
            request(&format!("GET /v1/{chance}/x?{chance}={chance}"), "", ""),
            request(&format!("GET /v1/payments?{chance}=1"), "", ""),
            request(&format!("POST /notify/{chance}"), "", &chance),
            request(&format!("POST /notify/{ALIPAY}"), "", format!("notify_type={chance}&sign=x")),
            request(&format!("POST /notify/{WECHAT}"), "", format!("{{\"id\":\"{chance}\"}}")),
            create(&chance, order("method", &format!("\"{chance}\""))),
            create(&chance, order("channel", &format!("\"{chance}\""))),
            create(&chance, order("currency", &format!("\"{chance}\""))),
        ];
        if number == 0 {
            let subject = format!("\"tea [sandbox:refuse!CODE_{round}]\"");
            let body = order("subject", &subject).replace("hostile-1", &chance);
            sent.push(create(&chance, body));
        }
        for sent in sent {
            wire.send(kept(sent)).await;
        }
        // A few, since each address that fails is slowed.
        if number % 20 == 0 {
            let stranger = request("GET /v1/events", "", "");
            wire.send(kept(stranger).replace(&bearer(), &signed)).await;
        }
    }
    wire.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").await;
    assert!(wire.replies().await.len() > 600);
}

#[tokio::test(flavor = "multi_thread")]
async fn a32_what_callers_choose_makes_no_series() {
    let limits = "merchant_per_second = 100000\nrequest_deadline = \"15s\"";
    let rig = Rig::start(Setup { limits, ..Setup::default() }).await;
    round(&rig, 0).await;
    let before = series(&rig).await;
    for number in 1..4 {
        round(&rig, number).await;
    }
    let after = series(&rig).await;
    let new: Vec<_> = after.difference(&before).collect();
    assert!(new.is_empty(), "{new:?}");
    assert!(before.len() > 100, "the text was not understood: {before:?}");
}
