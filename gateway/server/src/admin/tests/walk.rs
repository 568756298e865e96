//! Every route with every role and with none, against a table that a reviewer can read.

use std::fmt::Write as _;

use http::Method;
use paymux_store::memory::MemoryStore;

use super::{Console, ROLES, token};
use crate::admin::access::page_guard::LOGIN;
use crate::admin::table;
use crate::api::tests::rig::Reply;

const TABLE: &str = include_str!("walk.txt");

/// Neither refused nor sent to log in: whatever the handler said then.
fn word(reply: &Reply) -> &'static str {
    match reply.status.as_u16() {
        303 if reply.header("location").starts_with(LOGIN) && !reply.has("set-cookie") => "out",
        401 => "401",
        403 => "403",
        500.. => "broken",
        _ => "in",
    }
}

/// Pages are asked for by a session of their own, everything else by a token.
async fn ask(console: &Console, method: &Method, path: &str, role: Option<&str>) -> Reply {
    if !path.starts_with("/console") {
        return console.ask(method, path, role.map(token)).await;
    }
    let open = match role {
        Some(role) => Some(console.session(role).await),
        None => None,
    };
    if method == Method::GET {
        return console.page(open.as_ref(), path).await;
    }
    console.form(open.as_ref(), path, "endpoint=none").await
}

#[tokio::test]
async fn every_route_lets_in_whom_the_table_says() {
    let console = Console::new();
    let payment = console.rig.paid("A-1").await;
    let mut told = String::new();
    for row in table::rows::<MemoryStore>() {
        let path = row.path.replace("{merchant}", "shop").replace("{endpoint}", "none");
        let path = path.replace("{code}", "en").replace("{verb}", "enable");
        let path = path.replace("{id}", &payment);
        write!(told, "{:<7}{:<64}", row.method.as_str(), row.path).unwrap();
        let roles = ROLES.iter().map(|it| Some(it.0));
        for role in std::iter::once(None).chain(roles) {
            let reply = ask(&console, &row.method, &path, role).await;
            write!(told, " {:<4}", word(&reply)).unwrap();
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
