//! What the time of an answer tells: nothing of which names and keys there are.

use paymux_tests::config::Setup;
use paymux_tests::rig::Rig;
use paymux_tests::signer::{Signer, Wish, signers};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::time::{Duration, Instant};

use super::wire::Wire;

/// Of each kind.
const SAMPLES: usize = 300;
/// Of a hundred pairs. Where nothing differs it is half of them; where one does not verify, nearly
/// all.
const QUICKER: std::ops::RangeInclusive<usize> = 30..=70;

/// Three ways to be wrong, each by a signature of the right length.
fn strangers(signer: &Signer) -> [Signer; 3] {
    let known = &signer.key_id;
    [
        signer.named("tests", known),
        signer.named("nobody", known),
        signer.named("tests", "unknown-1"),
    ]
}

/// Each from an address of its own, so that none is slowed.
fn bytes(signer: &Signer, number: usize) -> Vec<u8> {
    let wish = Wish::new("GET", "/v1/events", &format!("guess{number}"));
    let wrong = Wish { nonce: "other".repeat(6), ..wish.clone() };
    let shown = signer.shown(&wish, &signer.sign(&wrong.text()));
    let address = format!("198.51.{}.{}", number / 250, number % 250);
    format!(
        "GET /v1/events HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: {address}\r\n\
         Authorization: {shown}\r\n\r\n"
    )
    .into_bytes()
}

async fn timed(wire: &mut Wire, bytes: &[u8]) -> Duration {
    let mut answer = [0; 4096];
    let begun = Instant::now();
    wire.stream.write_all(bytes).await.expect("it reads");
    let count = wire.stream.read(&mut answer).await.expect("it answers");
    let taken = begun.elapsed();
    assert!(answer[..count].starts_with(b"HTTP/1.1 401"), "{:?}", &answer[..count]);
    taken
}

/// Of a hundred pairs, those in which the first one was quicker.
fn quicker(one: &[Duration], other: &[Duration]) -> usize {
    let quicker = one.iter().flat_map(|it| other.iter().map(move |other| it < other));
    let count = quicker.filter(|it| *it).count();
    100 * count / (one.len() * other.len())
}

#[tokio::test(flavor = "multi_thread")]
async fn a27_a_name_that_is_not_there_costs_what_a_wrong_signature_costs() {
    let setup = Setup { server: "trusted_proxies = [\"127.0.0.1\"]", ..Setup::default() };
    let rig = Rig::start(setup).await;
    let verified = async || rig.metrics().await.sum("paymux_signature_verifications_total", &[]);
    let mut number = 0;
    for signer in signers() {
        let mut wire = Wire::open(rig.node.ports[0]).await;
        let (before, mut times) = (verified().await, [const { vec![] }; 3]);
        let asked: Vec<_> = (0..SAMPLES)
            .map(|_| {
                strangers(&signer).map(|it| {
                    number += 1;
                    bytes(&it, number)
                })
            })
            .collect();
        // In turns, so that whatever else the machine does slows all of them alike.
        for (turn, asked) in asked.iter().enumerate() {
            for index in (0..3).map(|it| (it + turn) % 3) {
                times[index].push(timed(&mut wire, &asked[index]).await);
            }
        }
        // The work is one verification for each, and the clock cannot tell them apart.
        assert_eq!(verified().await - before, 3 * SAMPLES as u64, "{}", signer.key_id);
        let [wrong, nobody, unknown] = times;
        for (what, other) in [("merchant", nobody), ("key", unknown)] {
            let part = quicker(&other, &wrong);
            let told = format!("{}: an unknown {what} is quicker in {part} of 100", signer.key_id);
            assert!(QUICKER.contains(&part), "{told}");
            eprintln!("{told}");
        }
    }
}
