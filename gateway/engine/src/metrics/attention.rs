//! The reasons for which a person should look, told as none from the start.

/// Why a person should look. A counter that is born with its first event rises unseen, so these
/// are there from the start.
pub(super) const ATTENTION: [&str; 15] = [
    "account_missing",
    "bill_line",
    "bill_refused",
    "contradiction",
    "endpoint_disabled",
    "merchant_missing",
    "nonces-full",
    "not_reversed",
    "settlement_contradicted",
    "settlement_exceeds_balance",
    "settlement_stuck",
    "settlement_unpayable",
    "settlement_waiting",
    "split_in_doubt",
    "split_stuck",
];
