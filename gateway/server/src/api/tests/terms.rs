//! What the first shop may pay out.

use paymux_engine::snapshot::TransferTerms;

pub(super) const PAYS_OUT: TransferTerms = TransferTerms {
    daily_amount: Some(100_000),
    account_daily_amount: None,
    approve_above: Some(50_000),
};
