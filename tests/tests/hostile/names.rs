//! A name server of our own, which says of every name what it is told to.

use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::net::UdpSocket;

/// What is answered: each question has the next of these, round and round.
type Turns = Arc<Mutex<(usize, Vec<Vec<Ipv4Addr>>)>>;

/// Behind the header comes the question: a name that ends with an empty label, a type, a class.
const HEADER: usize = 12;
const ADDRESS: u16 = 1;

#[derive(Clone, Default)]
pub(crate) struct Names(Turns);

impl Names {
    /// On the port where a system asks; only root of its network may have it.
    pub(crate) async fn open() -> Self {
        let socket = UdpSocket::bind(("127.0.0.1", 53)).await.expect("a network of our own");
        let names = Self::default();
        let answers = names.clone();
        tokio::spawn(async move {
            let mut bytes = [0; 512];
            while let Ok((length, from)) = socket.recv_from(&mut bytes).await {
                if let Some(reply) = answers.reply(&bytes[..length]) {
                    let _ = socket.send_to(&reply, from).await;
                }
            }
        });
        names
    }

    pub(crate) fn lead(&self, turns: &[&[Ipv4Addr]]) {
        let turns = turns.iter().map(|it| it.to_vec()).collect();
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = (0, turns);
    }

    fn next(&self) -> Vec<Ipv4Addr> {
        let mut turns = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (asked, all) = &mut *turns;
        *asked += 1;
        all.get((*asked - 1) % all.len().max(1)).cloned().unwrap_or_default()
    }

    /// Only questions for addresses of the old kind take a turn; of the new kind there are none.
    /// The answers may be kept for an hour, if one believes them.
    fn reply(&self, asked: &[u8]) -> Option<Vec<u8>> {
        let name = asked.get(HEADER..)?.iter().position(|it| *it == 0)?;
        let question = asked.get(HEADER..HEADER + name + 5)?;
        let kind = u16::from_be_bytes([question[name + 1], question[name + 2]]);
        let found = if kind == ADDRESS { self.next() } else { vec![] };
        let count = u8::try_from(found.len()).ok()?;
        let head = [asked[0], asked[1], 0x81, 0x80, 0, 1, 0, count, 0, 0, 0, 0];
        let mut reply = [&head[..], question].concat();
        for address in found {
            reply.extend([0xc0, 0x0c, 0, 1, 0, 1, 0, 0, 0x0e, 0x10, 0, 4]);
            reply.extend(address.octets());
        }
        Some(reply)
    }
}
