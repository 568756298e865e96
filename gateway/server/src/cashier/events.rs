//! Live status: server-sent events while there is room, and the same as JSON for who asks.
//!
//! A commit on this node wakes its watchers at once; what other nodes commit is seen by looking.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Extension;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::response::IntoResponse;
use bytes::Bytes;
use http::HeaderValue;
use http::header::CONTENT_TYPE;
use http_body::Frame;
use paymux_core::payment::{Payment, Verdict};
use paymux_core::{PaymentId, Timestamp};
use paymux_engine::snapshot::Snapshot;
use paymux_store::Store;
use serde_json::json;
use tokio::sync::mpsc;
use tokio::time::Instant;

use super::streams::Place;
use super::{Answer, Desk};
use crate::inbound::client::Client;
use crate::inbound::failures::origin;

/// How soon the commit of another node is seen.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// A proxy that sees nothing for a minute hangs up.
const BREATHE_EVERY: Duration = Duration::from_secs(15);
/// Then the browser asks for another stream, if it is still there.
const LONGEST: Duration = Duration::from_secs(300);
/// Between two streams of one browser.
const RETRY: &str = "retry: 2000\n\n";

/// Where the page stands: it is another page as soon as this is another word.
pub(crate) fn state(payment: &Payment, snapshot: &Snapshot, now: Timestamp) -> String {
    let attempts = payment.attempts.len();
    match payment.verdict {
        Verdict::Succeeded { .. } => "paid".into(),
        Verdict::Failed { .. } | Verdict::Closed => "over".into(),
        Verdict::Open if payment.closing.is_some() => "over".into(),
        Verdict::Open if now >= payment.order.expires_at => "over".into(),
        Verdict::Open => {
            let open = super::choose::open(payment, snapshot, now);
            let open = open.is_some_and(|it| it.action.is_some());
            format!("{}-{attempts}", if open { "open" } else { "choose" })
        }
    }
}

impl<S: Store> Desk<S> {
    fn state(&self, payment: &Payment) -> String {
        state(payment, &self.gateway.snapshot.load(), self.gateway.now())
    }
}

fn is_last(state: &str) -> bool {
    ["paid", "over"].contains(&state)
}

pub(crate) async fn status<S: Store>(
    State(desk): State<Desk<S>>,
    Path(link): Path<String>,
) -> Answer {
    let shown = desk.shown(&link).await?;
    let state = desk.state(&shown.payment);
    let mut response = json!({ "state": state }).to_string().into_response();
    let media_type = HeaderValue::from_static("application/json");
    response.headers_mut().insert(CONTENT_TYPE, media_type);
    Ok(response)
}

pub(crate) async fn stream<S: Store>(
    State(desk): State<Desk<S>>,
    Path(link): Path<String>,
    Extension(client): Extension<Client>,
) -> Answer {
    let shown = desk.shown(&link).await?;
    let address = origin(client.address.or(client.peer));
    let place = desk.streams.take(shown.payment.id, address)?;
    let (told, heard) = mpsc::channel(4);
    tokio::spawn(tell(desk, shown.payment.id, told, place));
    let mut response = Body::new(Stream(heard)).into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    // nginx would keep events back until it has a page of them.
    headers.insert("x-accel-buffering", HeaderValue::from_static("no"));
    Ok(response)
}

/// Until the payment is over, the browser has gone, the time is up, or the gateway stops.
async fn tell<S: Store>(
    desk: Desk<S>,
    payment: PaymentId,
    told: mpsc::Sender<Bytes>,
    place: Place,
) {
    let telling = async {
        let watch = desk.gateway.watchers.watch(payment);
        let (mut last, mut silent_since) = (String::new(), Instant::now());
        told.send(RETRY.into()).await?;
        while !desk.begun.is_closed() {
            let heard = watch.heard();
            // A store that is away for a while says nothing.
            let found = desk.gateway.load(payment).await.ok().map(|it| desk.state(&it));
            if let Some(state) = found.filter(|it| *it != last) {
                told.send(format!("data: {}\n\n", json!({ "state": state })).into()).await?;
                (last, silent_since) = (state, Instant::now());
            }
            if is_last(&last) {
                break;
            }
            if silent_since.elapsed() >= BREATHE_EVERY {
                told.send(":\n\n".into()).await?;
                silent_since = Instant::now();
            }
            tokio::select! {
                () = heard => {}
                () = told.closed() => break,
                () = tokio::time::sleep(LOOK_EVERY) => {}
            }
        }
        Ok::<_, mpsc::error::SendError<Bytes>>(())
    };
    // Whatever ends it, the browser asks again if it is still there.
    drop(tokio::time::timeout(LONGEST, telling).await);
    drop(place);
}

struct Stream(mpsc::Receiver<Bytes>);

impl http_body::Body for Stream {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.0.poll_recv(context).map(|it| it.map(|it| Ok(Frame::data(it))))
    }
}
