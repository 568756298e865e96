//! Places for requests that are worked on at once; whoever finds none is told at once.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use paymux_engine::problem::{self, Problem};
use tokio::sync::Semaphore;

use crate::api::problem::Refusal;

#[derive(Clone, Debug)]
pub(crate) struct Room(Arc<Semaphore>);

impl Room {
    pub(crate) fn new(places: usize) -> Self {
        Self(Arc::new(Semaphore::new(places.min(Semaphore::MAX_PERMITS))))
    }
}

pub(crate) async fn enter(
    State(Room(places)): State<Room>,
    request: Request,
    next: Next,
) -> Response {
    match places.try_acquire() {
        Ok(_place) => next.run(request).await,
        Err(_) => {
            let detail = "too many requests are being worked on; nothing was begun";
            Refusal(Problem::new(problem::OVERLOADED, detail).retry_after(1)).into_response()
        }
    }
}
