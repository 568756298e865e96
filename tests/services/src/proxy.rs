//! A way to a service on which everything can go wrong: distance, silence, cuts, resets, and
//! partitions, without a network.

mod carry;
mod frames;
mod trigger;

use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak};
use std::thread;
use std::time::{Duration, Instant};

use carry::Link;
pub use trigger::Trigger;

/// What befalls a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Nothing more is passed on of the one who spoke; the connection stays open.
    Silence,
    /// Both sides read its end.
    Close,
    /// Whoever was to be spoken to reads an end, and may still speak.
    HalfClose,
    /// Both sides meet a reset.
    Reset,
}

/// The handle of a proxy; it lives as long as the test's process.
pub struct Proxy {
    pub port: u16,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    service: u16,
    /// Of each direction.
    delay: Duration,
    /// Of the first bytes of a connection besides, as for handshakes.
    greeting: Duration,
    /// So many bytes at once of what the service says, and the pause after them.
    drip: Option<(usize, Duration)>,
    /// Nothing passes; what was said waits.
    held: bool,
    /// New connections are reset.
    shut: bool,
    armed: Option<(Trigger, Fault)>,
    connections: usize,
    strikes: usize,
    links: Vec<Weak<Link>>,
}

impl Proxy {
    /// To a port of this machine, without any fault.
    pub fn to(service: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
        let port = listener.local_addr().expect("it is bound").port();
        let state = Mutex::new(State { service, ..State::default() });
        let shared = Arc::new(Shared { state, changed: Condvar::new() });
        let theirs = Arc::clone(&shared);
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                theirs.receive(client);
            }
        });
        Self { port, shared }
    }

    /// Each direction takes so long from now on, and a new connection's first bytes longer.
    pub fn delay(&self, delay: Duration, greeting: Duration) {
        let mut state = self.shared.lock();
        (state.delay, state.greeting) = (delay, greeting);
    }

    /// What the service says arrives in drops of so many bytes from now on, with a pause after
    /// each; or as it is said.
    pub fn drip(&self, drops: Option<(usize, Duration)>) {
        self.shared.lock().drip = drops;
    }

    /// Once, when the trigger is met on any connection: what met it is not passed on.
    pub fn arm(&self, trigger: Trigger, fault: Fault) {
        self.shared.lock().armed = Some((trigger, fault));
    }

    /// The next connection on which these bytes are said is kept open, and hears nothing of them.
    pub fn silence_at(&self, bytes: &[u8]) {
        self.arm(Trigger::Says(bytes.to_vec()), Fault::Silence);
    }

    /// How often an armed fault has struck so far.
    pub fn strikes(&self) -> usize {
        self.shared.lock().strikes
    }

    /// Nothing passes any more, in connections that stay open: neither side hears of it.
    pub fn hold(&self) {
        self.shared.lock().held = true;
    }

    /// All that was said meanwhile arrives.
    pub fn release(&self) {
        self.shared.lock().held = false;
        self.shared.changed.notify_all();
    }

    /// Resets every connection, and each new one.
    pub fn shut(&self) {
        self.shared.lock().shut = true;
        self.reset_all();
    }

    pub fn open(&self) {
        self.shared.lock().shut = false;
    }

    /// From now on to another port; what led to the one before is reset.
    pub fn lead_to(&self, service: u16) {
        self.shared.lock().service = service;
        self.reset_all();
    }

    pub fn reset_all(&self) {
        let links = std::mem::take(&mut self.shared.lock().links);
        links.iter().filter_map(Weak::upgrade).for_each(|it| it.befall(Fault::Reset));
        self.shared.changed.notify_all();
    }

    /// How many were made so far.
    pub fn connections(&self) -> usize {
        self.shared.lock().connections
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn receive(self: &Arc<Self>, client: TcpStream) {
        let (service, shut, greeting) = {
            let state = self.lock();
            (state.service, state.shut, state.greeting)
        };
        if shut {
            return carry::reset(&client);
        }
        let Ok(server) = TcpStream::connect(("127.0.0.1", service)) else {
            return carry::reset(&client);
        };
        let link = Arc::new(Link::new(client, server));
        {
            let mut state = self.lock();
            state.connections += 1;
            state.links.retain(|it| it.strong_count() > 0);
            state.links.push(Arc::downgrade(&link));
        }
        carry::start(&link, self, Instant::now() + greeting);
    }

    /// Until what was said may pass.
    fn wait_while_held(&self, link: &Link) {
        let mut state = self.lock();
        while state.held && !link.is_over() {
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

#[cfg(test)]
mod tests;
