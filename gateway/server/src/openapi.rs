//! The description of the merchants' API (OpenAPI 3.1), made of what each operation says of itself
//! beside its handler.

pub(crate) mod example;
mod operation;
mod parts;
pub(crate) mod routes;
mod webhooks;

use utoipa::ToSchema;
use utoipa::openapi::info::{InfoBuilder, LicenseBuilder};
use utoipa::openapi::path::Paths;
use utoipa::openapi::server::ServerBuilder;
use utoipa::openapi::tag::TagBuilder;
use utoipa::openapi::{OpenApi, OpenApiBuilder};

pub(crate) use operation::{Operation, Schemas, Tag};
pub(crate) use routes::{Described, Routes};
pub(crate) use webhooks::AnyEvent;

use crate::api::problem as told;

const ABOUT: &str = "\
One API in front of Alipay and WeChat Pay.

- Amounts are integers in the currency's minor unit: 888 is 8.88 yuan. Times are RFC 3339 in UTC.
- Send an `Idempotency-Key` with every request that moves money. Repeat a request that was not \
answered with the **same** key: it has its effect once, and its final answer comes back byte for \
byte.
- An unknown outcome is no error: the payment is `processing`, and an event tells its end.
- Errors are `application/problem+json` (RFC 9457); each `type` is a page that says what to do.
- Answers may gain members; ignore those you do not know.
- `X-Request-Id` names each request; quote it when you ask for help.";

/// The document of these operations.
pub(crate) fn document(described: Vec<Described>) -> OpenApi {
    let (mut paths, mut schemas, mut refusals) = (Paths::new(), Schemas::default(), vec![]);
    for Described { method, path, operation } in described {
        let operation = operation.finished();
        refusals.extend_from_slice(operation.refusals());
        let (operation, own) = operation.into_parts();
        schemas.extend(own);
        paths.add_path_operation(path, vec![method], operation);
    }
    let webhooks = webhooks::all(&mut schemas);
    add::<told::Body<'_>>(&mut schemas);
    OpenApiBuilder::new()
        .info(info())
        .servers(Some([ServerBuilder::new().url("/").build()]))
        .tags(Some(
            Tag::ALL
                .map(|it| TagBuilder::new().name(it.name()).description(Some(it.about())).build()),
        ))
        .paths(paths)
        .webhooks(Some(webhooks))
        .components(Some(parts::components(schemas, &refusals)))
        .build()
}

fn info() -> utoipa::openapi::Info {
    let license = LicenseBuilder::new().name("Apache-2.0").identifier(Some("Apache-2.0"));
    InfoBuilder::new()
        .title("Paymux")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(ABOUT))
        .license(Some(license.build()))
        .build()
}

/// A view and all that it refers to.
fn add<T: ToSchema>(schemas: &mut Schemas) {
    let mut found = vec![];
    T::schemas(&mut found);
    schemas.extend(found);
    schemas.insert(T::name().into_owned(), T::schema());
}
