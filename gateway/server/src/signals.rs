//! When to stop: SIGTERM from the system, SIGINT from a person; and SIGHUP, to read again.

use tokio::signal::unix::{Signal, SignalKind, signal};

pub(crate) async fn stop() {
    let mut terminate = signal(SignalKind::terminate()).expect("a handler can be installed");
    let mut interrupt = signal(SignalKind::interrupt()).expect("a handler can be installed");
    tokio::select! {
        _ = terminate.recv() => tracing::info!("stopping on SIGTERM"),
        _ = interrupt.recv() => tracing::info!("stopping on SIGINT"),
    }
}

/// From here on a hang-up ends nothing.
pub(crate) fn hang_ups() -> Signal {
    signal(SignalKind::hangup()).expect("a handler can be installed")
}
