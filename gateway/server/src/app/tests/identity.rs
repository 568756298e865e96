//! A name stands for one account in the store, and only what is accepted is written there.

use std::net::SocketAddr;

use paymux_store::memory::MemoryStore;
use paymux_store::sqlite::Sqlite;
use paymux_store::{Key, Store};
use tokio::net::TcpListener;

use super::{TEXT, open, without_we};
use crate::app::identity::bind;
use crate::app::{StartError, start};

const NONE: [&str; 0] = [];

/// The accounts that are refused.
async fn refused<S: Store>(store: &S, text: &str) -> Vec<String> {
    let (settings, channels) = open(text);
    let problems = bind(store, &settings, &channels).await.err().map(|it| it.0);
    problems.unwrap_or_default().into_iter().map(|it| it.key).collect()
}

async fn known<S: Store>(store: &S, account: &str) -> bool {
    let key = Key::Account(account.parse().unwrap());
    store.holder(&key).await.unwrap().is_some()
}

/// With another account of Alipay under the old name.
fn another() -> String {
    TEXT.replace("0000001\"\nprivate", "0000002\"\nprivate")
}

#[tokio::test]
async fn an_account_is_the_same_for_every_node_and_after_every_restart() {
    let store = MemoryStore::default();
    assert_eq!(refused(&store, &without_we(TEXT)).await, NONE);
    assert_eq!(refused(&store, TEXT).await, NONE);
    assert_eq!(refused(&store, &another()).await, ["accounts.ali"]);
    let new = another().replace("ali", "new").replace("newpay", "alipay");
    assert_eq!(refused(&store, &new).await, NONE);
    assert_eq!(refused(&store, TEXT).await, NONE, "nothing was written over");
}

#[tokio::test]
async fn whoever_is_refused_has_written_nothing() {
    let store = MemoryStore::default();
    let we_first = TEXT.replace("accounts.ali]", "accounts.zoe]").replace("\"ali\"", "\"zoe\"");
    assert_eq!(refused(&store, &we_first.replace("1900000001", "1900000002")).await, NONE);
    // `ali` is new and comes first, `we` is somebody else.
    assert_eq!(refused(&store, TEXT).await, ["accounts.we"]);
    assert!(!known(&store, "ali").await);
}

#[tokio::test]
async fn of_two_nodes_that_differ_one_is_refused_and_writes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let store = Sqlite::open(&folder.path().join("paymux.db")).unwrap();
    let (alone, both) = (without_we(TEXT), another());
    let (one, other) = tokio::join!(refused(&store, &alone), refused(&store, &both));
    assert_eq!([one.clone(), other.clone()].concat(), ["accounts.ali"], "{one:?} {other:?}");
    assert_eq!(known(&store, "we").await, other.is_empty());
    store.close().await;
}

#[tokio::test]
async fn an_account_that_cannot_be_compared_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let store = Sqlite::open(&folder.path().join("paymux.db")).unwrap();
    store.close().await;
    assert_eq!(refused(&store, TEXT).await, ["accounts.ali", "accounts.we"]);
}

#[tokio::test]
async fn a_start_that_fails_writes_nothing() {
    let store = MemoryStore::default();
    let free: SocketAddr = "127.0.0.1:0".parse().unwrap();
    let held = TcpListener::bind(free).await.unwrap();
    let (mut settings, channels) = open(TEXT);
    let server = &mut settings.server;
    (server.public, server.admin, server.ops) = (free, free, held.local_addr().unwrap());
    let error = start(&settings, &channels, store.clone()).await.err().unwrap();
    assert!(matches!(error, StartError::Listen { .. }), "{error}");
    assert!(!known(&store, "ali").await);
}
