//! Stands between the driver and the server, and cuts a connection around a commit.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;

/// Where the next batch is cut off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The server never hears of it.
    Request,
    /// The server does it, and nobody hears of that.
    Answer,
}

#[derive(Default)]
struct State {
    armed: Mutex<Option<Fault>>,
    struck: Notify,
}

pub(crate) struct Proxy {
    pub(crate) port: u16,
    state: Arc<State>,
}

/// Only a batch has this: it is how each change begins.
const BATCH: &[u8] = b"\"deliveries\"";

impl Proxy {
    pub(crate) async fn open(server: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let state = Arc::new(State::default());
        let theirs = state.clone();
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let server = TcpStream::connect(("127.0.0.1", server)).await.unwrap();
                tokio::spawn(carry(client, server, theirs.clone()));
            }
        });
        Self { port, state }
    }

    pub(crate) fn arm(&self, fault: Fault) {
        *self.state.armed.lock().unwrap_or_else(PoisonError::into_inner) = Some(fault);
    }

    pub(crate) async fn has_struck(&self) {
        self.state.struck.notified().await;
    }
}

impl State {
    fn strike(&self, request: &[u8]) -> Option<Fault> {
        let is_batch = request.windows(BATCH.len()).any(|it| it == BATCH);
        let mut armed = self.armed.lock().unwrap_or_else(PoisonError::into_inner);
        if is_batch { armed.take() } else { None }
    }
}

async fn carry(mut client: TcpStream, mut server: TcpStream, state: Arc<State>) {
    let (mut asked, mut answered) = (vec![0; 1 << 20], vec![0; 1 << 20]);
    loop {
        tokio::select! {
            count = client.read(&mut asked) => {
                let Ok(count @ 1..) = count else { return };
                let fault = state.strike(&asked[..count]);
                if fault != Some(Fault::Request) {
                    server.write_all(&asked[..count]).await.unwrap();
                }
                if fault == Some(Fault::Answer) {
                    // It is sent when the commit is done.
                    let _some = server.read(&mut answered).await.unwrap();
                }
                if fault.is_some() {
                    state.struck.notify_one();
                    return;
                }
            }
            count = server.read(&mut answered) => {
                let Ok(count @ 1..) = count else { return };
                if client.write_all(&answered[..count]).await.is_err() {
                    return;
                }
            }
        }
    }
}
