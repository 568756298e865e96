//! Every route with every role and with none, against a table that a reviewer can read.

use std::fmt::Write as _;

use paymux_store::memory::MemoryStore;

use super::{Console, ROLES};
use crate::admin::table;

const TABLE: &str = include_str!("walk.txt");

/// Neither refused nor sent to log in: whatever the handler said then.
fn word(status: u16) -> &'static str {
    match status {
        401 => "401",
        403 => "403",
        500.. => "broken",
        _ => "in",
    }
}

#[tokio::test]
async fn every_route_lets_in_whom_the_table_says() {
    let console = Console::new();
    let mut told = String::new();
    for row in table::rows::<MemoryStore>() {
        let path = row.path.replace("{merchant}", "shop").replace("{endpoint}", "none");
        let path = path.replace("{id}", "pay_00000000000000000000000001");
        write!(told, "{:<7}{:<64}", row.method.as_str(), row.path).unwrap();
        let roles = ROLES.iter().map(|it| Some(it.1));
        for token in std::iter::once(None).chain(roles) {
            let reply = console.ask(&row.method, &path, token).await;
            write!(told, " {:<4}", word(reply.status.as_u16())).unwrap();
        }
        told.truncate(told.trim_end().len());
        told.push('\n');
    }
    let expect: Vec<_> = TABLE.lines().filter(|it| !it.starts_with('#')).collect();
    let told: Vec<_> = told.lines().collect();
    assert_eq!(told, expect, "\n{}\n", told.join("\n"));
}

/// What no row names is not there, and its method is not taken.
#[tokio::test]
async fn what_is_in_no_row_is_not_served() {
    let console = Console::new();
    assert_eq!(console.get("/admin/v1/secrets", "admin").await.outcome(), "404 not-found");
    assert_eq!(console.get("/admin/v1/reload", "admin").await.outcome(), "405 method-not-allowed");
}
