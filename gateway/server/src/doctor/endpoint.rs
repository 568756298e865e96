//! A merchant's endpoint: whether a delivery would get there. No event is sent.

use std::sync::Arc;

use paymux_engine::courier::CourierError;
use rustls::RootCertStore;

use super::findings::Finding;
use crate::app::limits::courier_policy;
use crate::courier;
use crate::settings::Settings;

pub(super) async fn examine(
    settings: &Settings,
    subject: String,
    url: &str,
    roots: &Arc<RootCertStore>,
) -> Finding {
    let policy = courier_policy(&settings.delivery);
    match courier::knock(&policy, roots, url, settings.delivery.timeout).await {
        Ok(None) => Finding::well(subject, "the broker takes connections"),
        Ok(Some(status)) => answered(subject, status),
        Err(error) => Finding::broken(subject, error.to_string(), advice(error)),
    }
}

/// A `HEAD` is no delivery, so that it is refused says little.
fn answered(subject: String, status: u16) -> Finding {
    let finding = format!("it can be reached, and answers {status} to HEAD");
    match status {
        300..=399 => {
            let advice = "deliveries follow no redirect: write the URL it leads to";
            Finding::odd(subject, finding, advice)
        }
        404 | 410 => {
            let advice = "look at the path of the URL, unless it is there for POST alone";
            Finding::odd(subject, finding, advice)
        }
        401 | 403 => {
            let advice = "a login or a firewall may stand in front of it: let POST through, and \
                          verify the signature instead";
            Finding::odd(subject, finding, advice)
        }
        500..=599 => Finding::odd(subject, finding, "look at the merchant's server"),
        _ => Finding::well(subject, finding),
    }
}

const fn advice(error: CourierError) -> &'static str {
    match error {
        CourierError::Url => "look at `delivery.allow_http`, `allow_amqp` and `ports`",
        CourierError::Address => {
            "its name leads to a private address: publish it, or look at \
             `delivery.allow_private_addresses`"
        }
        CourierError::Resolve => "the name is not known here: look at its spelling and at DNS",
        CourierError::Connect => "nothing listens there, or a firewall is in between",
        CourierError::Tls => "look at its certificate: name, chain and end",
        CourierError::Deadline => "it is slow: look at the merchant's server and the way to it",
        CourierError::Broken
        | CourierError::Login
        | CourierError::Refused
        | CourierError::Unroutable
        | CourierError::Rejected => "look at what stands in front of the merchant's server",
    }
}
