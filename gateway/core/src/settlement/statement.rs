//! What a settlement is made of.

/// What moved the merchant's owed money in the stretch, in minor units.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Statement {
    /// What the settlement before it could not pay: zero, or a debt.
    pub carried: i64,
    pub items: Vec<Item>,
}

/// All movements for one kind of cause.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    pub kind: String,
    pub count: u64,
    pub credited: i64,
    pub debited: i64,
}

impl Item {
    /// What a settlement itself reserved is what it pays, and nothing that happened to be paid;
    /// what it gave back is owed again.
    const fn net(&self) -> i64 {
        self.credited.saturating_sub(self.debited)
    }
}

impl Statement {
    /// What moved owed money, without what settlements reserved of it.
    pub fn of(carried: i64, items: Vec<Item>) -> Self {
        let own = |it: Item| if it.kind == OWN { Item { debited: 0, ..it } } else { it };
        let items = items.into_iter().map(own).filter(|it| it.credited != 0 || it.debited != 0);
        Self { carried, items: items.collect() }
    }

    /// What is to be paid, or below zero, what is carried.
    pub fn net(&self) -> i64 {
        self.items.iter().map(Item::net).fold(self.carried, i64::saturating_add)
    }
}

/// What settlements reserve is no movement to be settled.
const OWN: &str = "settlement";
