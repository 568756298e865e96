//! A name that led to the internet a moment ago, and leads inside now (DNS rebinding). Asked of a
//! real name server, in a network and with a view of the files of its own.

use std::net::Ipv4Addr;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use http::HeaderValue;
use http::header::CONNECTION;
use paymux_sandbox::Channel;
use paymux_tests::config::Setup;
use paymux_tests::listen::{response, serve};
use paymux_tests::program::Build;
use paymux_tests::rig::Rig;
use paymux_tests::wait::until;
use tokio::net::TcpListener;

use super::egress::attempts;
use super::names::Names;
use super::wire::{ask, create, order};

/// Somebody's on the internet; here the loopback has it, and no packet leaves the machine.
const OUTSIDE: Ipv4Addr = Ipv4Addr::new(93, 184, 215, 14);
const INSIDE: Ipv4Addr = Ipv4Addr::LOCALHOST;

/// Where a network of its own is not permitted, there is nothing to be proved.
#[test]
fn w05_a_name_that_turns_inside_leads_nowhere() {
    let spaces = ["-nm", "-rnm"];
    let is_permitted = |it: &&str| {
        Command::new("unshare").args([it, "true"]).status().is_ok_and(|it| it.success())
    };
    let Some(spaces) = spaces.into_iter().find(is_permitted) else {
        eprintln!("not permitted here: a network of its own");
        return;
    };
    let folder = tempfile::tempdir().expect("a temporary folder");
    let resolver = folder.path().join("resolv.conf");
    std::fs::write(&resolver, "nameserver 127.0.0.1\n").expect("our own folder");
    let inside = "ip link set lo up && ip address add \"$1\" dev lo && \
                  mount --bind \"$2\" /etc/resolv.conf && exec \"$3\" --ignored --exact \
                  hostile::rebinding::inside --nocapture";
    let mut command = Command::new("unshare");
    command.args([spaces, "sh", "-c", inside, "sh"]).arg(format!("{OUTSIDE}/32"));
    command.arg(&resolver).arg(std::env::current_exe().expect("this program"));
    assert!(command.status().expect("it starts").success(), "see above");
}

/// Counts who comes to this address, and hangs up on each, so that the next one asks again.
async fn door(address: Ipv4Addr, port: u16) -> (u16, Arc<AtomicUsize>) {
    let listener = TcpListener::bind((address, port)).await.expect("the port is free");
    let port = listener.local_addr().expect("it listens").port();
    let seen = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&seen);
    tokio::spawn(serve(listener, move |_| {
        count.fetch_add(1, Ordering::SeqCst);
        let mut answer = response(200, Bytes::from_static(b"success"));
        answer.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
        std::future::ready(Ok(answer))
    }));
    (port, seen)
}

/// A payment's news are one delivery, tried once; how it ended.
async fn delivered(rig: &Rig, number: usize) -> String {
    let body = order("order_no", &format!("\"turn-{number}\""));
    let made = ask(rig, create(&format!("turn-{number}"), body)).await.json();
    let out_trade_no = made["attempt"]["out_trade_no"].as_str().unwrap_or_default();
    assert!(rig.sandbox.pay(Channel::Alipay, out_trade_no).is_ok(), "{made}");
    let ended = async || attempts(rig).get(number).map(|it| it.1.clone());
    until("it is tried", ended).await
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "started by the test above"]
async fn inside() {
    let names = Names::open().await;
    let (port, outside) = door(OUTSIDE, 0).await;
    let (_, trap) = door(INSIDE, port).await;
    let delivery = format!("timeout = \"3s\"\nports = [{port}]").leak();
    let setup = Setup { delivery, schedule: "[\"0s\"]", ..Setup::default() };
    let mut rig = Rig::prepare(setup, Build::Plain).await;
    let shop = rig.shop.url();
    rig.edit(|it| {
        it.replace("allow_private_addresses = true", "allow_private_addresses = false")
            .replace(&shop, &format!("http://shop.example.com:{port}/hook"))
    });
    rig.start_gateway(&[]).await.expect("it starts");

    let (taken, refused) = ("acknowledged", "address_refused");
    names.lead(&[&[OUTSIDE]]);
    assert_eq!(delivered(&rig, 0).await, taken);
    names.lead(&[&[INSIDE]]);
    assert_eq!(delivered(&rig, 1).await, refused, "it leads inside now");
    names.lead(&[&[OUTSIDE], &[INSIDE]]);
    for number in 2..6 {
        let expect = if number % 2 == 0 { taken } else { refused };
        assert_eq!(delivered(&rig, number).await, expect, "each question has another answer");
    }
    names.lead(&[&[INSIDE, OUTSIDE]]);
    assert_eq!(delivered(&rig, 6).await, taken, "to the part that is outside");
    assert_eq!(trap.load(Ordering::SeqCst), 0, "somebody got in");
    assert_eq!(outside.load(Ordering::SeqCst), 4);
}
