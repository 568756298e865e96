//! Bodies: never more than allowed, never waited for longer than allowed.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use bytes::{Bytes, BytesMut};
use http_body::Body as _;
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use paymux_engine::problem::{self, Problem};
use tokio::sync::{Semaphore, SemaphorePermit};

use crate::api::problem::Refusal;

/// Held by bodies that are on their way and that nobody has judged yet: a thousand of the largest,
/// or many more of the usual size.
const BUDGET_KIB: usize = 64 * 1024;
const KIB: usize = 1024;

/// Memory for bodies of strangers.
#[derive(Clone, Debug)]
pub(crate) struct Budget(Arc<Semaphore>);

impl Default for Budget {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(BUDGET_KIB)))
    }
}

impl Budget {
    /// The whole body, in one piece, as long as there is memory for what has come of it: whoever
    /// announces much and sends little keeps nobody else out.
    pub(crate) async fn read(&self, body: Body, timeout: Duration) -> Result<Bytes, Refusal> {
        in_time(timeout, self.gather(body)).await
    }

    async fn gather(&self, mut body: Body) -> Result<Bytes, Refusal> {
        let (mut held, mut whole) = (self.hold(0)?, Bytes::new());
        while let Some(frame) = body.frame().await {
            let Ok(data) = frame.map_err(|it| unreadable(&it))?.into_data() else { continue };
            whole = appended(whole, data);
            held.merge(self.hold(whole.len().div_ceil(KIB) - held.num_permits())?);
        }
        Ok(whole)
    }

    fn hold(&self, kib: usize) -> Result<SemaphorePermit<'_>, Refusal> {
        let kib = u32::try_from(kib).unwrap_or(u32::MAX);
        self.0.try_acquire_many(kib).map_err(|_| {
            let detail = "too many bodies are on their way; nothing was begun";
            Refusal(Problem::new(problem::OVERLOADED, detail).retry_after(1))
        })
    }
}

/// Most bodies come in one piece, which is not copied.
fn appended(whole: Bytes, next: Bytes) -> Bytes {
    if whole.is_empty() {
        return next;
    }
    let mut grown = whole.try_into_mut().unwrap_or_else(|it| BytesMut::from(&*it));
    grown.extend_from_slice(&next);
    grown.freeze()
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
    let collected = async { body.collect().await.map_err(|it| unreadable(&it)) };
    in_time(timeout, collected).await.map(|it| it.to_bytes())
}

async fn in_time<T>(
    timeout: Duration,
    reading: impl Future<Output = Result<T, Refusal>>,
) -> Result<T, Refusal> {
    let late = || Refusal::new(problem::REQUEST_TIMEOUT, "the body did not arrive in time");
    tokio::time::timeout(timeout, reading).await.unwrap_or_else(|_| Err(late()))
}

fn unreadable(error: &axum::Error) -> Refusal {
    if exceeds(error) {
        return too_large("it did not end where it must");
    }
    Refusal::new(problem::MALFORMED_JSON, "the body broke off")
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

    /// Brings these bytes at once, and never ends.
    struct Stuck(Option<Bytes>);

    impl http_body::Body for Stuck {
        type Data = Bytes;
        type Error = std::convert::Infallible;

        fn poll_frame(
            mut self: Pin<&mut Self>,
            _: &mut Context<'_>,
        ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
            match self.0.take() {
                Some(bytes) => Poll::Ready(Some(Ok(Frame::data(bytes)))),
                None => Poll::Pending,
            }
        }
    }

    fn stuck(bytes: usize) -> Body {
        Body::new(Limited::new(Stuck(Some(vec![7; bytes].into())), LARGEST))
    }

    fn outcome(read: Result<Bytes, Refusal>) -> Result<Bytes, &'static str> {
        read.map_err(|it| it.0.kind.slug)
    }

    /// So many bodies, of each of which so much has come.
    async fn waiting(budget: &Budget, count: usize, bytes: usize) -> JoinSet<()> {
        let (mut waiting, before) = (JoinSet::new(), budget.0.available_permits());
        for _ in 0..count {
            let (budget, body) = (budget.clone(), stuck(bytes));
            waiting.spawn(async move {
                let read = outcome(budget.read(body, PATIENCE).await);
                assert_eq!(read, Err(problem::REQUEST_TIMEOUT.slug));
            });
        }
        while budget.0.available_permits() > before - count * bytes.div_ceil(KIB) {
            tokio::task::yield_now().await;
        }
        waiting
    }

    #[tokio::test(start_paused = true)]
    async fn bodies_on_their_way_have_a_budget_together() {
        let budget = Budget::default();
        let late = waiting(&budget, BUDGET_KIB / 64, LARGEST).await;
        assert_eq!(outcome(budget.read(stuck(1), PATIENCE).await), Err(problem::OVERLOADED.slug));
        assert_eq!(outcome(budget.read(Body::empty(), PATIENCE).await), Ok(Bytes::new()));
        late.join_all().await;
        let small = || Body::from("small");
        assert_eq!(outcome(budget.read(small(), PATIENCE).await), Ok(Bytes::from("small")));
        assert_eq!(budget.0.available_permits(), BUDGET_KIB);
    }

    #[tokio::test(start_paused = true)]
    async fn who_announces_much_and_sends_little_holds_little() {
        let budget = Budget::default();
        let late = waiting(&budget, BUDGET_KIB / 64, 1).await;
        assert_eq!(budget.0.available_permits(), BUDGET_KIB - BUDGET_KIB / 64);
        let whole = Bytes::from(vec![7; LARGEST]);
        let read = budget.read(Body::from(whole.clone()), PATIENCE).await;
        assert_eq!(outcome(read), Ok(whole));
        late.join_all().await;
    }

    #[test]
    fn pieces_become_one() {
        let pieces = [&b"a"[..], b"", b"bc", b"d"].map(Bytes::from_static);
        assert_eq!(pieces.into_iter().fold(Bytes::new(), appended), "abcd");
    }
}
