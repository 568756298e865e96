//! The full trip, and operators beside it who list payments, open them and look at the state.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::{Terms, trip};
use crate::latency::{Latency, now};
use crate::report::Report;
use crate::stage::Stage;
use crate::verify::Expected;

/// Between two looks of one operator.
const PAUSE: Duration = Duration::from_millis(200);
const OPERATORS: usize = 4;

pub async fn run(
    stage: &Stage,
    terms: &Terms,
    report: &mut Report,
) -> anyhow::Result<Vec<Expected>> {
    let over = Arc::new(AtomicBool::new(false));
    let token = stage.admin_token()?;
    let pages = [
        stage.admin("/admin/v1/config/diff"),
        format!("{}?merchant=m0&limit=50", stage.admin("/admin/v1/payments")),
        format!("{}?limit=50", stage.admin("/admin/v1/audit")),
    ];
    let operators: Vec<_> = (0..OPERATORS)
        .map(|_| {
            let (client, token, pages) = (stage.client.clone(), token.clone(), pages.clone());
            let over = over.clone();
            tokio::spawn(async move {
                let mut seen: Vec<Result<Duration, String>> = vec![];
                for page in pages.iter().cycle() {
                    if over.load(Ordering::Relaxed) {
                        break;
                    }
                    let begun = now();
                    let answer = client.get(page, &token).await;
                    seen.push(match answer {
                        Ok((200, _)) => Ok(begun.elapsed()),
                        Ok((status, problem)) => Err(format!("{page}: {status} {problem}")),
                        Err(error) => Err(format!("{page}: {error:#}")),
                    });
                    tokio::time::sleep(PAUSE).await;
                }
                seen
            })
        })
        .collect();
    let expected = trip::run(stage, terms, report).await;
    over.store(true, Ordering::Relaxed);
    let mut looks = Latency::default();
    for operator in operators {
        for look in operator.await? {
            match look {
                Ok(time) => looks.note(time),
                Err(problem) => report.findings.push(problem),
            }
        }
    }
    report.findings.dedup();
    report.beside("console", looks);
    expected
}
