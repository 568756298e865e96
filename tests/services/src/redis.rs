//! A Redis of one's own; nothing is persisted.

use crate::daemon::{Daemon, home, listens};
use crate::ports;

pub struct Redis {
    daemon: Daemon,
    pub port: u16,
}

impl Redis {
    pub fn start() -> Self {
        Self::on(ports::free())
    }

    /// At a given port, to come back where one went away.
    pub fn on(port: u16) -> Self {
        let text = port.to_string();
        let home = home("paymux-redis-");
        let folder = home.to_str().expect("temporary folders are UTF-8").to_owned();
        let command = ["redis-server", "--port", &text, "--bind", "127.0.0.1", "--dir", &folder];
        let still = ["--save", "", "--appendonly", "no"];
        let daemon = Daemon::start(home, "KILL", &[&command[..], &still[..]].concat());
        daemon.wait("redis", || listens(port));
        Self { daemon, port }
    }

    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    pub fn log(&self) -> String {
        self.daemon.log()
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};
    use std::net::TcpStream;

    use super::*;

    #[test]
    fn it_answers_and_is_gone_with_its_handle() {
        let redis = Redis::start();
        let mut stream = TcpStream::connect(("127.0.0.1", redis.port)).unwrap();
        stream.write_all(b"PING\r\n").unwrap();
        let mut answer = [0; 7];
        stream.read_exact(&mut answer).unwrap();
        assert_eq!(&answer, b"+PONG\r\n");
        let port = redis.port;
        drop(redis);
        assert!(!listens(port));
    }
}
