//! Whatever Redis does, it is a hint: the gateway is ready, and each payment has one effect.

use std::time::Duration;

use paymux_services::{Proxy, Redis};
use paymux_tests::config::Setup;
use paymux_tests::customer::Served;
use paymux_tests::program::Build;
use paymux_tests::rig::Rig;
use paymux_tests::wait::until;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use super::case::{brisk, case, customers, is_whole, pay_at_once, serve_all};

/// Who is served in each trouble.
const CROWD: usize = 6;

async fn is_unimpressed(rig: &Rig, name: &str, served: &mut Vec<Served>) {
    served.extend(serve_all(customers(rig, name, CROWD)).await);
    let readyz = rig.http.get(&rig.ops("/readyz")).await.map_or(0, |it| it.status);
    assert_eq!(readyz, 200, "{name}");
}

async fn answers(rig: &Rig, outcome: &str) -> u64 {
    rig.metrics().await.sum("paymux_redis_answers_total", &[("outcome", outcome)])
}

/// It is asked again and answers, as soon as it can.
async fn is_found_again(rig: &Rig, served: &mut Vec<Served>) {
    let before = answers(rig, "answered").await;
    let mut round = 0;
    let found = async || {
        let name = format!("found-{}-{round}", served.len());
        round += 1;
        served.extend(serve_all(customers(rig, &name, 1)).await);
        (answers(rig, "answered").await > before).then_some(())
    };
    until("Redis is asked again", found).await;
}

/// Says one thing whatever it is asked.
async fn parrot(says: impl Fn(u16) -> String) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
    let port = listener.local_addr().expect("it listens").port();
    let says = says(port);
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            let says = says.clone();
            tokio::spawn(async move {
                let mut heard = [0; 4096];
                while socket.read(&mut heard).await.is_ok_and(|it| it > 0) {
                    if socket.write_all(says.as_bytes()).await.is_err() {
                        return;
                    }
                }
            });
        }
    });
    port
}

#[tokio::test(flavor = "multi_thread")]
async fn redis_is_a_hint_in_every_trouble() {
    let redis = tokio::task::spawn_blocking(Redis::start).await.expect("it starts");
    let way = Proxy::to(redis.port);
    let more = format!(
        "\n[redis]\ntopology = \"single\"\nservers = [\"redis://127.0.0.1:{}\"]\n",
        way.port
    );
    let mut rig = Rig::prepare(Setup { more, ..brisk() }, Build::Plain).await;
    pay_at_once(&rig);
    let mut served = vec![];
    case("S09", async {
        way.shut();
        rig.start_gateway(&[]).await.expect("it starts without it");
        is_unimpressed(&rig, "down", &mut served).await;
        way.open();
        is_found_again(&rig, &mut served).await;
        way.hold();
        is_unimpressed(&rig, "half-open", &mut served).await;
        way.release();
        is_found_again(&rig, &mut served).await;
        way.delay(Duration::from_secs(2), Duration::ZERO);
        is_unimpressed(&rig, "slow", &mut served).await;
        way.delay(Duration::ZERO, Duration::ZERO);
        way.reset_all();
        is_found_again(&rig, &mut served).await;
    })
    .await;
    case("S13", async {
        let moved = |port| format!("-MOVED 1 127.0.0.1:{port}\r\n");
        let said: [(&str, &dyn Fn(u16) -> String); 4] = [
            ("garbage", &|_| "\u{1}what?\r\n".to_owned()),
            ("read-only", &|_| "-READONLY You can't write against a read only replica.\r\n".into()),
            ("moved", &moved),
            ("another-type", &|_| "*1\r\n:7\r\n".to_owned()),
        ];
        for (name, says) in said {
            way.lead_to(parrot(says).await);
            is_unimpressed(&rig, name, &mut served).await;
            way.lead_to(redis.port);
            is_found_again(&rig, &mut served).await;
        }
    })
    .await;
    assert_eq!(is_whole(&rig, &served).await, 0, "nothing is heard twice");
}
