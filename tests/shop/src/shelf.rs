//! Goods and orders, without a network: what is sold is decided here, and by events alone.
//!
//! An order takes nothing from the shelf; the event that says it is paid does, once. Whoever pays
//! when nothing is left gets the money back.

use std::collections::BTreeMap;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Good {
    pub name: &'static str,
    pub price_fen: i64,
    pub stock: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Waits for its payer.
    Open,
    /// Paid, and taken from the shelf.
    Sold,
    /// Paid when nothing was left: the money goes back.
    Returning,
    /// Its money is back.
    Returned,
    /// Nobody can pay it any more.
    Closed,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    pub good: &'static str,
    pub price_fen: i64,
    pub stage: Stage,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    NoSuchGood,
    SoldOut,
}

/// What an event asks the shop to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Todo {
    Nothing,
    GiveBack,
}

#[derive(Debug, Default)]
pub struct Shelf {
    goods: BTreeMap<&'static str, Good>,
    orders: BTreeMap<String, Order>,
}

impl Shelf {
    pub fn new(goods: &[Good]) -> Self {
        let goods = goods.iter().map(|it| (it.name, it.clone())).collect();
        Self { goods, orders: BTreeMap::new() }
    }

    pub fn goods(&self) -> impl Iterator<Item = &Good> {
        self.goods.values()
    }

    pub fn order(&self, number: &str) -> Option<&Order> {
        self.orders.get(number)
    }

    pub fn orders(&self) -> impl Iterator<Item = (&str, &Order)> {
        self.orders.iter().map(|(number, order)| (number.as_str(), order))
    }

    /// Under a number that nobody had before.
    pub fn begin(&mut self, good: &str, prefix: &str) -> Result<(String, Order), Refused> {
        let good = self.goods.get(good).ok_or(Refused::NoSuchGood)?;
        if good.stock == 0 {
            return Err(Refused::SoldOut);
        }
        let number = format!("{prefix}-{}", self.orders.len() + 1);
        let order = Order { good: good.name, price_fen: good.price_fen, stage: Stage::Open };
        self.orders.insert(number.clone(), order.clone());
        Ok((number, order))
    }

    /// By the event's kind and the order it is about. What came before changes nothing.
    pub fn hear(&mut self, kind: &str, number: &str) -> Todo {
        let Some(order) = self.orders.get_mut(number) else { return Todo::Nothing };
        match (kind, order.stage) {
            // Money that comes late is the gateway's to return, as its policy says.
            ("payment.succeeded", Stage::Open) => match self.goods.get_mut(order.good) {
                Some(good) if good.stock > 0 => {
                    good.stock -= 1;
                    order.stage = Stage::Sold;
                    Todo::Nothing
                }
                Some(_) | None => {
                    order.stage = Stage::Returning;
                    Todo::GiveBack
                }
            },
            // Told again, since the first answer was lost: asking again is asking once.
            ("payment.succeeded", Stage::Returning) => Todo::GiveBack,
            ("payment.closed" | "payment.failed", Stage::Open) => {
                order.stage = Stage::Closed;
                Todo::Nothing
            }
            ("refund.succeeded", Stage::Returning) => {
                order.stage = Stage::Returned;
                Todo::Nothing
            }
            _ => Todo::Nothing,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAID: &str = "payment.succeeded";

    fn shelf(stock: u32) -> Shelf {
        Shelf::new(&[Good { name: "tea", price_fen: 888, stock }])
    }

    fn stock(shelf: &Shelf) -> u32 {
        shelf.goods().map(|it| it.stock).sum()
    }

    fn begin(shelf: &mut Shelf) -> String {
        shelf.begin("tea", "a").expect("there is tea").0
    }

    #[test]
    fn the_event_takes_from_the_shelf_and_takes_once() {
        let mut shelf = shelf(2);
        let number = begin(&mut shelf);
        assert_eq!(stock(&shelf), 2, "an order takes nothing");
        for _ in 0..3 {
            assert_eq!(shelf.hear(PAID, &number), Todo::Nothing);
        }
        let order = shelf.order(&number).expect("its order");
        assert_eq!((stock(&shelf), order.stage), (1, Stage::Sold));
        assert_eq!(shelf.hear("payment.closed", &number), Todo::Nothing);
        assert_eq!(shelf.order(&number).map(|it| it.stage), Some(Stage::Sold));
        assert_eq!(shelf.hear(PAID, "a-999"), Todo::Nothing, "of another system");
    }

    #[test]
    fn who_pays_for_nothing_gets_the_money_back() {
        let mut shelf = shelf(1);
        let (first, second, third) = (begin(&mut shelf), begin(&mut shelf), begin(&mut shelf));
        shelf.hear(PAID, &second);
        assert_eq!(shelf.hear(PAID, &first), Todo::GiveBack);
        assert_eq!(shelf.hear(PAID, &first), Todo::GiveBack, "told again, asked again");
        assert_eq!(shelf.hear("refund.succeeded", &first), Todo::Nothing);
        assert_eq!(shelf.hear(PAID, &first), Todo::Nothing);
        shelf.hear("payment.closed", &third);
        let stages: Vec<_> = shelf.orders().map(|it| it.1.stage).collect();
        assert_eq!(stages, [Stage::Returned, Stage::Sold, Stage::Closed]);
        assert_eq!(shelf.begin("tea", "a"), Err(Refused::SoldOut));
        assert_eq!(shelf.begin("cake", "a"), Err(Refused::NoSuchGood));
    }
}
