//! To a RabbitMQ exchange: persistent, mandatory, and received only when the broker says so.
//!
//! One message at a time on a channel: a message that comes back unroutable is told apart by its
//! place alone. A confirmation that does not come leaves the message in doubt; it is sent again
//! under the same `message_id`.

mod broker;
mod target;
mod way;

use http::HeaderMap;
use lapin::options::BasicPublishOptions;
use lapin::protocol::{AMQPErrorKind, AMQPSoftError};
use lapin::types::{AMQPValue, FieldTable, LongString};
use lapin::{BasicProperties, Channel, Confirmation, ErrorKind};
use paymux_engine::courier::{CourierError, Parcel, Receipt};

pub(super) use broker::Brokers;
pub(crate) use target::{Target, is_broker};

use super::UrlPolicy;

/// Survives a restart of the broker, where its queue does.
const PERSISTENT: u8 = 2;

pub(super) async fn attempt(
    brokers: &Brokers,
    policy: &UrlPolicy,
    parcel: &Parcel,
) -> Result<Receipt, CourierError> {
    let target = Target::parse(&parcel.url).map_err(|_| CourierError::Url)?;
    policy.check_broker(&target)?;
    let login = parcel.login.as_ref().ok_or(CourierError::Url)?;
    let broker = brokers.of(&parcel.merchant, &target, login);
    let lent = broker.lend(policy.allow_private_addresses).await?;
    let sent = publish(lent.channel(), &target, parcel).await;
    // It answered, whatever it said: the connection is good. Without an answer this is not reached.
    lent.give_back();
    sent
}

async fn publish(
    channel: &Channel,
    target: &Target,
    parcel: &Parcel,
) -> Result<Receipt, CourierError> {
    let exchange = target.exchange(&parcel.kind, &parcel.merchant);
    let routing_key = target.routing_key(&parcel.kind, &parcel.merchant);
    let options = BasicPublishOptions { mandatory: true, ..BasicPublishOptions::default() };
    let (body, properties) = (&parcel.body, properties(parcel));
    let published = channel
        .basic_publish(exchange.into(), routing_key.into(), options, body, properties)
        .await
        .map_err(|it| classify(&it))?;
    match published.await.map_err(|it| classify(&it))? {
        Confirmation::Ack(None) => Ok(Receipt::Confirmed),
        Confirmation::Ack(Some(_)) | Confirmation::Nack(Some(_)) => Err(CourierError::Unroutable),
        Confirmation::Nack(None) => Err(CourierError::Rejected),
        // Every channel is asked for confirmations when it is opened.
        Confirmation::NotRequested => Err(CourierError::Broken),
    }
}

/// The headers of the webhook under the names that AMQP has for them.
fn properties(parcel: &Parcel) -> BasicProperties {
    let header = |name| text(&parcel.headers, name);
    let mut headers = FieldTable::default();
    for name in ["webhook-id", "webhook-timestamp", "webhook-signature"] {
        let value = AMQPValue::LongString(LongString::from(header(name)));
        headers.insert(name.into(), value);
    }
    BasicProperties::default()
        .with_content_type(header("content-type").into())
        .with_delivery_mode(PERSISTENT)
        .with_message_id(header("webhook-id").into())
        .with_timestamp(header("webhook-timestamp").parse().unwrap_or_default())
        .with_type(parcel.kind.as_str().into())
        .with_app_id("paymux".into())
        .with_headers(headers)
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    headers.get(name).and_then(|it| it.to_str().ok()).unwrap_or_default()
}

/// What became of a message that was on its way.
fn classify(error: &lapin::Error) -> CourierError {
    let ErrorKind::ProtocolError(error) = error.kind() else { return CourierError::Broken };
    match error.kind() {
        AMQPErrorKind::Soft(AMQPSoftError::ACCESSREFUSED | AMQPSoftError::NOTFOUND) => {
            CourierError::Refused
        }
        AMQPErrorKind::Soft(_) | AMQPErrorKind::Hard(_) => CourierError::Broken,
    }
}

#[cfg(test)]
mod tests;
