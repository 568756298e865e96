//! The bell: tells the workers of all nodes that one of them has put work, by LISTEN and NOTIFY.
//!
//! Only a hint: whoever misses it looks by itself, soon. It rings outside the commits, since
//! PostgreSQL lets no two transactions that notify commit at once.

use std::future::poll_fn;
use std::sync::Arc;
use std::sync::atomic::{AtomicI32, Ordering};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::task::AbortHandle;
use tokio_postgres::{AsyncMessage, Client, Config, Connection, Socket};

use super::connect::Tls;
use super::fault::fault;
use crate::{Read, StoreError};

const LISTEN: &str = "LISTEN paymux_task";
const NOTIFY: &str = "NOTIFY paymux_task";
/// Rings closer than this are one ring.
const SPACING: Duration = Duration::from_millis(20);
/// Between losing the connection and the next try.
const PAUSE: Duration = Duration::from_secs(1);

/// What a committer pulls.
#[derive(Clone, Debug, Default)]
pub(super) struct Rope(Arc<Notify>);

impl Rope {
    pub(super) fn pull(&self) {
        self.0.notify_one();
    }
}

/// Silent once it is dropped.
#[derive(Debug)]
pub(super) struct Bell {
    rung: Arc<Notify>,
    keeper: AbortHandle,
}

impl Bell {
    pub(super) fn hang(config: Config, tls: impl Tls, rope: &Rope) -> Self {
        let rung = Arc::new(Notify::new());
        let keeper = tokio::spawn(keep(config, tls, rope.clone(), Arc::clone(&rung)));
        Self { rung, keeper: keeper.abort_handle() }
    }

    /// Until it rings, or has rung since the last time somebody asked.
    pub(super) async fn rings(&self) {
        self.rung.notified().await;
    }
}

impl Drop for Bell {
    fn drop(&mut self) {
        self.keeper.abort();
    }
}

async fn keep(config: Config, tls: impl Tls, rope: Rope, rung: Arc<Notify>) {
    loop {
        let ended = listen(&config, tls.clone(), &rope, &rung).await;
        let error = ended.err().unwrap_or_else(|| StoreError("the server ended it".into()));
        tracing::warn!(%error, "store.bell_silent");
        tokio::time::sleep(PAUSE).await;
    }
}

async fn listen(config: &Config, tls: impl Tls, rope: &Rope, rung: &Notify) -> Read<()> {
    let (client, connection) = config.connect(tls).await.map_err(|it| fault(&it))?;
    let own = AtomicI32::new(0);
    tokio::select! {
        ended = hear(connection, &own, rung) => ended,
        ended = speak(&client, &own, rope, rung) => ended,
    }
}

/// This node's own rings are not for it: its worker was woken in the process.
async fn hear<T>(mut from: Connection<Socket, T>, own: &AtomicI32, rung: &Notify) -> Read<()>
where
    T: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin,
{
    while let Some(message) = poll_fn(|context| from.poll_message(context)).await {
        if let AsyncMessage::Notification(it) = message.map_err(|it| fault(&it))?
            && it.process_id() != own.load(Ordering::Relaxed)
        {
            rung.notify_one();
        }
    }
    Ok(())
}

async fn speak(to: &Client, own: &AtomicI32, rope: &Rope, rung: &Notify) -> Read<()> {
    let row = to.query_one("SELECT pg_backend_pid()", &[]).await.map_err(|it| fault(&it))?;
    own.store(row.try_get(0).map_err(|it| fault(&it))?, Ordering::Relaxed);
    to.batch_execute(LISTEN).await.map_err(|it| fault(&it))?;
    // Who knows what was said while nobody listened.
    rung.notify_one();
    loop {
        rope.0.notified().await;
        to.batch_execute(NOTIFY).await.map_err(|it| fault(&it))?;
        tokio::time::sleep(SPACING).await;
    }
}
