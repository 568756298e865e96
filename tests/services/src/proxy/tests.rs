use std::io::{ErrorKind, Read as _, Result, Write as _};
use std::net::{Shutdown, TcpListener};

use super::*;

const MS: fn(u64) -> Duration = Duration::from_millis;

/// Says back whatever it hears, until its client has nothing more to say.
fn echo() -> Proxy {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for socket in listener.incoming().flatten() {
            thread::spawn(move || std::io::copy(&mut &socket, &mut &socket));
        }
    });
    Proxy::to(port)
}

fn connect(proxy: &Proxy) -> TcpStream {
    let stream = TcpStream::connect(("127.0.0.1", proxy.port)).unwrap();
    stream.set_read_timeout(Some(MS(2_000))).unwrap();
    stream
}

fn say(mut stream: &TcpStream, text: &[u8]) -> Result<Vec<u8>> {
    stream.write_all(text)?;
    let mut answer = vec![0; text.len()];
    stream.read_exact(&mut answer).map(|()| answer)
}

fn kind(outcome: Result<Vec<u8>>) -> ErrorKind {
    outcome.expect_err("nothing was to arrive").kind()
}

#[test]
fn it_is_as_far_away_as_it_is_told() {
    let (proxy, begun) = (echo(), Instant::now());
    proxy.delay(MS(20), MS(100));
    let stream = connect(&proxy);
    assert_eq!(say(&stream, b"PING").unwrap(), b"PING");
    assert!(begun.elapsed() >= MS(140), "{:?}", begun.elapsed());
    let begun = Instant::now();
    assert_eq!(say(&stream, b"PING").unwrap(), b"PING");
    assert!(begun.elapsed() >= MS(40), "{:?}", begun.elapsed());
    proxy.delay(Duration::ZERO, Duration::ZERO);
    proxy.drip(Some((1, MS(20))));
    let begun = Instant::now();
    assert_eq!(say(&stream, b"PING").unwrap(), b"PING");
    assert!(begun.elapsed() >= MS(60), "{:?}", begun.elapsed());
    assert_eq!(proxy.connections(), 1);
}

#[test]
fn a_fault_strikes_once_and_as_it_is_called() {
    let proxy = echo();
    let expect = [
        (Fault::Silence, ErrorKind::WouldBlock),
        (Fault::Close, ErrorKind::UnexpectedEof),
        (Fault::HalfClose, ErrorKind::UnexpectedEof),
        (Fault::Reset, ErrorKind::ConnectionReset),
    ];
    for (fault, how) in expect {
        proxy.arm(Trigger::Says(b"PING".to_vec()), fault);
        let stream = connect(&proxy);
        stream.set_read_timeout(Some(MS(300))).unwrap();
        assert_eq!(say(&stream, b"HELLO").unwrap(), b"HELLO");
        assert_eq!(kind(say(&stream, b"PING")), how, "{fault:?}");
        assert_eq!(say(&connect(&proxy), b"PING").unwrap(), b"PING", "{fault:?} is over");
    }
    assert_eq!(proxy.strikes(), expect.len());
}

#[test]
fn who_is_cut_off_in_the_middle_has_the_beginning() {
    let proxy = echo();
    proxy.arm(Trigger::After(2), Fault::Close);
    let mut stream = connect(&proxy);
    stream.write_all(b"PING").unwrap();
    let mut heard = vec![];
    stream.read_to_end(&mut heard).unwrap();
    assert_eq!(heard, b"PI");
}

#[test]
fn a_partition_is_silent_and_what_was_said_arrives_after_it() {
    let proxy = echo();
    let mut stream = connect(&proxy);
    assert_eq!(say(&stream, b"PING").unwrap(), b"PING");
    proxy.hold();
    stream.set_read_timeout(Some(MS(100))).unwrap();
    assert_eq!(kind(say(&stream, b"PONG")), ErrorKind::WouldBlock);
    stream.set_read_timeout(Some(MS(2_000))).unwrap();
    proxy.release();
    let mut late = [0; 4];
    stream.read_exact(&mut late).unwrap();
    assert_eq!(&late, b"PONG");
}

#[test]
fn who_is_shut_out_is_reset_and_another_way_leads_elsewhere() {
    let (proxy, other) = (echo(), echo());
    let stream = connect(&proxy);
    assert_eq!(say(&stream, b"PING").unwrap(), b"PING");
    proxy.shut();
    assert_eq!(kind(say(&stream, b"PING")), ErrorKind::ConnectionReset);
    assert!(say(&connect(&proxy), b"PING").is_err());
    proxy.open();
    proxy.lead_to(other.port);
    assert_eq!(say(&connect(&proxy), b"PING").unwrap(), b"PING");
    assert_eq!(other.connections(), 1);
}

#[test]
fn who_has_nothing_more_to_say_may_still_listen() {
    let proxy = echo();
    let mut stream = connect(&proxy);
    stream.write_all(b"PING").unwrap();
    stream.shutdown(Shutdown::Write).unwrap();
    let mut heard = vec![];
    stream.read_to_end(&mut heard).unwrap();
    assert_eq!(heard, b"PING");
}
