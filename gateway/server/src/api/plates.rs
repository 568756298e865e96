//! `GET /v1/plates` and `GET /v1/plates/{id}`: the fixed codes that hang in shops.

use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use paymux_core::PlateId;
use paymux_engine::Gateway;
use paymux_engine::cashier::{Cashier, Plate};
use paymux_engine::problem::Problem;
use paymux_engine::snapshot::Merchant;
use paymux_store::Store;
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::extract::{Caller, Id};
use super::query::NoQuery;
use super::{Answer, Api, reply};
use crate::cashier::svg;
use crate::openapi::{Operation, Tag};

/// A fixed code at which payers type the amount.
#[derive(Serialize, ToSchema)]
#[schema(as = Plate)]
pub(crate) struct PlateView<'a> {
    id: &'a str,
    /// What payers read, and the subject of their payments.
    name: &'a str,
    /// What the code says, and what a browser may open.
    url: String,
    /// The least to be paid, in the currency's minor unit.
    min_amount: i64,
    max_amount: i64,
    currency: &'static str,
    /// The code as an image, for a printer; only where one plate is read.
    #[schema(nullable = false, required = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    svg: Option<String>,
}

impl<'a> PlateView<'a> {
    fn of(plate: &'a Plate, merchant: &Merchant, cashier: &Cashier) -> Self {
        Self {
            id: plate.id.as_str(),
            name: &plate.name,
            url: cashier.plate_url(&merchant.id, &plate.id),
            min_amount: plate.min_amount.minor(),
            max_amount: plate.max_amount.minor(),
            currency: plate.min_amount.currency().code(),
            svg: None,
        }
    }
}

pub(crate) async fn list<S: Store>(
    State(api): State<Api<S>>,
    Caller(merchant): Caller,
    _: NoQuery,
) -> Answer {
    Ok(listed(&api.gateway, &merchant))
}

pub(crate) async fn read<S: Store>(
    State(api): State<Api<S>>,
    Caller(merchant): Caller,
    Id(id): Id<PlateId>,
    _: NoQuery,
) -> Answer {
    Ok(found(&api.gateway, &merchant, Some(id))?)
}

pub(crate) fn listed<S: Store>(gateway: &Gateway<S>, merchant: &Merchant) -> Response {
    let cashier = gateway.snapshot.load().cashier.clone();
    let plates = cashier
        .iter()
        .flat_map(|cashier| merchant.plates.iter().map(|it| PlateView::of(it, merchant, cashier)));
    reply::json(StatusCode::OK, &reply::List { data: plates.collect() })
}

/// With its code, as an image.
pub(crate) fn found<S: Store>(
    gateway: &Gateway<S>,
    merchant: &Merchant,
    id: Option<PlateId>,
) -> Result<Response, Problem> {
    let cashier = gateway.snapshot.load().cashier.clone();
    let plate = merchant.plates.iter().find(|it| Some(&it.id) == id.as_ref());
    let (Some(cashier), Some(plate)) = (cashier, plate) else {
        return Err(reply::unknown("plate"));
    };
    let view = PlateView::of(plate, merchant, &cashier);
    let svg = svg(&view.url);
    Ok(reply::json(StatusCode::OK, &PlateView { svg, ..view }))
}

pub(crate) fn describe_list() -> Operation {
    let text = "Codes on walls (码牌), as the operator has set them up.";
    Operation::new(Tag::Payments, "listPlates", "List code plates", text).lists::<PlateView<'_>>(
        200,
        "Your plates.",
        plate(),
    )
}

pub(crate) fn describe_read() -> Operation {
    Operation::new(Tag::Payments, "readPlate", "Read a code plate", "With its code, as an image.")
        .under("id", PlateId::PATTERN, "front-desk")
        .gives::<PlateView<'_>>(200, "The plate.", plate())
}

fn plate() -> Value {
    json!({
        "id": "front-desk",
        "name": "Front desk",
        "url": "https://pay.example.com/q/front-desk.0123456789ABCDEFGHJK",
        "min_amount": 1,
        "max_amount": 5_000_000,
        "currency": "CNY",
    })
}
