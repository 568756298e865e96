//! One connection: who says what, when it arrives, and what befalls it.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use super::trigger::{Side, Talk};
use super::{Fault, Shared};

/// Both ends; they are closed when nobody carries anything between them any more.
pub(super) struct Link {
    client: TcpStream,
    server: TcpStream,
    talk: Mutex<Talk>,
    over: AtomicBool,
}

/// What is on its way.
struct Flight {
    arrives: Instant,
    said: Vec<u8>,
    /// What befalls the connection once that has arrived.
    then: Option<Fault>,
}

impl Link {
    pub(super) fn new(client: TcpStream, server: TcpStream) -> Self {
        for side in [&client, &server] {
            side.set_nodelay(true).expect("it is a socket");
        }
        Self { client, server, talk: Mutex::default(), over: AtomicBool::new(false) }
    }

    pub(super) fn is_over(&self) -> bool {
        self.over.load(Ordering::SeqCst)
    }

    pub(super) fn befall(&self, fault: Fault) {
        let both = [&self.client, &self.server];
        match fault {
            // Of one side, which is not heard any more.
            Fault::Silence | Fault::HalfClose => {}
            Fault::Close => {
                self.over.store(true, Ordering::SeqCst);
                both.map(|it| it.shutdown(Shutdown::Both)).into_iter().for_each(drop);
            }
            Fault::Reset => {
                self.over.store(true, Ordering::SeqCst);
                both.map(reset).into_iter().for_each(drop);
            }
        }
    }

    fn ends(&self, side: Side) -> (&TcpStream, &TcpStream) {
        match side {
            Side::Client => (&self.client, &self.server),
            Side::Service => (&self.server, &self.client),
        }
    }
}

/// When its last handle is closed, the other side meets a reset instead of an end.
pub(super) fn reset(socket: &TcpStream) {
    let _ = socket2::SockRef::from(socket).set_linger(Some(Duration::ZERO));
    // Whoever reads is woken, and lets go of it.
    let _ = socket.shutdown(Shutdown::Read);
}

/// `begun` is when the first bytes may arrive.
pub(super) fn start(link: &Arc<Link>, shared: &Arc<Shared>, begun: Instant) {
    for side in [Side::Client, Side::Service] {
        let (put, take) = channel();
        let (own, state) = (Arc::clone(link), Arc::clone(shared));
        thread::spawn(move || listen(&own, side, &put, begun, &state));
        let (own, state) = (Arc::clone(link), Arc::clone(shared));
        thread::spawn(move || speak(&own, side, &take, &state));
    }
}

fn listen(link: &Link, side: Side, put: &Sender<Flight>, begun: Instant, shared: &Shared) {
    let (mut from, mut bytes) = (link.ends(side).0, vec![0; 1 << 16]);
    while let Ok(count @ 1..) = from.read(&mut bytes) {
        let said = &bytes[..count];
        let (passes, then, delay) = judge(link, side, said, shared);
        let arrives = Instant::now().max(begun) + delay;
        if put.send(Flight { arrives, said: said[..passes].to_vec(), then }).is_err() {
            return;
        }
        match then {
            None => {}
            Some(Fault::Silence) => return drain(link, from, &mut bytes),
            Some(Fault::HalfClose | Fault::Close | Fault::Reset) => return,
        }
    }
}

/// How much of what was said passes, and what it brings upon its connection.
fn judge(
    link: &Link,
    side: Side,
    said: &[u8],
    shared: &Shared,
) -> (usize, Option<Fault>, Duration) {
    let mut state = shared.lock();
    let mut talk = link.talk.lock().unwrap_or_else(PoisonError::into_inner);
    let met = state.armed.as_ref().and_then(|(trigger, fault)| {
        talk.meets(trigger, side, said).map(|passes| (passes, *fault))
    });
    talk.note(side, said);
    let Some((passes, fault)) = met else { return (said.len(), None, state.delay) };
    (state.armed, state.strikes) = (None, state.strikes + 1);
    (passes, Some(fault), state.delay)
}

/// Whoever is silenced is read on, and its connection stays open until it leaves.
fn drain(link: &Link, mut from: &TcpStream, bytes: &mut [u8]) {
    while let Ok(1..) = from.read(bytes) {}
    link.befall(Fault::Close);
}

/// Until nothing more is said, and everything has arrived.
fn speak(link: &Link, side: Side, take: &Receiver<Flight>, shared: &Shared) {
    let to = link.ends(side).1;
    while let Ok(Flight { arrives, said, then }) = take.recv() {
        wait_until(arrives);
        shared.wait_while_held(link);
        if link.is_over() || write(to, side, &said, shared).is_err() {
            break;
        }
        then.into_iter().for_each(|it| link.befall(it));
    }
    if !link.is_over() {
        let _ = to.shutdown(Shutdown::Write);
    }
}

fn write(mut to: &TcpStream, side: Side, said: &[u8], shared: &Shared) -> std::io::Result<()> {
    let drip = if side == Side::Service { shared.lock().drip } else { None };
    let Some((drop, pause)) = drip else { return to.write_all(said) };
    for part in said.chunks(drop) {
        to.write_all(part)?;
        wait_until(Instant::now() + pause);
    }
    Ok(())
}

fn wait_until(moment: Instant) {
    while let Some(rest) = moment.checked_duration_since(Instant::now()) {
        thread::park_timeout(rest.max(Duration::from_micros(1)));
    }
}
