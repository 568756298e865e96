//! What an operation says of itself: what it takes, what it gives, what it refuses.

use std::collections::BTreeMap;

use paymux_engine::problem::{self, Kind};
use serde_json::{Value, json};
use utoipa::ToSchema;
use utoipa::openapi::content::ContentBuilder;
use utoipa::openapi::path::{OperationBuilder, Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::request_body::{RequestBody, RequestBodyBuilder};
use utoipa::openapi::response::{ResponseBuilder, ResponsesBuilder};
use utoipa::openapi::schema::{ArrayBuilder, ObjectBuilder, Schema, Type};
use utoipa::openapi::security::SecurityRequirement;
use utoipa::openapi::{Ref, RefOr, Required};

use super::parts;

/// Schemas by the names under which others refer to them.
pub(crate) type Schemas = BTreeMap<String, RefOr<Schema>>;

const JSON: &str = "application/json";

/// The chapters of the description.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tag {
    Payments,
    Refunds,
    Splits,
    Transfers,
    Settlements,
    Events,
    Endpoints,
    Routing,
    Channels,
    Keys,
}

impl Tag {
    pub(crate) const ALL: [Self; 10] = [
        Self::Payments,
        Self::Refunds,
        Self::Splits,
        Self::Transfers,
        Self::Settlements,
        Self::Events,
        Self::Endpoints,
        Self::Routing,
        Self::Channels,
        Self::Keys,
    ];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Payments => "Payments",
            Self::Refunds => "Refunds",
            Self::Splits => "Splits",
            Self::Transfers => "Transfers",
            Self::Settlements => "Settlements",
            Self::Events => "Events",
            Self::Endpoints => "Endpoints",
            Self::Routing => "Routing",
            Self::Channels => "Channels",
            Self::Keys => "Keys",
        }
    }

    pub(crate) const fn about(self) -> &'static str {
        match self {
            Self::Payments => "Take money: create a payment, show its action, learn its end.",
            Self::Refunds => "Give money back, in whole or in part.",
            Self::Splits => "Share a payment with others, and take shares back.",
            Self::Transfers => "Pay money out, to a wallet or to a card.",
            Self::Settlements => "What you are owed by period, and how it is paid.",
            Self::Events => "What came true, in order; also sent to your endpoints.",
            Self::Endpoints => "Your receivers of events, and whether they hear of them.",
            Self::Routing => "Where a payment would go, and why.",
            Self::Channels => "What the gateway does not model.",
            Self::Keys => "By which keys the gateway's answers are known.",
        }
    }
}

/// Met by every request of a merchant before its operation is.
const OF_EVERY_CALLER: &[&Kind] = &[
    problem::INVALID_QUERY,
    problem::IDEMPOTENCY_KEY_INVALID,
    problem::UNAUTHENTICATED,
    problem::ADDRESS_NOT_ALLOWED,
    problem::REQUEST_TIMEOUT,
    problem::BODY_TOO_LARGE,
    problem::TOO_MANY_REQUESTS,
    problem::INTERNAL,
    problem::STORE_UNAVAILABLE,
    problem::OVERLOADED,
    problem::TIMEOUT,
];
const OF_KEYS: &[&Kind] = &[
    problem::IDEMPOTENCY_KEY_MISSING,
    problem::IDEMPOTENCY_KEY_IN_USE,
    problem::IDEMPOTENCY_KEY_REUSED,
];
const OF_BODIES: &[&Kind] =
    &[problem::MALFORMED_JSON, problem::INVALID_FIELD, problem::UNSUPPORTED_MEDIA_TYPE];

/// One operation of the merchants' API.
pub(crate) struct Operation {
    built: OperationBuilder,
    responses: BTreeMap<u16, ResponseBuilder>,
    /// Whether a repeat finds the first answer.
    keyed: bool,
    refusals: Vec<&'static Kind>,
    schemas: Schemas,
    open: bool,
}

impl Operation {
    /// `id` is what generated clients call it; `summary` is its title.
    pub(crate) fn new(tag: Tag, id: &str, summary: &str, text: &str) -> Self {
        let built = OperationBuilder::new().tag(tag.name()).operation_id(Some(id));
        Self {
            built: built.summary(Some(summary)).description(Some(text)),
            responses: BTreeMap::new(),
            keyed: false,
            refusals: vec![],
            schemas: Schemas::default(),
            open: false,
        }
    }

    /// It needs no key: what it tells is public.
    pub(crate) fn open(mut self) -> Self {
        self.open = true;
        self
    }

    /// The part of its path in braces.
    pub(crate) fn under(self, name: &str, pattern: &str, example: &str) -> Self {
        let schema = ObjectBuilder::new().schema_type(Type::String).pattern(Some(pattern));
        let parameter = ParameterBuilder::new().name(name).parameter_in(ParameterIn::Path);
        let parameter = parameter.required(Required::True).schema(Some(schema));
        let parameter = parameter.example(Some(example.into())).build();
        self.with(parameter).refuses(&[problem::NOT_FOUND])
    }

    pub(crate) fn asks(self, name: &str, text: &str, schema: ObjectBuilder) -> Self {
        let parameter = ParameterBuilder::new().name(name).parameter_in(ParameterIn::Query);
        let parameter = parameter.required(Required::False).description(Some(text));
        self.with(parameter.schema(Some(schema)).build())
    }

    fn with(mut self, parameter: Parameter) -> Self {
        self.built = self.built.parameter(parameter);
        self
    }

    /// It needs an `Idempotency-Key`.
    pub(crate) fn keyed(mut self) -> Self {
        self.keyed = true;
        self.built = self.built.parameter_ref(parts::parameter(parts::IDEMPOTENCY_KEY));
        self.refuses(OF_KEYS)
    }

    /// A body of this shape: as a rule, that of [`crate::api::fields::Fields::shape`].
    pub(crate) fn takes(mut self, shape: RefOr<Schema>, example: Value) -> Self {
        let content = ContentBuilder::new().schema(Some(shape)).example(Some(example));
        let body = RequestBodyBuilder::new().required(Some(Required::True));
        let body: RequestBody = body.content(JSON, content.build()).build();
        self.built = self.built.request_body(Some(body));
        self.refuses(OF_BODIES)
    }

    /// No body at all, or an empty object.
    pub(crate) fn takes_nothing(mut self) -> Self {
        let content = ContentBuilder::new().schema(Some(crate::api::fields::closed()));
        let body = RequestBodyBuilder::new().required(Some(Required::False));
        let body: RequestBody = body.content(JSON, content.build()).build();
        self.built = self.built.request_body(Some(body));
        self.refuses(OF_BODIES)
    }

    /// An answer of this view.
    pub(crate) fn gives<T: ToSchema>(self, status: u16, text: &str, example: Value) -> Self {
        self.answers::<T>(status, text, Ref::from_schema_name(T::name()).into(), example)
    }

    /// An answer that is no JSON.
    pub(crate) fn gives_text(mut self, status: u16, kind: &str, text: &str, example: &str) -> Self {
        let schema = ObjectBuilder::new().schema_type(Type::String);
        let content = ContentBuilder::new().schema(Some(schema)).example(Some(example.into()));
        let response = ResponseBuilder::new().description(text).content(kind, content.build());
        self.responses.insert(status, response);
        self
    }

    /// An answer of all there are, as [`crate::api::reply::List`] writes them.
    pub(crate) fn lists<T: ToSchema>(self, status: u16, text: &str, example: Value) -> Self {
        let items = ArrayBuilder::new().items(Ref::from_schema_name(T::name()));
        let list = ObjectBuilder::new().schema_type(Type::Object).property("data", items);
        let example = json!({ "data": [example] });
        self.answers::<T>(status, text, list.required("data").into(), example)
    }

    fn answers<T: ToSchema>(
        mut self,
        status: u16,
        text: &str,
        schema: RefOr<Schema>,
        example: Value,
    ) -> Self {
        super::add::<T>(&mut self.schemas);
        let content = ContentBuilder::new().schema(Some(schema)).example(Some(example)).build();
        let response = ResponseBuilder::new().description(text).content(JSON, content);
        self.responses.insert(status, response);
        self
    }

    /// What it alone may refuse, beside what every operation of its kind may.
    pub(crate) fn refuses(mut self, kinds: &[&'static Kind]) -> Self {
        self.refusals.extend(kinds);
        self
    }

    pub(super) fn refusals(&self) -> &[&'static Kind] {
        &self.refusals
    }

    /// With what all operations of its kind have.
    pub(super) fn finished(mut self) -> Self {
        if self.open {
            self.refusals.extend([problem::INVALID_QUERY, problem::INTERNAL]);
        } else {
            self.refusals.extend(OF_EVERY_CALLER);
            self.built = parts::CALLER_SCHEMES.iter().fold(self.built, |it, name| {
                it.security(SecurityRequirement::new(*name, NO_SCOPE))
            });
        }
        self
    }

    pub(super) fn into_parts(self) -> (utoipa::openapi::path::Operation, Schemas) {
        let mut responses = ResponsesBuilder::new();
        for (status, response) in self.responses {
            let response = parts::headers(response, self.keyed, self.open);
            responses = responses.response(status.to_string(), response.build());
        }
        for (status, kinds) in by_status(&self.refusals) {
            let response = parts::refusal(status, &kinds, self.open);
            responses = responses.response(status.to_string(), response);
        }
        (self.built.responses(responses.build()).build(), self.schemas)
    }
}

const NO_SCOPE: [&str; 0] = [];

/// In the order of the list of all kinds.
fn by_status(refusals: &[&'static Kind]) -> BTreeMap<u16, Vec<&'static Kind>> {
    let mut sorted: BTreeMap<u16, Vec<_>> = BTreeMap::new();
    for kind in problem::ALL.iter().filter(|it| refusals.contains(it)) {
        sorted.entry(kind.status).or_default().push(*kind);
    }
    sorted
}
