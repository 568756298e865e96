//! Tokens of a gateway that runs alone.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::{Answer, Kept, Tokens};

/// As many as the applications of the configuration.
#[derive(Default)]
pub struct LocalTokens(Mutex<BTreeMap<String, (String, Instant)>>);

impl Tokens for LocalTokens {
    fn read<'a>(&'a self, app: &'a str) -> Answer<'a, Kept> {
        Box::pin(async move {
            let tokens = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            let found = tokens.get(app).cloned();
            let left = |until: Instant| until.saturating_duration_since(Instant::now());
            match found.map(|(text, until)| (text, left(until))) {
                Some((text, left)) if !left.is_zero() => Kept::Token { text, left },
                Some(_) | None => Kept::Nothing,
            }
        })
    }

    fn keep<'a>(&'a self, app: &'a str, text: &'a str, life: Duration) -> Answer<'a, bool> {
        Box::pin(async move {
            let mut tokens = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            tokens.insert(app.to_owned(), (text.to_owned(), Instant::now() + life));
            true
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_token_is_there_until_it_ends() {
        let tokens = LocalTokens::default();
        assert_eq!(tokens.read("wx1").await, Kept::Nothing);
        assert!(tokens.keep("wx1", "ACCESS", Duration::from_secs(10)).await);
        tokio::time::advance(Duration::from_secs(4)).await;
        let left = Duration::from_secs(6);
        assert_eq!(tokens.read("wx1").await, Kept::Token { text: "ACCESS".into(), left });
        assert_eq!(tokens.read("wx2").await, Kept::Nothing);
        assert!(!format!("{:?}", tokens.read("wx1").await).contains("ACCESS"));
        tokio::time::advance(left).await;
        assert_eq!(tokens.read("wx1").await, Kept::Nothing);
    }
}
