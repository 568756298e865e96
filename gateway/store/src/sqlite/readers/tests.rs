use super::super::Sqlite;

/// More defects than there are threads, and the store still answers.
#[tokio::test]
async fn a_query_that_panics_takes_no_thread_with_it() {
    let folder = tempfile::tempdir().unwrap();
    let store = Sqlite::open(&folder.path().join("paymux.db")).unwrap();
    for _ in 0..=super::READERS {
        let asked = store.read::<()>(|_| panic!("a defect of one query")).await;
        assert!(asked.unwrap_err().to_string().contains("ended"));
    }
    assert_eq!(store.read(|_| Ok(1)).await.unwrap(), 1);
}
