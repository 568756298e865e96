//! Endpoints as merchants see them, and what their other endpoints are told of one.

use paymux_core::endpoint::EndpointState;
use paymux_core::{EventId, Timestamp};
use serde::Serialize;
use utoipa::ToSchema;

use super::{bytes, shape, time};

/// What came true of another endpoint of yours.
#[derive(Serialize, ToSchema)]
#[schema(as = EndpointEvent)]
pub struct EndpointEventView<'a> {
    #[schema(schema_with = shape::event_id)]
    id: String,
    #[schema(schema_with = shape::endpoint_notice)]
    #[serde(rename = "type")]
    kind: &'a str,
    #[schema(schema_with = shape::time)]
    timestamp: String,
    #[schema(minimum = 1)]
    version: u16,
    data: EndpointEventData<'a>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = EndpointEventData)]
struct EndpointEventData<'a> {
    endpoint: EndpointView<'a>,
}

/// A receiver of events, and whether it hears of them at present.
#[derive(Serialize, ToSchema)]
#[schema(as = Endpoint)]
pub struct EndpointView<'a> {
    #[schema(schema_with = shape::endpoint_id)]
    id: &'a str,
    #[schema(schema_with = shape::endpoint_status)]
    status: &'static str,
    #[schema(schema_with = shape::disabled_reason, required = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
    #[schema(schema_with = shape::time, required = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    disabled_at: Option<String>,
    /// Since when nothing was acknowledged.
    #[schema(schema_with = shape::time, required = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    failing_since: Option<String>,
    /// By which to verify signatures of the kind `v1a`, where it has them: `whpk_` and base64.
    #[schema(required = false)]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    public_keys: Vec<String>,
}

impl EndpointView<'_> {
    #[must_use]
    pub fn with_public_keys(self, public_keys: Vec<String>) -> Self {
        Self { public_keys, ..self }
    }
}

pub fn endpoint(state: &EndpointState) -> EndpointView<'_> {
    EndpointView {
        id: state.endpoint.as_str(),
        status: if state.is_enabled() { "enabled" } else { "disabled" },
        reason: state.disabled.map(|it| it.reason.name()),
        disabled_at: state.disabled.map(|it| time(it.at)),
        failing_since: state.failing_since.map(time),
        public_keys: vec![],
    }
}

/// What the merchant's other endpoints are told.
pub fn endpoint_event(id: EventId, kind: &str, state: &EndpointState, at: Timestamp) -> Vec<u8> {
    bytes(&EndpointEventView {
        id: id.to_string(),
        kind,
        timestamp: time(at),
        version: id.number,
        data: EndpointEventData { endpoint: endpoint(state) },
    })
}
