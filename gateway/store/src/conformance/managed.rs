//! Items of the configuration: one writer wins each generation, whichever item it writes.

use crate::ManagedKind::{Account, Merchant};
use crate::{Change, Managed, Store, generation};

use super::sample::managed;
use super::{check, word};

fn write(it: Managed) -> Change {
    Change { managed: Some(it), ..Change::default() }
}

async fn found(store: &impl Store) -> (u64, Vec<Managed>) {
    let (number, items) = (store.managed_generation().await, store.managed().await);
    let (number, items) = (number.expect("a read"), items.expect("a read"));
    assert_eq!(number, generation(&items));
    (number, items)
}

pub(super) async fn an_item_is_written_over_its_generation<S: Store>(store: S) {
    assert_eq!(found(&store).await, (0, vec![]));
    let (shop, account) = (managed(Merchant, "shop", 1), managed(Account, "shop", 2));
    check(&store, write(managed(Merchant, "shop", 0)), "stale").await;
    check(&store, write(managed(Merchant, "shop", 2)), "stale").await;
    check(&store, write(shop.clone()), "ok").await;
    check(&store, write(shop.clone()), "stale").await;
    // Another kind's item of that name is another one, and the generation is of all.
    check(&store, write(managed(Account, "shop", 1)), "stale").await;
    check(&store, write(account.clone()), "ok").await;
    assert_eq!(found(&store).await, (2, vec![account.clone(), shop.clone()]));
    let sealed = Some(vec![]);
    let next = Managed { sealed, changed_by: "ops".into(), ..managed(Merchant, "shop", 3) };
    check(&store, write(next.clone()), "ok").await;
    assert_eq!(found(&store).await, (3, vec![account, next]));
    check(&store, write(managed(Merchant, "other", u64::MAX)), "stale").await;
}

pub(super) async fn a_removed_item_keeps_its_version<S: Store>(store: S) {
    check(&store, write(managed(Account, "a", 1)), "ok").await;
    let removed = Managed { sealed: None, ..managed(Account, "a", 2) };
    check(&store, write(removed.clone()), "ok").await;
    assert_eq!(found(&store).await, (2, vec![removed]));
    check(&store, write(managed(Account, "a", 1)), "stale").await;
    let again = managed(Account, "a", 3);
    check(&store, write(again.clone()), "ok").await;
    assert_eq!(found(&store).await, (3, vec![again]));
}

pub(super) async fn one_writer_wins_each_generation<S: Store>(store: S) {
    for version in 1..=5 {
        let mut writers = tokio::task::JoinSet::new();
        for number in 0..8 {
            let (store, id) = (store.clone(), format!("item-{number}"));
            writers
                .spawn(async move { store.commit(write(managed(Merchant, &id, version))).await });
        }
        let mut words: Vec<_> = writers.join_all().await.iter().map(word).collect();
        words.sort_unstable();
        assert_eq!(words, [["ok"].as_slice(), &["stale"; 7]].concat());
        assert_eq!(found(&store).await.0, version);
    }
}
