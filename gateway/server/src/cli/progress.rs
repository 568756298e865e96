//! How far long work is: on a terminal's standard error, and nowhere else.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

const TICK: Duration = Duration::from_millis(100);

pub(super) fn bar(length: u64, what: &'static str) -> ProgressBar {
    styled(ProgressBar::new(length), "{bar:32} {pos}/{len} {msg}", what)
}

/// Where another one is shown.
pub(super) fn none() -> ProgressBar {
    ProgressBar::hidden()
}

pub(super) fn spinner(what: &'static str) -> ProgressBar {
    let spinner = styled(ProgressBar::new_spinner(), "{spinner} {pos} {msg}", what);
    spinner.enable_steady_tick(TICK);
    spinner
}

fn styled(bar: ProgressBar, template: &str, what: &'static str) -> ProgressBar {
    let style = ProgressStyle::with_template(template);
    let bar = style.map_or_else(|_| bar.clone(), |it| bar.clone().with_style(it));
    bar.with_message(what)
}
