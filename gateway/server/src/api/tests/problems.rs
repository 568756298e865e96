//! Problems beyond the merchant's own mistakes: their shape, and a store that fails.

mod settlements;

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use http::{Method, Request};
use paymux_core::bill::{Bill, BillRecord};
use paymux_core::delivery::Delivery;
use paymux_core::endpoint::EndpointState;
use paymux_core::ledger::{Book, Cause, Posting};
use paymux_core::payment::Payment;
use paymux_core::reconcile::{self, DifferenceRecord};
use paymux_core::route::{Day, Taken};
use paymux_core::transfer::Transfer;
use paymux_core::{
    AccountId, Currency, DeliveryId, EndpointId, EventId, MerchantId, OrderNo, PaymentId,
    Timestamp, TransferId,
};
use paymux_store::{
    Audited, Backlog, Balance, Binding, Change, CommitError, Differences, Disposition, Entry,
    IdempotencyKey, Idempotent, Imbalance, Key, Leased, Managed, MerchantEvent, Outstanding, Pages,
    Read, Receivers, Store, StoreError, Stored, Stretch, Unfinished, Watch, Which,
};
use tokio_util::task::TaskTracker;
use tower::ServiceExt as _;

use super::rig::{Reply, Rig, ask, gateway, limits, order};
use crate::inbound::Public;

#[tokio::test]
async fn a_problem_has_the_standards_shape() {
    let rig = Rig::new();
    let reply = rig.post("/v1/payments", "k", r#"{"amount":0}"#).await;
    assert_eq!(reply.outcome(), "400 invalid-field");
    let text = std::str::from_utf8(&reply.body).unwrap();
    let id = reply.header("x-request-id");
    let members = [
        r#"{"type":"/problems/invalid-field","title":"A field has a value it cannot have""#.into(),
        r#""status":400,"detail":"see errors""#.into(),
        format!(r#""instance":"urn:request:{id}","code":"invalid-field","request_id":"{id}""#),
        r#""retryable":false,"errors":[{"pointer":"/order_no","reason":"is missing"}"#.into(),
    ];
    assert!(text.starts_with(&members.join(",")), "{text}");
    assert_eq!(reply.header("retry-after"), "");
}

#[tokio::test]
async fn a_store_that_fails_is_named_and_asks_for_a_repeat() {
    let gateway = gateway(Broken, &Arc::default(), &Arc::default());
    let router = Public::new(&gateway, &limits(), &TaskTracker::new()).into_service();
    let check = async |method: Method, path: &str| {
        let request = ask(method, path)
            .header("idempotency-key", "k")
            .header("content-type", "application/json");
        let body = if path.ends_with("/refunds") {
            r#"{"refund_no":"R","amount":1,"currency":"CNY"}"#.into()
        } else {
            order("A-1")
        };
        let body = if path.ends_with("/close") { String::new() } else { body };
        let request: Request<Body> = request.body(body.into()).unwrap();
        let reply = Reply::of(router.clone().oneshot(request).await.unwrap()).await;
        assert_eq!(reply.outcome(), "503 store-unavailable", "{path}");
        assert_eq!(reply.header("retry-after"), "1", "{path}");
        assert!(!reply.text("/detail").contains("/var/lib"), "{path}");
    };
    let id = "pay_00000000000000000000000000";
    check(Method::POST, "/v1/payments").await;
    check(Method::POST, &format!("/v1/payments/{id}/close")).await;
    check(Method::POST, &format!("/v1/payments/{id}/refunds")).await;
    check(Method::GET, "/v1/payments").await;
    check(Method::GET, "/v1/payments?order_no=A-1").await;
    check(Method::GET, &format!("/v1/payments/{id}")).await;
    check(Method::GET, &format!("/v1/payments/{id}/refunds")).await;
    check(Method::GET, &format!("/v1/payments/{id}/timeline")).await;
    check(Method::GET, "/v1/refunds/ref_0000000000000000000000000001").await;
    check(Method::GET, "/v1/events").await;
    check(Method::GET, "/v1/events/evt_000000000000000000000000000001").await;
}

/// A store behind which the disk is gone.
#[derive(Clone)]
pub(crate) struct Broken;

fn gone() -> StoreError {
    StoreError("disk I/O error at /var/lib/paymux.db".into())
}

impl Differences for Broken {
    async fn difference(&self, _: &AccountId, _: reconcile::Key) -> Read<Option<DifferenceRecord>> {
        Err(gone())
    }

    async fn differences_of(
        &self,
        _: &AccountId,
        _: Day,
        _: Option<reconcile::Key>,
        _: usize,
    ) -> Read<Vec<DifferenceRecord>> {
        Err(gone())
    }

    async fn waiting_differences(
        &self,
        _: &AccountId,
        _: Day,
        _: usize,
    ) -> Read<Vec<DifferenceRecord>> {
        Err(gone())
    }

    async fn differences(&self, _: &Which, _: usize) -> Read<Vec<DifferenceRecord>> {
        Err(gone())
    }

    async fn outstanding(&self) -> Read<Vec<Outstanding>> {
        Err(gone())
    }

    async fn reconciled_days(&self) -> Read<Vec<(AccountId, Day)>> {
        Err(gone())
    }
}

impl Receivers for Broken {
    async fn receiver(&self, _: &MerchantId, _: &OrderNo) -> Read<Option<Binding>> {
        Err(gone())
    }

    async fn bound_elsewhere(&self, _: &Binding) -> Read<bool> {
        Err(gone())
    }

    async fn receivers(&self, _: &MerchantId, _: Option<&OrderNo>, _: usize) -> Read<Vec<Binding>> {
        Err(gone())
    }
}

impl Store for Broken {
    async fn commit(&self, _: Change) -> Result<(), CommitError> {
        Err(CommitError::Unavailable(gone()))
    }

    async fn payment(&self, _: PaymentId) -> Read<Option<Payment>> {
        Err(gone())
    }

    async fn payments(&self, _: &MerchantId, _: Option<PaymentId>, _: usize) -> Read<Vec<Payment>> {
        Err(gone())
    }

    async fn holder(&self, _: &Key) -> Read<Option<String>> {
        Err(gone())
    }

    async fn idempotent(&self, _: &IdempotencyKey) -> Read<Option<Idempotent>> {
        Err(gone())
    }

    async fn disposition(&self, _: &AccountId, _: &str) -> Read<Option<Disposition>> {
        Err(gone())
    }

    async fn event(&self, _: EventId) -> Read<Option<MerchantEvent>> {
        Err(gone())
    }

    async fn events(&self, _: &MerchantId, _: u64, _: usize) -> Read<Vec<Stored<MerchantEvent>>> {
        Err(gone())
    }

    async fn delivery(&self, _: &DeliveryId) -> Read<Option<Delivery>> {
        Err(gone())
    }

    async fn deliveries(&self, _: PaymentId) -> Read<Vec<Delivery>> {
        Err(gone())
    }

    async fn endpoint(&self, _: &MerchantId, _: &EndpointId) -> Read<Option<EndpointState>> {
        Err(gone())
    }

    async fn held(&self, _: &MerchantId, _: &EndpointId, _: usize) -> Read<Vec<Delivery>> {
        Err(gone())
    }

    async fn unfinished(&self, _: &MerchantId) -> Read<Unfinished> {
        Err(gone())
    }

    async fn failing(
        &self,
        _: &MerchantId,
        _: &EndpointId,
        _: Option<&DeliveryId>,
        _: usize,
    ) -> Read<Vec<Delivery>> {
        Err(gone())
    }

    async fn by_merchants_no(&self, _: &OrderNo, _: usize) -> Read<Vec<PaymentId>> {
        Err(gone())
    }

    async fn by_trade_no(&self, _: &str, _: usize) -> Read<Vec<PaymentId>> {
        Err(gone())
    }

    async fn audit(&self, _: Pages, _: usize) -> Read<Vec<Audited>> {
        Err(gone())
    }

    async fn timeline(&self, _: PaymentId) -> Read<Vec<Entry>> {
        Err(gone())
    }

    async fn lease(&self, _: Timestamp, _: Duration, _: usize) -> Read<Vec<Leased>> {
        Err(gone())
    }

    async fn next_due(&self) -> Read<Option<Timestamp>> {
        Err(gone())
    }

    async fn taken(&self, _: &AccountId, _: Day, _: Currency) -> Read<Taken> {
        Err(gone())
    }

    async fn balances(&self, _: &[Book]) -> Read<Vec<Balance>> {
        Err(gone())
    }

    async fn posting(&self, _: &Cause) -> Read<Option<Posting>> {
        Err(gone())
    }

    async fn journal(&self, _: &MerchantId, _: u64, _: usize) -> Read<Vec<Stored<Posting>>> {
        Err(gone())
    }

    async fn moved(
        &self,
        _: &AccountId,
        _: Day,
        _: Option<&Cause>,
        _: usize,
    ) -> Read<Vec<Posting>> {
        Err(gone())
    }

    async fn stretch(&self, _: &MerchantId, _: Currency, _: u64, _: Timestamp) -> Read<Stretch> {
        Err(gone())
    }

    async fn imbalances(&self, _: usize) -> Read<Vec<Imbalance>> {
        Err(gone())
    }

    async fn transfer(&self, _: TransferId) -> Read<Option<Transfer>> {
        Err(gone())
    }

    async fn transfers(
        &self,
        _: &MerchantId,
        _: Option<TransferId>,
        _: usize,
    ) -> Read<Vec<Transfer>> {
        Err(gone())
    }

    async fn held_transfers(&self, _: usize) -> Read<Vec<Transfer>> {
        Err(gone())
    }

    async fn bill(&self, _: &AccountId, _: Bill) -> Read<Option<BillRecord>> {
        Err(gone())
    }

    async fn bills(
        &self,
        _: Option<&AccountId>,
        _: Option<Day>,
        _: usize,
    ) -> Read<Vec<BillRecord>> {
        Err(gone())
    }

    async fn managed(&self) -> Read<Vec<Managed>> {
        Err(gone())
    }

    async fn managed_generation(&self) -> Read<u64> {
        Err(gone())
    }

    async fn backlog(&self, _: Timestamp) -> Read<Backlog> {
        Err(gone())
    }

    async fn size(&self) -> Read<Option<u64>> {
        Err(gone())
    }

    fn watch(&self, _: Watch) {}

    async fn woken(&self) {
        std::future::pending().await
    }
}
