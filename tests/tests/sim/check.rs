//! What must always be true, looked at where it would first break.
//!
//! INV-1 one payment per order, one answer per key: `commit`, `answer`, `end`. INV-2 intent before
//! call, one number, one content: `send`, `truth`. INV-3 one charge, surplus goes back once:
//! `send`, `truth`, `end`. INV-4 the money here is the money there: `truth`, `end`. INV-5 no more
//! goes back than came: `commit`, and the banks themselves. INV-6 told as over is over, or mended
//! and told: `truth`, `end`. INV-7 acknowledged is recorded: `notice`. INV-8 every event has its
//! deliveries, and each ends heard or exhausted: `commit`, `heard`, `end`. INV-9 nothing open
//! without a task, INV-10 no write of a lost lease, INV-11 events once and without gaps: `commit`.
//! INV-12 facts are only added: `history`. INV-14 all this with a lying guard: a third of the
//! seeds. INV-15 everything ends: `end`. INV-16 days count
//! what was taken: `end`. INV-17 the ledger sums to zero and agrees with every payment: `ledger`.
//! INV-13 (secrets) is looked at elsewhere.

pub(crate) mod answer;
pub(crate) mod commit;
pub(crate) mod end;
pub(crate) mod heard;
pub(crate) mod history;
pub(crate) mod ledger;
pub(crate) mod notice;
pub(crate) mod send;
pub(crate) mod truth;
