//! What is compared with: a hyper server that reads the bytes and answers, alone or with one
//! verification of RSA, as a process of its own like the gateway.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context as _;
use clap::ValueEnum;
use http_body_util::BodyExt as _;
use tokio::net::TcpListener;

use crate::bare::Keys;
use crate::listener::{self, text};
use crate::process::Process;

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Peer {
    Reads,
    Verifies,
}

/// Serves until it is killed.
pub async fn serve_peer(peer: Peer, port: u16) -> anyhow::Result<()> {
    let keys = Arc::new(Keys::new()?);
    let listener = TcpListener::bind(("127.0.0.1", port)).await?;
    let served = listener::serve(listener, move |request| {
        let keys = keys.clone();
        async move {
            let body = request.into_body().collect().await;
            std::hint::black_box(body.is_ok());
            if peer == Peer::Verifies {
                keys.verify();
            }
            text(200, "success")
        }
    });
    Ok(served.await?)
}

pub(super) struct Server {
    _process: Process,
    pub(super) address: String,
}

impl Server {
    pub(super) async fn start(peer: Peer) -> anyhow::Result<Self> {
        let held = std::net::TcpListener::bind("127.0.0.1:0")?;
        let port = held.local_addr()?.port();
        drop(held);
        let name = peer.to_possible_value().context("it has a name")?;
        let port_text = port.to_string();
        let arguments = ["peer", name.get_name(), "--port", &port_text];
        let log = PathBuf::from("/dev/null");
        let process = Process::start(&std::env::current_exe()?, &arguments, log)?;
        let address = format!("127.0.0.1:{port}");
        while tokio::net::TcpStream::connect(&address).await.is_err() {
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
        Ok(Self { _process: process, address })
    }
}
