//! What arrives, and when: written to sockets by a thread outside of the runtime, whatever the
//! runtime has done with the last arrival.

use std::io::Write as _;
use std::os::unix::net::UnixStream;
use std::thread;
use std::time::{Duration, Instant};

/// Merchants' requests come in clusters.
const BURST: u64 = 8;

/// One kind of arrival, over many connections in turn.
pub(crate) struct Arrivals {
    pub(crate) per_second: u64,
    pub(crate) connections: Vec<UnixStream>,
}

/// Sends both kinds until the time is over. A record is the nanoseconds since the beginning at
/// which it was written: the sender's own lateness is not the runtime's.
pub(crate) fn send(light: Arrivals, mut signs: Arrivals, begun: Instant, time: Duration) {
    let (mut light, mut burst) = (light, 1);
    signs.per_second = signs.per_second.div_ceil(BURST);
    let (mut lights, mut bursts) = (0, 0);
    loop {
        let (next_light, next_burst) = (light.due(lights), signs.due(bursts));
        let next = next_light.min(next_burst);
        if next >= time {
            return;
        }
        thread::sleep(next.saturating_sub(begun.elapsed()));
        if next == next_light {
            light.write(lights, begun);
            lights += 1;
        } else {
            for _ in 0..BURST {
                signs.write(burst, begun);
                burst += 1;
            }
            bursts += 1;
        }
    }
}

impl Arrivals {
    fn due(&self, number: u64) -> Duration {
        match self.per_second {
            0 => Duration::MAX,
            rate => Duration::from_nanos(number * 1_000_000_000 / rate),
        }
    }

    fn write(&mut self, number: u64, begun: Instant) {
        let count = self.connections.len() as u64;
        let index = usize::try_from(number % count).expect("less than a length");
        let nanos = u64::try_from(begun.elapsed().as_nanos()).expect("a run is short");
        // A runtime that is gone is seen by its figures.
        let _ = self.connections[index].write_all(&nanos.to_be_bytes());
    }
}
