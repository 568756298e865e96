//! A payment at a code plate (码牌): its payer typed the amount, and nobody gave it a number.

use std::collections::BTreeMap;
use std::time::Duration;

use paymux_core::payment::Cashier as Offer;
use paymux_core::{Money, PaymentId};
use paymux_store::Store;

use super::create::{Means, NewPayment};
use crate::cashier::{Cashier, Plate};
use crate::gateway::Gateway;
use crate::problem::{self, Problem};
use crate::snapshot::Merchant;

/// What the form said.
#[derive(Clone, Copy, Debug)]
pub struct AtPlate<'a> {
    pub plate: &'a Plate,
    pub amount: Money,
    /// Of this showing of the form.
    pub token: &'a str,
    pub expires_in: Duration,
}

impl<S: Store> Gateway<S> {
    /// The same form with the same amount is the same payment, however often it is sent.
    pub async fn order_at_plate(
        &self,
        merchant: &Merchant,
        cashier: &Cashier,
        at: AtPlate<'_>,
    ) -> Result<PaymentId, Problem> {
        let AtPlate { plate, amount, token, expires_in } = at;
        let digits = cashier.form_digits(&plate.id, &format!("{token}\n{amount}"));
        let number = format!("{}-{digits}", plate.id);
        let new = NewPayment {
            order_no: number.parse().map_err(|_| Problem::new(problem::INTERNAL, "no number"))?,
            amount,
            subject: plate.name.clone(),
            parts: vec![],
            means: Means::Cashier(Offer { channel: None, plate: Some(plate.id.clone()) }),
            metadata: BTreeMap::new(),
            return_url: None,
            expires_in,
            door: None,
            splittable: false,
        };
        // No merchant can send such a key.
        self.place(merchant, new, format!("plate\n{number}")).await
    }
}
