//! A till that scans the payer's code: charged at once, confirmed on the phone, or taken back.

use std::time::Duration;

use paymux_sandbox::{Channel, Config, Product, Status};
use paymux_tests::rig::Rig;
use serde_json::json;

use super::super::order::Order;
use super::sale::Sale;

pub(crate) async fn charges(rig: &Rig, channel: Channel) {
    let till = Till(Sale::of(rig, channel, Product::Barcode));
    tokio::join!(till.charges_at_once(), till.waits_for_the_payer(), till.takes_back());
}

pub(crate) async fn charges_once(rig: &Rig, channel: Channel) {
    Till(Sale::of(rig, channel, Product::Barcode)).charges_at_once().await;
}

/// The channel takes nothing back by itself.
pub(crate) fn patient(sandbox: &mut Config) {
    sandbox.wechat_confirm_within = Duration::from_hours(1);
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

    /// The merchant gives up. Nothing but a reversal ends a charge; WeChat Pay takes none before
    /// its fifteenth second.
    async fn takes_back(&self) {
        let order = self.scanned(true, "reversed").await;
        let answer = self.0.rig.api.close(&order.id).await;
        assert!(matches!(answer.status, 200 | 202), "{answer:?}");
        self.0.rig.shop.hears("payment.closed", &order.order_no).await;
        let ended = order.at_channel().expect("the channel knows it");
        let (status, reversed) = (ended.status, ended.reversed);
        assert_eq!((status, reversed, ended.paid_fen), (Status::Closed, true, 0), "{ended:?}");
    }

    async fn scanned(&self, confirm: bool, what: &str) -> Order<'a> {
        let code = self.0.rig.sandbox.payment_code(self.0.channel, None, confirm);
        let payer = json!({ "auth_code": code.expect("a payer shows a code") });
        self.0.placed_by(Some(payer), what, "Jasmine tea").await
    }
}
