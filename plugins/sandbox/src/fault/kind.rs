//! The kinds of fault and the operations they can strike.

use serde::{Deserialize, Serialize};

use super::list::Class;

#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Operation {
    Pay,
    Query,
    Close,
    /// A till takes a charge back: Alipay's cancel, WeChat Pay's reverse.
    Reverse,
    Refund,
    RefundQuery,
    Certificates,
    /// Who the payer is: OAuth, a mini program's login, a payment code's owner.
    Identify,
    /// Tokens of an application or of a service provider's merchant.
    Token,
    /// A day's bill: where it is, not the file itself.
    Bill,
    /// Money paid out.
    Transfer,
    TransferQuery,
    /// WeChat Pay takes back what its payee has not taken.
    TransferCancel,
    Notify,
    #[default]
    Any,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FaultKind {
    /// The effect happens, then the connection is cut without an answer.
    LoseAnswer,
    /// No effect; the connection is cut.
    DropRequest,
    /// The effect happens, nothing is answered, and after `ms` the connection is cut.
    Hang,
    /// The effect happens, the answer comes `ms` later.
    Delay,
    /// Effect and answer both come `ms` later, even if the caller has gone.
    SlowRequest,
    /// HTTP 500 with an HTML body; no effect unless `effect` is true.
    #[serde(rename = "status_500")]
    Status500,
    /// HTTP 200 with an HTML page; the effect happens unless `effect` is false.
    #[serde(rename = "html_200")]
    Html200,
    /// HTTP 200 with broken JSON; the effect happens unless `effect` is false.
    GarbageJson,
    /// The signature of the answer (or of the first delivery of a notification) is wrong.
    WrongSignature,
    /// WeChat Pay's probe: a signature that begins `WECHATPAY/SIGNTEST/`, and never is right. A
    /// notification follows its probe.
    SignTest,
    /// Signed under a serial that nobody knows.
    StrangeSerial,
    /// Signed ten minutes ago.
    StaleTimestamp,
    /// Not signed at all.
    Unsigned,
    /// The answer or the notification names one fen more than was paid, correctly signed.
    WrongAmount,
    /// A refusal with a code nobody documented; the effect happens unless `effect` is false.
    UnknownCode,
    /// The channel's own "system error"; the effect happens unless `effect` is false.
    SystemError,
    /// The channel's "too many requests"; no effect unless `effect` is true.
    RateLimited,
    /// The refusal that `code` names, in the channel's words; no effect unless `effect` is true.
    Refuse,
    /// Taking a charge back is not finished: Alipay says `retry_flag` Y, WeChat Pay `recall` Y; no
    /// effect unless `effect` is true.
    AskAgain,
    /// The notification is never sent.
    NotifyLost,
    /// Each delivery is made `n` times.
    NotifyDouble,
    /// The first delivery comes `ms` later.
    NotifyDelay,
    /// The notification is held until the channel's next one was sent.
    NotifyReorder,
    /// WeChat Pay: the refund ends ABNORMAL. Alipay: refused as frozen.
    RefundAbnormal,
    /// WeChat Pay: the refund ends CLOSED. Alipay: refused as not allowed.
    RefundClosed,
    /// The merchant's balance does not cover the refund.
    NotEnough,
}

impl FaultKind {
    /// Whether it is the signature that is wrong.
    pub(crate) fn spoils(self) -> bool {
        matches!(
            self,
            Self::WrongSignature
                | Self::SignTest
                | Self::StrangeSerial
                | Self::StaleTimestamp
                | Self::Unsigned
        )
    }

    /// Whether this kind says anything about this moment of this operation.
    pub(super) fn strikes(self, class: Class, operation: Operation) -> bool {
        match class {
            Class::Request => self.strikes_request(operation),
            Class::Notification => self.strikes_notification(),
            Class::RefundOutcome => self.decides_refund(),
        }
    }

    fn strikes_request(self, operation: Operation) -> bool {
        match self {
            Self::WrongAmount => {
                matches!(
                    operation,
                    Operation::Query
                        | Operation::Refund
                        | Operation::RefundQuery
                        | Operation::TransferQuery
                )
            }
            Self::AskAgain => operation == Operation::Reverse,
            Self::LoseAnswer
            | Self::DropRequest
            | Self::Hang
            | Self::Delay
            | Self::SlowRequest
            | Self::Status500
            | Self::Html200
            | Self::GarbageJson
            | Self::WrongSignature
            | Self::SignTest
            | Self::StrangeSerial
            | Self::StaleTimestamp
            | Self::Unsigned
            | Self::UnknownCode
            | Self::SystemError
            | Self::RateLimited
            | Self::Refuse => true,
            Self::NotifyLost
            | Self::NotifyDouble
            | Self::NotifyDelay
            | Self::NotifyReorder
            | Self::RefundAbnormal
            | Self::RefundClosed
            | Self::NotEnough => false,
        }
    }

    fn strikes_notification(self) -> bool {
        match self {
            Self::WrongSignature
            | Self::SignTest
            | Self::StrangeSerial
            | Self::StaleTimestamp
            | Self::Unsigned
            | Self::WrongAmount
            | Self::NotifyLost
            | Self::NotifyDouble
            | Self::NotifyDelay
            | Self::NotifyReorder => true,
            Self::LoseAnswer
            | Self::DropRequest
            | Self::Hang
            | Self::Delay
            | Self::SlowRequest
            | Self::Status500
            | Self::Html200
            | Self::GarbageJson
            | Self::UnknownCode
            | Self::SystemError
            | Self::RateLimited
            | Self::Refuse
            | Self::AskAgain
            | Self::RefundAbnormal
            | Self::RefundClosed
            | Self::NotEnough => false,
        }
    }

    fn decides_refund(self) -> bool {
        matches!(self, Self::RefundAbnormal | Self::RefundClosed | Self::NotEnough)
    }

    /// What a magic subject means when it names no operation.
    pub(super) fn natural_operation(self) -> Operation {
        if self.decides_refund() {
            Operation::Refund
        } else if self == Self::WrongAmount {
            Operation::Any
        } else if self == Self::AskAgain {
            Operation::Reverse
        } else if self.strikes_request(Operation::Pay) {
            Operation::Pay
        } else {
            Operation::Notify
        }
    }

    /// Whether the channel acts before this answer, unless the rule says otherwise.
    pub(super) fn acts_by_default(self) -> bool {
        !matches!(
            self,
            Self::DropRequest | Self::Status500 | Self::RateLimited | Self::Refuse | Self::AskAgain
        )
    }
}
