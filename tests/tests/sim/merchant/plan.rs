//! What merchants come to wish: orders, twins of orders, closings, refunds and too many of them.

use std::collections::BTreeMap;
use std::time::Duration;

use paymux_core::payment::{AuthCode, Cashier, Method, Payer, Way};
use paymux_core::{AttemptId, Currency, Money, PaymentId, RefundId};
use paymux_engine::flow::create::{Means, NewPayment};
use paymux_engine::flow::refund::NewRefund;

use super::{MERCHANTS, What};
use crate::sim::scene::{Ms, State};

/// Whoever knows it can charge its payer.
pub(crate) const AUTH_CODE: &str = "281234567890123456";
/// Orders come during this time.
const ORDERS: Ms = 240_000;

impl State {
    /// All orders of this history.
    pub(crate) fn plan_orders(&mut self) {
        for number in 0..self.knobs.payments {
            let merchant = self.random.below(MERCHANTS.len());
            let new = self.new_payment(number);
            let at = self.random.within(0..=ORDERS);
            let key = format!("create {number}");
            if self.random.permille(250) {
                self.plan_twin(merchant, &key, &new, at);
            }
            self.wish(merchant, key, What::Create(new), at, at);
        }
    }

    fn new_payment(&mut self, number: usize) -> NewPayment {
        let share = if self.knobs.sluggish { 800 } else { 250 };
        let method = if self.random.permille(share) { Method::Barcode } else { Method::Qr };
        let channel = if self.random.permille(150) {
            Some(self.random.pick(&["alipay", "wechat"]).to_owned())
        } else {
            None
        };
        NewPayment {
            order_no: format!("order-{number}").parse().expect("letters and digits"),
            amount: money(self.random.within(1..=5_000)),
            subject: "tea".into(),
            parts: vec![],
            means: self.means(method, channel),
            metadata: BTreeMap::new(),
            return_url: None,
            expires_in: Duration::from_secs(self.random.pick(&[60, 120, 300, 600])),
            door: None,
            splittable: false,
        }
    }

    fn means(&mut self, method: Method, channel: Option<String>) -> Means {
        if self.random.permille(200) {
            return Means::Cashier(Cashier { channel, plate: None });
        }
        Means::Way(Way { method, channel, payer: payer(method) })
    }

    /// The same again, or nearly: other content under the key, another key for the order.
    fn plan_twin(&mut self, merchant: usize, key: &str, new: &NewPayment, at: Ms) {
        let other = NewPayment { amount: money(new.amount.minor() + 1), ..new.clone() };
        let (from, to) = ((at - 2_000).max(0), at + 20_000);
        let second = format!("{key} again");
        match self.random.below(3) {
            0 => self.wish(merchant, key.into(), What::Create(other), from, to),
            1 => self.wish(merchant, second, What::Create(new.clone()), from, to),
            _ => self.wish(merchant, second, What::Create(other), from, to),
        }
    }

    /// What becomes of a payment the merchant knows of.
    pub(super) fn after_creating(
        &mut self,
        merchant: usize,
        payment: PaymentId,
        attempt: Option<AttemptId>,
        new: &NewPayment,
    ) {
        self.come_back(attempt);
        if self.random.permille(250) {
            let key = String::new();
            self.wish(merchant, key, What::Close { payment }, 0, 60_000);
        }
        if let Means::Cashier(_) = new.means {
            self.plan_choices(merchant, payment);
        }
        if self.random.permille(200) {
            let method = self.random.pick(&[Method::Qr, Method::Barcode]);
            let way = Way { method, channel: None, payer: payer(method) };
            let key = format!("another {payment}");
            self.wish(merchant, key, What::Another { payment, way }, 0, 60_000);
        }
        if self.knobs.sluggish || self.random.permille(600) {
            self.plan_refunds(merchant, payment, new.amount.minor());
            self.plan_retries(merchant, payment);
        }
    }

    /// Whatever has failed by then is wanted all the same.
    fn plan_retries(&mut self, merchant: usize, payment: PaymentId) {
        for again in 0..self.random.below(6) {
            let number = u16::try_from(self.random.within(1..=4)).expect("small");
            let refund = RefundId { payment, number };
            let key = format!("retry {refund} {again}");
            self.wish(merchant, key, What::Retry { refund }, 20_000, 1_500_000);
        }
    }

    /// Payers who scan the same code with one wallet and another, and some nobody scans.
    fn plan_choices(&mut self, merchant: usize, payment: PaymentId) {
        for _ in 0..self.random.below(4) {
            let channel = Some(self.random.pick(&["alipay", "wechat"]).to_owned());
            let way = Way { method: Method::Qr, channel, payer: payer(Method::Qr) };
            let late = self.random.pick(&[100, 5_000, 90_000]);
            self.wish(merchant, String::new(), What::Choose { payment, way }, 0, late);
        }
    }

    /// Several at once, and together perhaps more than was paid.
    fn plan_refunds(&mut self, merchant: usize, payment: PaymentId, paid: i64) {
        let from = self.random.within(5_000..=300_000);
        for number in 0..=self.random.below(4) {
            let share = self.random.pick(&[100, 100, 70, 50, 40, 20]);
            let amount = (paid * share / 100).max(1);
            let refund_no = format!("{}-{number}", &payment.to_string()[4..]);
            let key = format!("refund {refund_no}");
            let new = NewRefund {
                refund_no: refund_no.parse().expect("letters and digits"),
                amount: money(amount),
                reason: None,
                part: None,
                door: None,
            };
            if self.random.permille(200) {
                let other = NewRefund { amount: money(amount + 1), ..new.clone() };
                let again = format!("{key} again");
                let (key, new) = match self.random.below(3) {
                    0 => (key.clone(), other),
                    1 => (again, new.clone()),
                    _ => (again, other),
                };
                self.wish(merchant, key, What::Refund { payment, new }, from, from + 5_000);
            }
            let late = if self.random.permille(300) { 120_000 } else { 3_000 };
            self.wish(merchant, key, What::Refund { payment, new }, from, from + late);
        }
    }
}

fn payer(method: Method) -> Payer {
    let auth_code = method.moves_money().then(|| AuthCode::new(AUTH_CODE));
    Payer { auth_code, ..Payer::default() }
}

fn money(minor: i64) -> Money {
    Money::new(minor, Currency::Cny).expect("positive")
}
