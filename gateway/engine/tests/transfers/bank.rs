//! A channel that pays out: once per number, and never quite reliably.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use paymux_channel::{
    Bill, BillBytes, BillEntry, BillFault, BillFile, BillLine, BillLines, BillRefund, BuildError,
    Call, Capabilities, Channel, ClientCertificate, News, Notification, Operation, Outcome,
    ParseError, Reply, Request, Response, Step, Till, TransferCall, TransferOutcome, Transfers,
    VerifyError,
};
use paymux_core::payment::Refusal;
use paymux_core::transfer::{Fact, PayeeKind};
use paymux_core::{Currency, Money, Timestamp};

/// Numbers that follow from a seed.
pub(crate) struct Chance(u64);

impl Chance {
    pub(crate) fn of(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x1234_5678_9abc_def1)
    }

    pub(crate) fn number(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.number() % end
    }

    pub(crate) fn one_in(&mut self, many: u64) -> bool {
        self.below(many) == 0
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    Processing,
    Waiting,
    Paid,
    Failed,
}

#[derive(Clone, Debug)]
struct Record {
    title: String,
    amount: i64,
    standing: Standing,
}

/// What was sent and has not arrived yet.
struct Late {
    at: Timestamp,
    text: String,
}

pub(crate) struct State {
    pub(crate) chance: Chance,
    records: BTreeMap<String, Record>,
    late: Vec<Late>,
    /// No faults any more: whatever is open comes to its end.
    pub(crate) calm: bool,
}

#[derive(Clone)]
pub(crate) struct Bank(Arc<Mutex<State>>);

impl Bank {
    pub(crate) fn new(seed: u64) -> Self {
        let chance = Chance::of(seed);
        let state = State { chance, records: BTreeMap::new(), late: vec![], calm: false };
        Self(Arc::new(Mutex::new(state)))
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// How often money went out under a title, whatever the number.
    pub(crate) fn paid(&self, title: &str) -> usize {
        let paid = |it: &&Record| it.title == title && it.standing == Standing::Paid;
        self.records.values().filter(paid).count()
    }

    pub(crate) fn fail(&mut self) {
        self.records.values_mut().for_each(|it| it.standing = Standing::Failed);
    }

    pub(crate) fn forget(&mut self) {
        self.records.clear();
    }

    pub(crate) fn held_back(&self) -> bool {
        !self.late.is_empty()
    }

    pub(crate) fn later(&mut self, text: String, at: Timestamp) {
        self.late.push(Late { at, text });
    }

    /// What was late arrives, and what is under way goes on.
    pub(crate) fn pass(&mut self, now: Timestamp) {
        let (due, late) = self.late.drain(..).partition::<Vec<_>, _>(|it| it.at <= now);
        self.late = late;
        for it in due {
            self.answer(&it.text);
        }
        let calm = self.calm;
        for record in self.records.values_mut() {
            let open = matches!(record.standing, Standing::Processing | Standing::Waiting);
            if open && (calm || self.chance.one_in(6)) {
                record.standing = match self.chance.below(4) {
                    0 => Standing::Failed,
                    1 if !calm => Standing::Waiting,
                    _ => Standing::Paid,
                };
            }
        }
    }

    /// `operation number amount title` → a word and what belongs to it.
    pub(crate) fn answer(&mut self, text: &str) -> String {
        let mut words = text.split(' ');
        let mut word = || words.next().unwrap_or_default().to_owned();
        let (operation, number, amount, title) = (word(), word(), word(), word());
        let known = self.records.get(&number).map(|it| it.standing);
        match (operation.as_str(), known) {
            ("transfer", None) if !self.calm && self.chance.one_in(4) => "refused".into(),
            ("transfer", None) => {
                let standing = match self.chance.below(3) {
                    0 => Standing::Paid,
                    1 => Standing::Waiting,
                    _ => Standing::Processing,
                };
                let amount = amount.parse().unwrap_or_default();
                self.records.insert(number.clone(), Record { title, amount, standing });
                self.told(&number)
            }
            // A repeat may be refused although the first was taken.
            ("transfer", Some(_)) if !self.calm && self.chance.one_in(4) => "refused".into(),
            ("cancel", Some(Standing::Waiting)) => {
                if let Some(record) = self.records.get_mut(&number) {
                    record.standing = Standing::Failed;
                }
                self.told(&number)
            }
            (_, Some(_)) => self.told(&number),
            (_, None) => "absent".into(),
        }
    }

    fn told(&self, number: &str) -> String {
        let Some(record) = self.records.get(number) else { return "absent".into() };
        match record.standing {
            Standing::Processing => "processing".into(),
            Standing::Waiting => "waiting".into(),
            Standing::Paid => format!("paid {}", record.amount),
            Standing::Failed => "failed".into(),
        }
    }

    /// What it would tell of by itself: a number, and how that stands.
    pub(crate) fn news(&mut self) -> Option<(String, String)> {
        let numbers: Vec<_> = self.records.keys().cloned().collect();
        let count = u64::try_from(numbers.len()).unwrap_or(0);
        let place = usize::try_from(self.chance.below(count.max(1))).unwrap_or(0);
        let number = numbers.get(place)?;
        Some((number.clone(), self.told(number)))
    }
}

/// Its words as the gateway reads them.
#[derive(Debug)]
pub(crate) struct Words(Capabilities);

impl Words {
    pub(crate) fn new() -> Self {
        let payees = &[PayeeKind::OpenId];
        Self(Capabilities {
            methods: &[],
            fetches_platform_keys: false,
            till: Till::default(),
            refund_every: Duration::ZERO,
            bills_from: Duration::ZERO,
            shown_for: |_| None,
            transfers: Some(Transfers { payees, red_packets: false, cancels: true }),
            splits: None,
            app_token: None,
        })
    }
}

fn sent(operation: &str, it: &TransferCall) -> Step {
    let (number, amount) = (it.out_bill_no(), it.amount.minor());
    let text = format!("{operation} {number} {amount} {}", it.title);
    Step::Send(Box::new(Request::new(Bytes::from(text))))
}

fn refusal() -> Refusal {
    Refusal { code: "NO".into(), message: "no".into() }
}

fn fact(text: &str, now: Timestamp) -> Option<Fact> {
    let (word, amount) = text.split_once(' ').unwrap_or((text, ""));
    match word {
        "processing" => Some(Fact::Accepted { channel_transfer_no: None }),
        "waiting" => Some(Fact::Waiting { channel_transfer_no: None, package: None }),
        "paid" => {
            let amount = Money::new(amount.parse().ok()?, Currency::Cny).ok()?;
            Some(Fact::Succeeded { amount, channel_transfer_no: None, at: now })
        }
        "failed" => Some(Fact::Closed(refusal())),
        "refused" => Some(Fact::Refused(refusal())),
        _ => None,
    }
}

/// A line of a bill is a number and an amount; that of a refund which is under way has its own
/// number behind.
fn paid(text: &str) -> Result<BillLine, BillFault> {
    let mut words = text.split(' ');
    let mut word = || words.next().ok_or(BillFault::Unread);
    let (number, amount) = (word()?, word()?);
    let amount = amount.parse().ok().and_then(|it| Money::new(it, Currency::Cny).ok());
    let amount = amount.ok_or(BillFault::Unread)?;
    let refund = |it: &str| BillEntry::Refund {
        out_refund_no: it.into(),
        channel_refund_no: None,
        amount,
        state: BillRefund::Processing,
    };
    Ok(BillLine {
        line: 1,
        at: Timestamp(0),
        out_trade_no: number.into(),
        channel_trade_no: "4711".into(),
        entry: words.next().map_or(BillEntry::Paid { amount }, refund),
        fee: None,
    })
}

impl Channel for Words {
    fn capabilities(&self) -> &Capabilities {
        &self.0
    }

    fn identity(&self) -> String {
        "bank".into()
    }

    fn party(&self) -> Option<String> {
        None
    }

    fn client_certificate(&self) -> Option<&ClientCertificate> {
        None
    }

    fn identify_url(&self, _: &str, _: &str) -> Option<String> {
        None
    }

    fn build(&self, operation: &Operation, _: &Call) -> Result<Step, BuildError> {
        match operation {
            Operation::Transfer(it) => Ok(sent("transfer", it)),
            Operation::QueryTransfer(it) => Ok(sent("query", it)),
            Operation::CancelTransfer(it) => Ok(sent("cancel", it)),
            _ => Err(BuildError::Unsupported),
        }
    }

    fn parse(
        &self,
        _: &Operation,
        call: &Call,
        response: &Response,
    ) -> Result<Outcome, ParseError> {
        let text = std::str::from_utf8(response.body()).unwrap_or_default();
        if text == "absent" {
            return Ok(Outcome::Transfer(TransferOutcome::Absent));
        }
        let fact = fact(text, call.now);
        let unknown = Outcome::Unknown { code: "SYSTEM_ERROR".into() };
        Ok(fact.map_or(unknown, |it| Outcome::Transfer(TransferOutcome::Fact(it))))
    }

    fn is_limited(&self, _: &str) -> bool {
        false
    }

    fn advice(&self, _: &str) -> Option<&'static str> {
        None
    }

    fn verify(&self, request: &Request, now: Timestamp) -> Result<Notification, VerifyError> {
        let text = std::str::from_utf8(request.body()).unwrap_or_default();
        let (number, told) = text.split_once(' ').ok_or(VerifyError::Malformed("text"))?;
        let news = fact(told, now).map(News::Transfer).into_iter().collect();
        let (id, kind) = (text.replace(' ', "/"), "bill".to_owned());
        let out_trade_no = number.to_owned();
        Ok(Notification { id, kind, out_trade_no, news, mismatch: None })
    }

    fn verify_return(&self, _: &str) -> Result<String, VerifyError> {
        Err(VerifyError::Unsupported)
    }

    fn read_bill(&self, _: Bill, _: &BillFile, mut bytes: BillBytes) -> BillLines {
        let mut text = String::new();
        let read = bytes.read_to_string(&mut text);
        let lines: Vec<_> = text.lines().map(paid).collect();
        if read.is_ok() { Box::new(lines.into_iter()) } else { Box::new(std::iter::empty()) }
    }

    fn reply(&self, _: Reply) -> Response {
        Response::new(Bytes::new())
    }
}
