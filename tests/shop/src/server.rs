//! The shop on HTTP: `/`, `/buy`, `/orders/NUMBER`, and `/webhook`, which believes only what is
//! signed.

use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use http::header::{CONTENT_TYPE, LOCATION};
use http::{HeaderValue, Method, Request, Response};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use paymux_tests::api::Api;
use paymux_tests::listen::{response, serve};
use paymux_tests::webhook::is_genuine;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::page;
use crate::shelf::{Good, Refused, Shelf, Todo};

/// What the operator gave the merchant, and where its shop is.
#[derive(Clone)]
pub struct Terms {
    pub api: Api,
    pub webhook_secret: String,
    /// Its own address, without a slash at the end.
    pub base: String,
    /// What its order numbers begin with.
    pub prefix: String,
}

#[derive(Clone)]
pub struct Shop {
    terms: Terms,
    shelf: Arc<Mutex<Shelf>>,
}

impl Shop {
    pub fn open(listener: TcpListener, terms: Terms, goods: &[Good]) -> Self {
        let shop = Self { terms, shelf: Arc::new(Mutex::new(Shelf::new(goods))) };
        let own = shop.clone();
        let handle = move |request| {
            let shop = own.clone();
            async move { shop.handle(request).await }
        };
        tokio::spawn(serve(listener, handle));
        shop
    }

    pub fn shelf(&self) -> MutexGuard<'_, Shelf> {
        self.shelf.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn handle(&self, request: Request<Incoming>) -> io::Result<Response<Full<Bytes>>> {
        let (parts, body) = request.into_parts();
        let body = body.collect().await.map_err(io::Error::other)?.to_bytes();
        Ok(match (&parts.method, parts.uri.path()) {
            (&Method::GET, "/") => html(200, page::goods(&self.shelf())),
            (&Method::POST, "/buy") => self.buy(&body).await,
            (&Method::POST, "/webhook")
                if is_genuine(&self.terms.webhook_secret, &parts.headers, &body) =>
            {
                self.hear(&body).await
            }
            (&Method::POST, "/webhook") => response(401, Bytes::new()),
            (&Method::GET, path) => self.show(path),
            _ => html(404, page::notice("There is no such page.")),
        })
    }

    fn show(&self, path: &str) -> Response<Full<Bytes>> {
        let number = path.strip_prefix("/orders/").unwrap_or_default();
        let shelf = self.shelf();
        match shelf.order(number) {
            Some(order) => html(200, page::order(number, order)),
            None => html(404, page::notice("There is no such page.")),
        }
    }

    /// An order of the shop's own first, then a payment for it, under its number.
    async fn buy(&self, form: &[u8]) -> Response<Full<Bytes>> {
        let good = form_urlencoded::parse(form).find(|it| it.0 == "good").map(|it| it.1);
        let begun = self.shelf().begin(&good.unwrap_or_default(), &self.terms.prefix);
        let (number, order) = match begun {
            Ok(begun) => begun,
            Err(Refused::SoldOut) => return html(409, page::notice("Sold out.")),
            Err(Refused::NoSuchGood) => return html(404, page::notice("There is no such good.")),
        };
        let wish = json!({
            "order_no": number, "amount": order.price_fen, "currency": "CNY", "method": "cashier",
            "subject": order.good, "return_url": format!("{}/orders/{number}", self.terms.base),
        });
        let answer = self.terms.api.try_post("/v1/payments", &number, &wish).await;
        let url = answer.ok().and_then(|it| Some(it.json()["action"]["url"].as_str()?.to_owned()));
        match url.and_then(|it| HeaderValue::try_from(it).ok()) {
            Some(url) => {
                let mut led = response(303, Bytes::new());
                led.headers_mut().insert(LOCATION, url);
                led
            }
            None => html(502, page::notice("It cannot be paid just now.")),
        }
    }

    /// Answered when it is done: what is not answered comes again.
    async fn hear(&self, body: &[u8]) -> Response<Full<Bytes>> {
        let Ok(event) = serde_json::from_slice::<Value>(body) else {
            return response(400, Bytes::new());
        };
        let payment = &event["data"]["payment"];
        let text = |it: &Value| it.as_str().unwrap_or_default().to_owned();
        let number = text(&payment["order_no"]);
        let todo = self.shelf().hear(&text(&event["type"]), &number);
        let done = match todo {
            Todo::Nothing => true,
            Todo::GiveBack => self.give_back(&text(&payment["id"]), &number, payment).await,
        };
        response(if done { 200 } else { 503 }, Bytes::from_static(b"success"))
    }

    /// One number for one refund, however often it is asked for.
    async fn give_back(&self, id: &str, number: &str, payment: &Value) -> bool {
        let back = format!("{number}-back");
        let wish = json!({
            "refund_no": back, "amount": payment["amount"], "currency": payment["currency"],
            "reason": "sold out",
        });
        let path = format!("/v1/payments/{id}/refunds");
        let answer = self.terms.api.try_post(&path, &back, &wish).await;
        answer.is_ok_and(|it| (200..300).contains(&it.status))
    }
}

fn html(status: u16, page: String) -> Response<Full<Bytes>> {
    let mut response = response(status, Bytes::from(page));
    let kind = HeaderValue::from_static("text/html; charset=utf-8");
    response.headers_mut().insert(CONTENT_TYPE, kind);
    response
}
