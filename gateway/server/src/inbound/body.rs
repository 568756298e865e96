//! Bodies: never more than allowed, never waited for longer than allowed.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http_body::Body as _;
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use paymux_engine::problem::{self, Problem};
use tokio::sync::Semaphore;

use crate::api::problem::Refusal;

/// Held by bodies that are on their way and that nobody has judged yet: a thousand of the largest,
/// or many more of the usual size.
const BUDGET_KIB: usize = 64 * 1024;
const KIB: u64 = 1024;

/// Memory for bodies of strangers.
#[derive(Clone, Debug)]
pub(crate) struct Budget(Arc<Semaphore>);

impl Default for Budget {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(BUDGET_KIB)))
    }
}

impl Budget {
    /// The whole body, in one piece, if there is memory for the most that it may become.
    pub(crate) async fn read(&self, body: Body, timeout: Duration) -> Result<Bytes, Refusal> {
        let most = body.size_hint().upper().unwrap_or(u64::MAX).div_ceil(KIB);
        let most = u32::try_from(most).unwrap_or(u32::MAX);
        let Ok(_held) = self.0.try_acquire_many(most) else {
            let detail = "too many bodies are on their way; nothing was begun";
            return Err(Refusal(Problem::new(problem::OVERLOADED, detail).retry_after(1)));
        };
        read(body, timeout).await
    }
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct MaxBytes(pub(crate) usize);

/// Refuses a body by the length it claims, and stops reading one that claims none.
pub(crate) async fn limit(
    State(MaxBytes(max)): State<MaxBytes>,
    request: Request,
    next: Next,
) -> Response {
    let claimed = usize::try_from(request.body().size_hint().lower()).unwrap_or(usize::MAX);
    if claimed > max {
        return too_large(&format!("it may have {max} bytes")).into_response();
    }
    next.run(request.map(|body| Body::new(Limited::new(body, max)))).await
}

/// The whole body, in one piece.
pub(crate) async fn read(body: Body, timeout: Duration) -> Result<Bytes, Refusal> {
    match tokio::time::timeout(timeout, body.collect()).await {
        Ok(Ok(body)) => Ok(body.to_bytes()),
        Ok(Err(error)) if exceeds(&error) => Err(too_large("it did not end where it must")),
        Ok(Err(_)) => Err(Refusal::new(problem::MALFORMED_JSON, "the body broke off")),
        Err(_) => {
            let detail = "the body did not arrive in time";
            Err(Refusal::new(problem::REQUEST_TIMEOUT, detail))
        }
    }
}

fn too_large(detail: &str) -> Refusal {
    Refusal::new(problem::BODY_TOO_LARGE, detail)
}

fn exceeds(error: &(dyn Error + 'static)) -> bool {
    error.is::<LengthLimitError>() || error.source().is_some_and(exceeds)
}

#[cfg(test)]
mod tests {
    use std::pin::Pin;
    use std::task::{Context, Poll};

    use bytes::Bytes;
    use http_body::Frame;
    use tokio::task::JoinSet;

    use super::*;

    const LARGEST: usize = 64 * 1024;
    const PATIENCE: Duration = Duration::from_secs(10);

    /// Never comes, and may be of any size.
    struct Silence;

    impl http_body::Body for Silence {
        type Data = Bytes;
        type Error = std::convert::Infallible;

        fn poll_frame(
            self: Pin<&mut Self>,
            _: &mut Context<'_>,
        ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
            Poll::Pending
        }
    }

    #[tokio::test(start_paused = true)]
    async fn bodies_on_their_way_have_a_budget_together() {
        let budget = Budget::default();
        let silent = || Body::new(Limited::new(Silence, LARGEST));
        let outcome = |read: Result<Bytes, Refusal>| read.map_err(|it| it.0.kind.slug);
        let mut waiting = JoinSet::new();
        for _ in 0..BUDGET_KIB / 64 {
            let (budget, body) = (budget.clone(), silent());
            waiting.spawn(async move { budget.read(body, PATIENCE).await });
        }
        while budget.0.available_permits() > 0 {
            tokio::task::yield_now().await;
        }
        let refused = outcome(budget.read(silent(), PATIENCE).await);
        assert_eq!(refused, Err(problem::OVERLOADED.slug));
        assert_eq!(outcome(budget.read(Body::empty(), PATIENCE).await), Ok(Bytes::new()));
        let late = waiting.join_all().await.into_iter().map(outcome);
        assert!(late.into_iter().all(|it| it == Err(problem::REQUEST_TIMEOUT.slug)));
        let small = || Body::from("small");
        assert_eq!(outcome(budget.read(small(), PATIENCE).await), Ok(Bytes::from("small")));
    }
}
