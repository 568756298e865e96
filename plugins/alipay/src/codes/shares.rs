//! Of `alipay.trade.order.settle`, the return of shares and the binding of receivers: refused is
//! what, under its number, moved nothing; stuck is what only a question can decide.

use paymux_channel::{Outcome, SplitOutcome};
use paymux_core::split::{Fact, Kind};

use super::Meaning::{Query, Refused, Retry};
use super::{Failure, Row, SPEC, Table};

const TABLE: Table = &[&[
    Row("SYSTEM_ERROR", Retry, SPEC),
    Row("TRADE_SETTLE_ERROR", Retry, SPEC),
    Row("FREQUENCY_LIMITED", Retry, SPEC),
    // Not paid yet, or too soon behind it.
    Row("TRADE_STATUS_ERROR", Retry, SPEC),
    Row("TXN_RESULT_ACCOUNT_BALANCE_NOT_ENOUGH", Retry, SPEC),
    // The number did share, with another content.
    Row("DISCORDANT_REPEAT_REQUEST", Query, SPEC),
    Row("DUP_OUT_REQUEST_NO", Query, SPEC),
    Row("INVALID_PARAMETER", Query, SPEC),
    Row("TRADE_NOT_EXIST", Refused, SPEC),
    Row("ROYALTY_RECEIVER_INVALID", Refused, SPEC),
    Row("ALLOC_AMOUNT_VALIDATE_ERROR", Refused, SPEC),
    Row("ALREADY_FINISH_ALLOC", Refused, SPEC),
    Row("NOT_SUPPORT_ROYALTY", Refused, SPEC),
    Row("USER_ACCOUNT_HAD_FREEZEN", Refused, SPEC),
]];

const FINISHED: Table = &[&[Row("ALREADY_FINISH_ALLOC", Refused, SPEC)]];

/// Of `alipay.trade.refund` where it takes a share back.
const RETURN: Table = &[&[
    Row("SYSTEM_ERROR", Retry, SPEC),
    Row("TRADE_SETTLE_ERROR", Retry, SPEC),
    Row("DISCORDANT_REPEAT_REQUEST", Query, SPEC),
    Row("INVALID_PARAMETER", Query, SPEC),
    Row("REFUNDALLOC_UNAUTH_LIMIT", Refused, SPEC),
    Row("REFUND_ROYALTY_PAYEE_ACCOUNT_NOT_EXIST", Refused, SPEC),
    Row("ALLOC_AMOUNT_VALIDATE_ERROR", Refused, SPEC),
    Row("TRADE_HAS_FINISHED", Refused, SPEC),
]];

/// Without the prefix; no money is near.
const RECEIVER: Table = &[&[
    Row("SYSTEM_ERROR", Retry, SPEC),
    Row("INVALID_PARAMETER", Refused, SPEC),
    Row("RELATION_QUANTITY_LIMIT", Refused, SPEC),
    Row("PRODUCT_UNSIGN", Refused, SPEC),
    Row("USER_NOT_EXIST", Refused, SPEC),
    Row("RECEIVER_LIST_EMPTY", Refused, SPEC),
    Row("RECEIVER_LIST_OVERLOAD", Refused, SPEC),
    Row("INVALID_RECEIVER_TYPE", Refused, SPEC),
    Row("USERNAME_NOT_MATCH", Refused, SPEC),
    Row("RECEIVER_ACCOUNT_NOT_CERTIFY", Refused, SPEC),
    Row("RECEIVER_ACCOUNT_NO_BALANCE", Refused, SPEC),
    Row("RECEIVER_ACCOUNT_STATE_INVALID", Refused, SPEC),
]];

impl Failure {
    /// Only business codes count, as of a refund: a refusal releases reserved money.
    pub(crate) fn of_split(self, kind: Kind) -> Outcome {
        let finished = self.meaning(FINISHED).is_some();
        match kind {
            // By this number or another, the rest is the merchant's own.
            Kind::Finish if finished => {
                let done = Fact::Progress { channel_split_no: None, done: true, lines: vec![] };
                Outcome::Split(SplitOutcome::Fact(done))
            }
            Kind::Share { .. } | Kind::Finish | Kind::Return { .. } => self.splitting(TABLE),
        }
    }

    pub(crate) fn of_split_return(self) -> Outcome {
        self.splitting(RETURN)
    }

    fn splitting(&self, table: Table) -> Outcome {
        let fact = match self.meaning(table) {
            Some(Refused) => Fact::Refused(self.refusal()),
            Some(Query) => Fact::Stuck(self.refusal()),
            Some(_) | None => return self.unknown(),
        };
        Outcome::Split(SplitOutcome::Fact(fact))
    }

    /// No code says that a number is unknown: an empty answer does.
    pub(crate) fn of_split_query(self) -> Outcome {
        self.unknown()
    }

    /// No money is near: what the gateway refuses is refused, too.
    pub(crate) fn of_receiver(self) -> Outcome {
        self.placing(RECEIVER)
    }
}
