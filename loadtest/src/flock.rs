//! Many at a time, closed loop: so many are under way, and each that ends makes room for the next.

use std::sync::Arc;

use tokio::sync::Semaphore;
use tokio::task::JoinSet;

/// The answers, in the order of the questions.
pub async fn of<I, T, F>(
    width: usize,
    items: impl IntoIterator<Item = I>,
    ask: impl Fn(I) -> F,
) -> Vec<anyhow::Result<T>>
where
    F: Future<Output = anyhow::Result<T>> + Send + 'static,
    T: Send + 'static,
{
    let (places, mut asked) = (Arc::new(Semaphore::new(width)), JoinSet::new());
    for (index, item) in items.into_iter().enumerate() {
        let place = Arc::clone(&places).acquire_owned().await;
        let answer = ask(item);
        asked.spawn(async move {
            let answer = answer.await;
            drop(place);
            (index, answer)
        });
    }
    let mut answers: Vec<_> = asked.join_all().await;
    answers.sort_by_key(|it| it.0);
    answers.into_iter().map(|it| it.1).collect()
}
