//! The guard of the journal, and the check that sees behind it.

use super::*;
use crate::conformance::{sample_journal, sample_paid};

/// Whoever takes the guard away, or changes what a book holds, is told by the other of the two.
#[tokio::test]
async fn the_journal_is_only_appended_to() {
    let (_folder, path) = folder();
    let store = opened(&path);
    store.commit(sample_journal([sample_paid("demo", 1, 100)])).await.unwrap();
    assert_eq!(store.imbalances(9).await.unwrap(), []);
    store.close().await;
    let connection = Connection::open(&path).unwrap();
    for sql in ["UPDATE journal SET amount = 1", "DELETE FROM journal"] {
        let refused = connection.execute_batch(sql).unwrap_err().to_string();
        assert!(refused.contains("only appended to"), "{refused}");
    }
    drop(connection);
    edit(&path, "DROP TRIGGER journal_is_not_changed; UPDATE journal SET amount = 1");
    let found = opened(&path).imbalances(9).await.unwrap();
    let told: Vec<_> = found.iter().map(|it| (it.book.as_str(), it.kept, it.derived)).collect();
    assert_eq!(told, [("channel/ali-1", -100, -1), ("owed/demo", 100, 1)]);
}
