//! `paymux config diff`: what a reload would change.

use std::fmt::Display;
use std::io::Write as _;
use std::path::Path;
use std::process::ExitCode;

use anyhow::Context as _;
use bytes::Bytes;
use http::header::AUTHORIZATION;
use http::{Request, StatusCode};
use http_body_util::{BodyExt as _, Empty, Limited};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use serde::Deserialize;

use crate::admin::token;
use crate::app::leaving::uncounted;
use crate::app::successor::successor;
use crate::registry;
use crate::settings::{self, Difference};

/// Thousands of problems fit.
const MAX_ANSWER_BYTES: usize = 4 * 1024 * 1024;
/// Something would change.
const DIFFERENT: u8 = 1;
/// A configuration is bad, or would be refused.
const REFUSED: u8 = 2;

/// From one file to another.
pub fn files(old: &Path, new: &Path) -> anyhow::Result<ExitCode> {
    let open = |path: &Path| settings::open(path, registry::PLUGINS);
    let ((old, old_channels), (new, channels)) = match (open(old), open(new)) {
        (Ok(old), Ok(new)) => (old, new),
        (Err(problems), _) | (_, Err(problems)) => return refused(&problems),
    };
    let difference = Difference::between(&old.flat, &new.flat);
    let (code, warnings) = (told(&difference.0)?, uncounted(&new, &old));
    match successor((new, &channels), (&old, &old_channels)) {
        Ok(_) => warned(&warnings).map(|()| code),
        Err(problems) => refused(&problems),
    }
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Answer {
    Changes { changes: Vec<String>, warnings: Vec<String> },
    Refused { detail: String, problems: Vec<Told> },
}

#[derive(Deserialize)]
struct Told {
    file: String,
    line: usize,
    key: String,
    problem: String,
}

/// From what runs to what its own file says now.
pub async fn running(admin: &str) -> anyhow::Result<ExitCode> {
    let url = format!("{}/admin/v1/config/diff", admin.trim_end_matches('/'));
    match ask(&url).await {
        Ok(Answer::Changes { changes, warnings }) => {
            warned(&warnings)?;
            told(&changes)
        }
        Ok(Answer::Refused { detail, problems }) if problems.is_empty() => refused(&detail),
        Ok(Answer::Refused { problems, .. }) => {
            let problems = problems.into_iter().map(|Told { file, line, key, problem }| {
                settings::Problem { file, line, key, problem }
            });
            refused(&settings::Problems(problems.collect()))
        }
        Err(error) => refused(&format!("{error:#}")),
    }
}

async fn ask(url: &str) -> anyhow::Result<Answer> {
    let client = Client::builder(TokioExecutor::new()).build_http::<Empty<Bytes>>();
    let token = token::find(url, &[])?;
    let request = Request::get(url).header(AUTHORIZATION, format!("Bearer {token}"));
    let request = request.body(Empty::new()).context("this is no URL")?;
    let asked = client.request(request).await;
    let answer = asked.with_context(|| format!("{url} does not answer"))?;
    let status = answer.status();
    anyhow::ensure!(!is_refusal(status), "{url} does not let us in: {status}");
    let body = answer.into_body();
    let body = Limited::new(body, MAX_ANSWER_BYTES).collect().await;
    let body = body.map_err(|error| anyhow::anyhow!("{error}"))?.to_bytes();
    serde_json::from_slice(&body).with_context(|| format!("{url} is no admin listener"))
}

fn is_refusal(status: StatusCode) -> bool {
    matches!(status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN)
}

fn told<T: Display>(changes: &[T]) -> anyhow::Result<ExitCode> {
    let mut out = std::io::stdout();
    if changes.is_empty() {
        writeln!(out, "nothing would change")?;
        return Ok(ExitCode::SUCCESS);
    }
    for change in changes {
        writeln!(out, "{change}")?;
    }
    Ok(DIFFERENT.into())
}

fn warned<T: Display>(warnings: &[T]) -> anyhow::Result<()> {
    for warning in warnings {
        writeln!(std::io::stderr(), "paymux: warning: {warning}")?;
    }
    Ok(())
}

fn refused<T: Display + ?Sized>(problems: &T) -> anyhow::Result<ExitCode> {
    writeln!(std::io::stderr(), "paymux: {problems}")?;
    Ok(REFUSED.into())
}
