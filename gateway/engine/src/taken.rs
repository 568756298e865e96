//! What accounts have taken today, as routing reads it: the store's sums of a moment ago, and what
//! this node has dispatched since.
//!
//! It may count too much for a moment and never too little of what it could know, so a cap is
//! passed only by what other nodes dispatch between two looks, and by requests under way at once.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use paymux_core::route::{Day, Taken};
use paymux_core::{AccountId, Currency};
use paymux_store::{Store, Taking};

use crate::gateway::Gateway;

#[derive(Debug, Default)]
pub struct TakenBook {
    pages: Mutex<BTreeMap<Page, Seen>>,
}

type Page = (Day, AccountId, Currency);

#[derive(Clone, Copy, Debug, Default)]
struct Seen {
    stored: Taken,
    /// Of this node, since the store was asked.
    since: Taken,
    /// Of this node, while the store is being asked: perhaps in the answer, perhaps not.
    meanwhile: Taken,
}

impl TakenBook {
    pub fn of(&self, account: &AccountId, day: Day, currency: Currency) -> Taken {
        let page = (day, account.clone(), currency);
        self.lock().get(&page).map_or(Taken::default(), |it| it.stored.plus(it.since))
    }

    /// What a commit has taken. What it gave back is seen at the next look.
    pub(crate) fn note(&self, takings: &[Taking]) {
        let mut pages = self.lock();
        for it in takings.iter().filter(|it| it.taken.count > 0) {
            let seen = pages.entry((it.day, it.account.clone(), it.currency)).or_default();
            seen.since = seen.since.plus(it.taken);
            seen.meanwhile = seen.meanwhile.plus(it.taken);
        }
    }

    fn ask(&self, page: &Page) {
        self.lock().entry(page.clone()).or_default().meanwhile = Taken::default();
    }

    fn answer(&self, page: &Page, stored: Taken) {
        let mut pages = self.lock();
        let seen = pages.entry(page.clone()).or_default();
        *seen = Seen { stored, since: seen.meanwhile, ..*seen };
    }

    fn forget_before(&self, day: Day) {
        self.lock().retain(|page, _| page.0 >= day);
    }

    /// Every step under the lock is whole, so a panic leaves no half.
    fn lock(&self) -> MutexGuard<'_, BTreeMap<Page, Seen>> {
        self.pages.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<S: Store> Gateway<S> {
    /// Looks at the store: to be done about each second, as long as caps are to be kept.
    pub async fn refresh_taken(&self) {
        let snapshot = self.snapshot.load_full();
        let live = &snapshot.routing.live;
        let today = live.day(self.now());
        self.taken.forget_before(today);
        for (account, limits) in live.rules.limits.iter().filter(|it| it.1.counts_days()) {
            let page = (today, account.clone(), limits.currency);
            self.taken.ask(&page);
            match self.store.taken(account, today, limits.currency).await {
                Ok(stored) => self.taken.answer(&page, stored),
                // The last look, and what was dispatched since, still stand.
                Err(error) => tracing::warn!(%account, %error, "taken.unread"),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_dispatched_while_the_store_is_asked_is_never_missed() {
        let book = TakenBook::default();
        let account: AccountId = "ali".parse().unwrap();
        let page = (Day(1), account.clone(), Currency::Cny);
        let taken = |count| Taken { count, amount: count * 10 };
        let note = |count| {
            let (day, currency) = (Day(1), Currency::Cny);
            book.note(&[Taking { account: account.clone(), day, currency, taken: taken(count) }]);
        };
        let check = |expect| assert_eq!(book.of(&account, Day(1), Currency::Cny), taken(expect));
        check(0);
        note(2);
        check(2);
        book.ask(&page);
        note(1);
        book.answer(&page, taken(7));
        check(8);
        note(1);
        check(9);
        // What is given back waits for the store to say so.
        note(-1);
        check(9);
        book.ask(&page);
        book.answer(&page, taken(6));
        check(6);
        assert_eq!(book.of(&account, Day(1), Currency::Hkd), taken(0));
        assert_eq!(book.of(&account, Day(2), Currency::Cny), taken(0));
        book.forget_before(Day(2));
        check(0);
    }
}
