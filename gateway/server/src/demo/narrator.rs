//! Turns the wide log lines into a story: who sent what to whom, and what came of it.

use std::collections::BTreeMap;
use std::fmt::{Debug, Write as _};
use std::io::{IsTerminal as _, Write as _};
use std::time::Instant;

use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;

/// Writes one line per thing that happened.
pub(super) struct Narrator {
    begun: Instant,
    coloured: bool,
}

impl Narrator {
    pub(super) fn new() -> Self {
        Self { begun: Instant::now(), coloured: std::io::stdout().is_terminal() }
    }

    /// A line of the demo's own.
    pub(super) fn say(text: &str) {
        // A closed pipe is no reason to stop.
        let _ = writeln!(std::io::stdout().lock(), "{text}");
    }

    fn tell(&self, line: &Line) {
        let elapsed = self.begun.elapsed().as_millis();
        let (seconds, millis) = (elapsed / 1000, elapsed % 1000);
        let Line { from, to, text, tone } = line;
        let text = self.paint(*tone, text);
        Self::say(&format!("{seconds:>3}.{millis:03}  {from:>6} ─▶ {to:<6}  {text}"));
    }

    fn paint(&self, tone: Tone, text: &str) -> String {
        let code = match tone {
            Tone::Plain => return text.to_owned(),
            Tone::Good => 32,
            Tone::Bad => 33,
            Tone::Quiet => 36,
        };
        if self.coloured { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    }
}

#[derive(Clone, Copy)]
enum Tone {
    Plain,
    Good,
    Bad,
    Quiet,
}

struct Line {
    from: String,
    to: String,
    text: String,
    tone: Tone,
}

impl Line {
    fn new(from: &str, to: &str, tone: Tone, text: String) -> Self {
        Self { from: from.into(), to: to.into(), text, tone }
    }
}

impl<S: Subscriber> Layer<S> for Narrator {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut fields = Fields::default();
        event.record(&mut fields);
        match narrate(&fields) {
            Some(line) => self.tell(&line),
            None if *event.metadata().level() <= Level::WARN => {
                Self::say(&format!("         ! {}", fields.all()));
            }
            None => {}
        }
    }
}

fn narrate(fields: &Fields) -> Option<Line> {
    match fields.of("message") {
        "request.answered" => request(fields),
        "channel.called" => Some(called(fields)),
        "notification.received" => Some(notified(fields)),
        "payment.applied" => Some(applied(fields)),
        "delivery.attempted" => Some(delivered(fields)),
        _ => None,
    }
}

fn request(fields: &Fields) -> Option<Line> {
    let route = fields.of("route");
    if !route.starts_with("/v1/") || fields.of("method") == "GET" {
        return None;
    }
    let status = fields.of("status");
    let text = format!("{} {route}: {status}", fields.of("method"));
    let tone = if status.starts_with('2') { Tone::Plain } else { Tone::Bad };
    Some(Line::new("shop", "paymux", tone, text))
}

fn called(fields: &Fields) -> Line {
    let (operation, outcome) = (fields.of("operation"), fields.of("outcome"));
    let proven = outcome.starts_with("refund.")
        || matches!(outcome, "accepted" | "unpaid" | "paid" | "closed" | "platform_keys");
    let (tone, proof) =
        if proven { (Tone::Plain, ", its signature verified") } else { (Tone::Bad, "") };
    let text = format!("{operation}, signed: {outcome} in {} ms{proof}", fields.of("elapsed_ms"));
    Line::new("paymux", channel(fields), tone, text)
}

fn notified(fields: &Fields) -> Line {
    let (kind, outcome) = (fields.of("kind"), fields.of("outcome"));
    let (tone, what) = match outcome {
        "applied" => (Tone::Good, "signature verified, committed, then acknowledged"),
        "duplicate" => (Tone::Quiet, "signature verified, seen before: deduplicated"),
        "redundant" => (Tone::Quiet, "signature verified, says what was known"),
        "busy" => (Tone::Quiet, "signature verified, its twin is being recorded: again later"),
        _ => (Tone::Bad, outcome),
    };
    Line::new(channel(fields), "paymux", tone, format!("notification {kind}: {what}"))
}

fn applied(fields: &Fields) -> Line {
    let text = format!("{}: the payment is {}", fields.of("event"), fields.of("status"));
    Line::new("paymux", "store", Tone::Quiet, text)
}

fn delivered(fields: &Fields) -> Line {
    let mut text = format!("webhook {}, attempt {}: ", fields.of("event"), fields.of("attempt"));
    let status = fields.of("http_status");
    let _ = match (fields.of("outcome"), status) {
        ("acknowledged", _) => write!(text, "HTTP {status} `success`"),
        (outcome, "") => write!(text, "{outcome}"),
        (outcome, _) => write!(text, "{outcome} (HTTP {status})"),
    };
    let next = fields.of("next_in_ms");
    if !next.is_empty() {
        let _ = write!(text, ", again in {next} ms");
    }
    let tone = if next.is_empty() { Tone::Good } else { Tone::Bad };
    Line::new("paymux", "shop", tone, text)
}

fn channel(fields: &Fields) -> &str {
    fields.of("account").trim_end_matches("-sandbox")
}

/// An event's fields as text.
#[derive(Default)]
struct Fields(BTreeMap<&'static str, String>);

impl Fields {
    fn of(&self, name: &str) -> &str {
        self.0.get(name).map_or("", String::as_str)
    }

    fn all(&self) -> String {
        let pairs = self.0.iter().map(|(name, value)| format!("{name}={value}"));
        pairs.collect::<Vec<_>>().join(" ")
    }
}

impl Visit for Fields {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.insert(field.name(), value.to_owned());
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.0.insert(field.name(), format!("{value:?}"));
    }
}
