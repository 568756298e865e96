//! A process that commits until it dies, and says each number whose commit was acknowledged.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Write as _};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};

use paymux_store::{CommitError, Store, crashpoint};

use super::change;

/// Committers in the child, so that groups are groups.
pub(crate) const COMMITTERS: u16 = 16;

pub(crate) async fn commit_until_the_end(store: &impl Store, first: u16) {
    let next = Arc::new(AtomicU16::new(first));
    let mut committers = tokio::task::JoinSet::new();
    for _ in 0..COMMITTERS {
        let (store, next) = (store.clone(), next.clone());
        committers.spawn(async move {
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                match store.commit(change(number)).await {
                    Ok(()) => say(&format!("ok {number}")),
                    Err(CommitError::Unknown(_)) => return say(&format!("unknown {number}")),
                    Err(error) => return say(&format!("refused {number} {error}")),
                }
            }
        });
    }
    committers.join_all().await;
}

/// In one write, so that no line is torn.
pub(crate) fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    out.write_all(format!("\n@{line}\n").as_bytes()).unwrap();
    out.flush().unwrap();
}

/// This very program again, as its test `child`.
pub(crate) fn start(
    shell: Option<&str>,
    crashpoint: Option<&str>,
    variables: &[(&str, String)],
) -> Child {
    let program = std::env::current_exe().unwrap();
    let mut command = match shell {
        None => Command::new(program),
        Some(script) => {
            let mut command = Command::new("sh");
            command.arg("-c").arg(script).arg(program);
            command
        }
    };
    command.args(["--exact", "child", "--ignored", "--nocapture"]);
    command.envs(variables.iter().map(|(name, value)| (name, value)));
    command.envs(crashpoint.map(|it| (crashpoint::VARIABLE, it)));
    command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap()
}

/// Listens until the child is silent for ever, and kills it after so many acknowledgements.
pub(crate) fn listen(child: &mut Child, kill_after: usize) -> Vec<String> {
    let mut said = vec![];
    for line in BufReader::new(child.stdout.take().unwrap()).lines() {
        said.extend(line.unwrap().strip_prefix('@').map(str::to_owned));
        if said.len() == kill_after {
            child.kill().unwrap();
        }
    }
    said
}

pub(crate) fn numbers(said: &[String], word: &str) -> BTreeSet<u16> {
    let number = |it: &String| it.strip_prefix(word)?.split(' ').nth(1)?.parse().ok();
    said.iter().filter_map(number).collect()
}
