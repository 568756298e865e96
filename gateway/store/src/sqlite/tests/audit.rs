//! The guard of the audit log.

use super::*;

/// Even an operator at the file has to take the guard away first, and then the chain tells.
#[tokio::test]
async fn the_audit_log_is_only_appended_to() {
    let (_folder, path) = folder();
    let store = opened(&path);
    for object in ["one", "two"] {
        let act = Some(crate::conformance::sample_act(object));
        store.commit(Change { act, ..Change::default() }).await.unwrap();
    }
    store.close().await;
    let connection = Connection::open(&path).unwrap();
    for sql in ["UPDATE audit SET user = 'bob' WHERE seq = 1", "DELETE FROM audit WHERE seq = 2"] {
        let refused = connection.execute_batch(sql).unwrap_err().to_string();
        assert!(refused.contains("only appended to"), "{refused}");
    }
    drop(connection);
    edit(&path, "DROP TRIGGER audit_is_not_changed; UPDATE audit SET user = 'bob' WHERE seq = 1");
    let log = opened(&path).audit(crate::Pages::After(0), 9).await.unwrap();
    assert_eq!(crate::audit::Walk::default().over(&log), Err(1));
}
