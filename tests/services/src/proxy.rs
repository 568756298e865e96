//! A way to a service that takes its time, or falls silent: distance, without a network.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

pub struct Proxy {
    pub port: u16,
    state: Arc<Mutex<State>>,
}

#[derive(Clone, Default)]
struct State {
    /// Of each direction.
    delay: Duration,
    /// Of the first bytes of a connection besides, as for handshakes.
    greeting: Duration,
    /// Whoever says these bytes next is heard no more.
    silence_at: Option<Vec<u8>>,
    connections: usize,
}

/// What is on its way: when it arrives, and what it is.
type Flight = (Instant, Vec<u8>);

impl Proxy {
    /// To a port of this machine, without any delay.
    pub fn to(service: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
        let port = listener.local_addr().expect("it is bound").port();
        let state = Arc::default();
        let proxy = Self { port, state: Arc::clone(&state) };
        // It lives as long as the test's process.
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                if let Ok(server) = TcpStream::connect(("127.0.0.1", service)) {
                    carry(&client, &server, &state);
                }
            }
        });
        proxy
    }

    /// Each direction takes so long from now on, and a new connection's first bytes longer.
    pub fn delay(&self, delay: Duration, greeting: Duration) {
        let mut state = lock(&self.state);
        (state.delay, state.greeting) = (delay, greeting);
    }

    /// The next connection on which these bytes are said is kept open, and hears nothing of them.
    pub fn silence_at(&self, bytes: &[u8]) {
        lock(&self.state).silence_at = Some(bytes.to_vec());
    }

    /// How many were made so far.
    pub fn connections(&self) -> usize {
        lock(&self.state).connections
    }
}

impl State {
    fn silences(&mut self, said: &[u8]) -> bool {
        let silence_at = self.silence_at.as_deref();
        let found = silence_at.is_some_and(|it| said.windows(it.len()).any(|part| part == it));
        if found {
            self.silence_at = None;
        }
        found
    }
}

fn carry(client: &TcpStream, server: &TcpStream, state: &Arc<Mutex<State>>) {
    let greeting = {
        let mut state = lock(state);
        state.connections += 1;
        state.greeting
    };
    let begun = Instant::now() + greeting;
    let clone = |it: &TcpStream| it.try_clone().expect("there are descriptors left");
    for (from, to) in [(client, server), (server, client)] {
        from.set_nodelay(true).expect("it is a socket");
        let (put, take) = channel();
        let (from, to, state) = (clone(from), clone(to), Arc::clone(state));
        thread::spawn(move || listen(&from, &put, begun, &state));
        thread::spawn(move || speak(&to, &take));
    }
}

fn listen(mut from: &TcpStream, put: &Sender<Flight>, begun: Instant, state: &Mutex<State>) {
    let (mut bytes, mut silent) = (vec![0; 1 << 16], false);
    while let Ok(count @ 1..) = from.read(&mut bytes) {
        let said = &bytes[..count];
        let delay = {
            let mut state = lock(state);
            silent |= state.silences(said);
            state.delay
        };
        if silent {
            continue;
        }
        let arrives = Instant::now().max(begun) + delay;
        if put.send((arrives, said.to_vec())).is_err() {
            return;
        }
    }
}

/// Until nothing more is said, and everything has arrived.
fn speak(mut to: &TcpStream, take: &Receiver<Flight>) {
    while let Ok((arrives, said)) = take.recv() {
        while let Some(rest) = arrives.checked_duration_since(Instant::now()) {
            thread::park_timeout(rest.max(Duration::from_micros(1)));
        }
        if to.write_all(&said).is_err() {
            break;
        }
    }
    let _ = to.shutdown(Shutdown::Write);
}

fn lock<T>(state: &Mutex<T>) -> MutexGuard<'_, T> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Redis;

    fn ping(stream: &mut TcpStream) -> std::io::Result<Vec<u8>> {
        stream.write_all(b"PING\r\n")?;
        let mut answer = vec![0; 7];
        stream.read_exact(&mut answer).map(|()| answer)
    }

    #[test]
    fn it_is_as_far_away_as_it_is_told_and_falls_silent_once() {
        let redis = Redis::start();
        let proxy = Proxy::to(redis.port);
        let connect = || TcpStream::connect(("127.0.0.1", proxy.port)).unwrap();
        let (ms, begun) = (Duration::from_millis, Instant::now());
        proxy.delay(ms(20), ms(100));
        let mut stream = connect();
        assert_eq!(ping(&mut stream).unwrap(), b"+PONG\r\n");
        assert!(begun.elapsed() >= ms(140), "{:?}", begun.elapsed());
        let begun = Instant::now();
        assert_eq!(ping(&mut stream).unwrap(), b"+PONG\r\n");
        assert!(begun.elapsed() >= ms(40), "{:?}", begun.elapsed());

        proxy.delay(Duration::ZERO, Duration::ZERO);
        proxy.silence_at(b"PING");
        stream.set_read_timeout(Some(ms(200))).unwrap();
        assert!(ping(&mut stream).is_err(), "it is silent");
        assert_eq!(ping(&mut connect()).unwrap(), b"+PONG\r\n");
        assert_eq!(proxy.connections(), 2);
    }
}
