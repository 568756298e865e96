//! An account: asks its channel after an order that never was, and reads what comes back.

use std::sync::Arc;
use std::time::Duration;

use http::header::DATE;
use jiff::fmt::rfc2822;
use paymux_channel::{BuildError, Channel, Operation, Outcome, ParseError, PlatformKey, Response};
use paymux_core::{AccountId, AttemptId};
use paymux_engine::clock::World as _;
use paymux_engine::outbound::CallError;
use rustls::RootCertStore;

use super::findings::Finding;
use crate::clock::RealWorld;
use crate::outbound::Bare;
use crate::registry;
use crate::settings::Settings;

/// Channels refuse what was signed further from their own time.
const SKEW: Duration = Duration::from_secs(300);
/// So far off, a clock is not kept by anybody.
const ODD_SKEW: Duration = Duration::from_secs(15);

/// One account under examination.
struct Patient<'a> {
    settings: &'a Settings,
    id: &'a AccountId,
    subject: String,
    way: Bare,
    world: RealWorld,
}

/// Why no answer could be had, or none that proves anything.
enum Trouble {
    Build(BuildError),
    Call(CallError),
    Parse(ParseError),
}

pub(super) async fn examine(
    settings: &Settings,
    id: &AccountId,
    channel: &Arc<dyn Channel>,
    roots: &Arc<RootCertStore>,
) -> Vec<Finding> {
    let limits = crate::app::limits::outbound_limits(settings, id);
    let way = Bare::new(&limits, roots, channel.client_certificate());
    let subject = format!("accounts.{id}");
    let patient = Patient { settings, id, subject, way, world: RealWorld::default() };
    patient.examine(channel).await
}

impl Patient<'_> {
    async fn examine(&self, channel: &Arc<dyn Channel>) -> Vec<Finding> {
        let mut findings = vec![];
        let channel = match self.with_keys(channel).await {
            Ok(channel) => channel,
            Err((trouble, answer)) => {
                findings.extend(answer.as_ref().and_then(|it| self.clock(it)));
                findings.push(self.trouble(&trouble));
                return findings;
            }
        };
        let question = Operation::Query { attempt: AttemptId::NOBODYS };
        let (asked, answer) = self.ask(channel.as_ref(), &question).await;
        findings.extend(answer.as_ref().and_then(|it| self.clock(it)));
        findings.push(match asked {
            Ok(outcome) => self.read(channel.as_ref(), &outcome),
            Err(trouble) => self.trouble(&trouble),
        });
        findings
    }

    /// Answers may be verified with keys that must be fetched first.
    async fn with_keys(
        &self,
        channel: &Arc<dyn Channel>,
    ) -> Result<Arc<dyn Channel>, (Trouble, Option<Response>)> {
        if !channel.capabilities().fetches_platform_keys {
            return Ok(Arc::clone(channel));
        }
        let fetch = Operation::PlatformKeys { serial: None };
        let (asked, answer) = self.ask(channel.as_ref(), &fetch).await;
        match asked {
            Ok(Outcome::PlatformKeys(keys)) => Ok(self.reopened(channel, &keys)),
            Ok(_) => Ok(Arc::clone(channel)),
            Err(trouble) => Err((trouble, answer)),
        }
    }

    fn reopened(&self, channel: &Arc<dyn Channel>, keys: &[PlatformKey]) -> Arc<dyn Channel> {
        let account = self.settings.accounts.get(self.id);
        let opened = account.and_then(|it| {
            registry::plugin(&it.channel).and_then(|plugin| plugin.open(&it.settings, keys).ok())
        });
        opened.unwrap_or_else(|| Arc::clone(channel))
    }

    async fn ask(
        &self,
        channel: &dyn Channel,
        operation: &Operation,
    ) -> (Result<Outcome, Trouble>, Option<Response>) {
        let base = &self.settings.server.public_url;
        let mut call = paymux_channel::Call {
            now: self.world.now(),
            nonce: self.world.nonce(),
            notify_url: format!("{base}/notify/{}", self.id),
            return_url: format!("{base}/return/{}", self.id),
        };
        let request = match channel.build(operation, &call) {
            Ok(paymux_channel::Step::Send(request)) => request,
            Ok(paymux_channel::Step::Done(outcome)) => return (Ok(outcome), None),
            Err(error) => return (Err(Trouble::Build(error)), None),
        };
        let response = match self.way.send(*request).await {
            Ok(response) => response,
            Err(error) => return (Err(Trouble::Call(error)), None),
        };
        call.now = self.world.now();
        let parsed = channel.parse(operation, &call, &response).map_err(Trouble::Parse);
        (parsed, Some(response))
    }

    /// How far our clock is from the channel's, by the date of its answer.
    fn clock(&self, answer: &Response) -> Option<Finding> {
        let date = answer.headers().get(DATE)?.to_str().ok()?;
        let theirs = rfc2822::DateTimeParser::new().parse_timestamp(date).ok()?;
        let ours = jiff::Timestamp::from_millisecond(self.world.now().0).ok()?;
        let apart = ours.duration_since(theirs).unsigned_abs();
        let finding = || format!("its clock and ours are {} s apart", apart.as_secs());
        let advice = "set this machine's clock by NTP";
        if apart >= SKEW {
            Some(Finding::broken(&self.subject, finding(), advice))
        } else if apart >= ODD_SKEW {
            Some(Finding::odd(&self.subject, finding(), advice))
        } else {
            None
        }
    }

    /// Whatever it says of the order: it was verified, so both sides' keys are right.
    fn read(&self, channel: &dyn Channel, outcome: &Outcome) -> Finding {
        let subject = &self.subject;
        let Outcome::Unknown { code } = outcome else {
            return Finding::well(subject, "its channel knows us, and we know its signature");
        };
        let said = format!("it says {code}");
        if let Some(advice) = channel.advice(code) {
            return Finding::broken(subject, said, advice);
        }
        let advice = match channel.is_limited(code) {
            true => "too often: ask again later; another program may use this account",
            false => "look the code up in the channel's documents",
        };
        Finding::odd(subject, said, advice)
    }

    fn trouble(&self, trouble: &Trouble) -> Finding {
        let (finding, advice) = match trouble {
            Trouble::Build(error) => (error.to_string(), "look at the account's settings"),
            Trouble::Call(error) => (error.to_string(), way(*error)),
            Trouble::Parse(error) => (error.to_string(), proof(error)),
        };
        Finding::broken(&self.subject, finding, advice)
    }
}

const fn way(error: CallError) -> &'static str {
    match error {
        CallError::Connect => {
            "look at name resolution, the firewall, and certificates of a proxy on the way"
        }
        CallError::Deadline | CallError::Broken => {
            "look at the network on the way to the channel, and at `outbound.deadline`"
        }
        CallError::TooLarge => "what answers is not the channel: look at `base`",
        CallError::Quota | CallError::Shut | CallError::Shed => "ask again later",
    }
}

const fn proof(error: &ParseError) -> &'static str {
    match error {
        ParseError::Signature => {
            "the channel's public key is another one: it may be the application's or the \
             merchant's own, where the platform's belongs"
        }
        ParseError::UnknownKey { .. } => {
            "add the platform's key or certificate of this number, as the channel's console shows it"
        }
        ParseError::Stale => "set this machine's clock by NTP",
        ParseError::Malformed(_) => "what answers may not be the channel: look at `base`",
    }
}
