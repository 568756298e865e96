//! One call to a channel: build, send, parse; the one place where a request leaves for it.

use paymux_channel::{BuildError, Call, Operation, Outcome, ParseError, Request, Step};
use paymux_core::MerchantId;
use paymux_core::time::millis;
use paymux_store::Store;
use tower::ServiceExt as _;
use tracing::Instrument as _;
use tracing::field::Empty;

use crate::gateway::Gateway;
use crate::outbound::CallError;
use crate::snapshot::Account;
use crate::traces::TARGET;
use crate::wanted::Source;

/// No answer that proves anything.
#[derive(Debug, thiserror::Error)]
pub enum Unanswered {
    #[error(transparent)]
    Build(#[from] BuildError),
    #[error(transparent)]
    Call(#[from] CallError),
    #[error(transparent)]
    Parse(#[from] ParseError),
    /// Whoever was to send it stood still for so long that it must not leave any more.
    #[error("it is too late to send it")]
    Late,
}

impl Unanswered {
    /// True when no byte of the request can have reached the channel.
    pub const fn never_sent(&self) -> bool {
        match self {
            Self::Build(_) | Self::Late => true,
            Self::Call(error) => error.never_sent(),
            Self::Parse(_) => false,
        }
    }

    /// We kept it back ourselves: the channel was not asked, and may answer as soon as it is.
    pub const fn is_shed(&self) -> bool {
        match self {
            Self::Call(CallError::Quota | CallError::Shut | CallError::Shed) => true,
            Self::Call(
                CallError::Connect | CallError::Deadline | CallError::Broken | CallError::TooLarge,
            )
            | Self::Build(_)
            | Self::Parse(_)
            | Self::Late => false,
        }
    }

    pub(crate) const fn name(&self) -> &'static str {
        match self {
            Self::Build(_) => "unfit",
            Self::Call(error) => error.name(),
            Self::Parse(_) => "unreadable",
            Self::Late => "late",
        }
    }
}

/// A request that is ready to leave.
pub struct Prepared {
    /// Whose share of the account's quota it is; none where it is for all of them.
    merchant: Option<MerchantId>,
    operation: Operation,
    call: Call,
    step: Step,
}

impl Prepared {
    /// What rides with the request, for the stack.
    #[must_use]
    pub(super) fn with<T: Clone + Send + Sync + 'static>(mut self, rider: T) -> Self {
        if let Step::Send(request) = &mut self.step {
            request.extensions_mut().insert(rider);
        }
        self
    }
}

impl<S: Store> Gateway<S> {
    /// Everything that can be wrong with a request before it leaves is wrong here.
    pub async fn prepare(
        &self,
        account: &Account,
        merchant: Option<&MerchantId>,
        operation: Operation,
    ) -> Result<Prepared, BuildError> {
        // Before the clock is read: what is signed is the moment of signing.
        let _turn = self.signing.turn().await;
        let call = account.call(&*self.world);
        let step = account.channel().build(&operation, &call)?;
        Ok(Prepared { merchant: merchant.cloned(), operation, call, step })
    }

    pub async fn send(&self, account: &Account, prepared: Prepared) -> Result<Outcome, Unanswered> {
        let Prepared { merchant, operation, call, step } = prepared;
        let mut request = match step {
            Step::Done(outcome) => return Ok(outcome),
            Step::Send(request) => *request,
        };
        request.extensions_mut().insert(OperationName(operation.name()));
        merchant.map(|it| request.extensions_mut().insert(MerchantName(it)));
        let begun = self.now();
        let span = tracing::trace_span!(
            target: TARGET,
            "channel call",
            otel.kind = "client",
            account = account.id.as_str(),
            operation = operation.name(),
            out_trade_no = %subject(&operation),
            outcome = Empty,
        );
        let answered = self.exchange(account, &operation, call, request);
        let answered = answered.instrument(span.clone()).await;
        let elapsed = self.now().since(begun);
        let outcome = answered.as_ref().map_or_else(Unanswered::name, Outcome::name);
        span.record("outcome", outcome);
        // The histogram measures the channel: what never left was not its time.
        let sent = !matches!(&answered, Err(error) if error.never_sent());
        self.metrics.call(account.id.as_str(), operation.name(), outcome, sent.then_some(elapsed));
        tracing::info!(
            account = account.id.as_str(),
            operation = operation.name(),
            out_trade_no = %subject(&operation),
            outcome,
            code = unknown_code(&answered),
            elapsed_ms = millis(elapsed),
            "channel.called"
        );
        answered
    }

    /// `prepare` and `send` for operations whose intent is committed already.
    pub async fn call(
        &self,
        account: &Account,
        merchant: Option<&MerchantId>,
        operation: Operation,
    ) -> Result<Outcome, Unanswered> {
        let prepared = self.prepare(account, merchant, operation).await?;
        self.send(account, prepared).await
    }

    async fn exchange(
        &self,
        account: &Account,
        operation: &Operation,
        call: Call,
        request: Request,
    ) -> Result<Outcome, Unanswered> {
        paymux_store::crashpoint!("call.before_send");
        let response = account.outbound.clone().oneshot(request).await?;
        paymux_store::crashpoint!("call.after_answer");
        let call = Call { now: self.now(), ..call };
        let parsed = account.channel().parse(operation, &call, &response);
        if let Err(ParseError::UnknownKey { serial }) = &parsed {
            self.stale_keys(account, Source::Answer, serial);
        }
        if let Ok(Outcome::Unknown { code }) = &parsed
            && account.channel().is_limited(code)
        {
            account.gauge.limited(operation.name());
        }
        Ok(parsed?)
    }
}

/// The channel's own word for what we do not understand.
fn unknown_code(answered: &Result<Outcome, Unanswered>) -> Option<&str> {
    if let Ok(Outcome::Unknown { code }) = answered { Some(code) } else { None }
}

/// Rides with each request, for the stack's metrics and quotas.
#[derive(Clone, Copy, Debug)]
pub struct OperationName(pub &'static str);

/// Rides with each request that is made for one merchant, for the stack's quotas.
#[derive(Clone, Debug)]
pub struct MerchantName(pub MerchantId);

/// The number a log line is found by.
fn subject(operation: &Operation) -> String {
    match operation {
        Operation::Pay(pay) => pay.attempt.to_string(),
        Operation::Combined(it) => it.attempt.to_string(),
        Operation::Query { attempt }
        | Operation::Close { attempt }
        | Operation::Reverse { attempt } => attempt.to_string(),
        Operation::Refund(it) | Operation::QueryRefund(it) => it.out_trade_no(),
        Operation::Transfer(it) | Operation::QueryTransfer(it) | Operation::CancelTransfer(it) => {
            it.out_bill_no()
        }
        Operation::Split(it) | Operation::QuerySplit(it) => it.out_order_no(),
        Operation::PlatformKeys { .. }
        | Operation::Bind(_)
        | Operation::Unbind(_)
        | Operation::Identify(_)
        | Operation::AppToken
        | Operation::Bill(_)
        | Operation::BillFile(..)
        | Operation::Raw(_) => String::new(),
    }
}
