//! `demo-shop`: the shop beside a gateway that serves the sandbox, for a look in a browser.
//!
//! That gateway sends its events to port 9000 of this machine, which is where the shop listens; the
//! key and the secret are the sandbox's public ones. `demo-shop [http://GATEWAY]`.

use std::process::ExitCode;
use std::time::SystemTime;

use demo_shop::shelf::Good;
use demo_shop::{Shop, Terms};
use paymux_tests::api::Api;
use paymux_tests::http::Http;
use tokio::net::TcpListener;

const GATEWAY: &str = "http://127.0.0.1:8080";
const ADDRESS: &str = "127.0.0.1:9000";
/// Public, and good for nothing but the sandbox.
const API_KEY: &str = "sandbox-merchant-key-0123456789abcdef";
const WEBHOOK_SECRET: &str = "whsec_c2FuZGJveC13ZWJob29rLXNlY3JldC0wMTIzNDU2Nzg5";

#[tokio::main]
async fn main() -> ExitCode {
    let gateway = std::env::args().nth(1).unwrap_or_else(|| GATEWAY.to_owned());
    let listener = match TcpListener::bind(ADDRESS).await {
        Ok(listener) => listener,
        Err(error) => {
            eprintln!("cannot listen on {ADDRESS}: {error}");
            return ExitCode::FAILURE;
        }
    };
    let api = Api { http: Http::default(), base: gateway, api_key: API_KEY.to_owned() };
    let terms = Terms {
        api,
        webhook_secret: WEBHOOK_SECRET.to_owned(),
        base: format!("http://{ADDRESS}"),
        prefix: prefix(),
    };
    let goods = [
        Good { name: "tea", price_fen: 888, stock: 100 },
        Good { name: "cup", price_fen: 2000, stock: 12 },
        Good { name: "teapot", price_fen: 19_900, stock: 3 },
    ];
    let _shop = Shop::open(listener, terms, &goods);
    eprintln!("The shop is open at http://{ADDRESS}/; close it with Ctrl-C.");
    std::future::pending().await
}

/// Of this run: the gateway remembers the orders of the one before.
#[expect(clippy::disallowed_methods, reason = "a shop has a clock of its own")]
fn prefix() -> String {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    format!("shop-{}", now.as_secs())
}
