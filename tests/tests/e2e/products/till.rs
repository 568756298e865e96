//! A till that scans the payer's code: charged at once, or confirmed on the phone.

use paymux_sandbox::{Channel, Product};
use paymux_tests::rig::Rig;
use serde_json::json;

use super::super::order::Order;
use super::sale::Sale;

pub(crate) async fn charges(rig: &Rig, channel: Channel) {
    let till = Till(Sale::of(rig, channel, Product::Barcode));
    tokio::join!(till.charges_at_once(), till.waits_for_the_payer());
}

struct Till<'a>(Sale<'a>);

impl<'a> Till<'a> {
    async fn charges_at_once(&self) {
        let order = self.scanned(false, "charged").await;
        order.is_paid_once().await;
        self.0.goes_back(&order).await;
    }

    async fn waits_for_the_payer(&self) {
        let order = self.scanned(true, "confirmed").await;
        assert_eq!(order.answer.json()["action"]["type"], "confirm", "{:?}", order.answer.json());
        self.0.payer(&order).pays().await;
        order.is_paid_once().await;
    }

    async fn scanned(&self, confirm: bool, what: &str) -> Order<'a> {
        let code = self.0.rig.sandbox.payment_code(self.0.channel, None, confirm);
        let payer = json!({ "auth_code": code.expect("a payer shows a code") });
        self.0.placed_by(Some(payer), what, "Jasmine tea").await
    }
}
