//! `amqps://host:port/vhost?exchange=…&routing_key=…`: where a message goes.

use http::Uri;
use paymux_core::MerchantId;
use percent_encoding::percent_decode_str;

const DEFAULT_PORT: u16 = 5672;
const DEFAULT_SECURE_PORT: u16 = 5671;
/// AMQP's own limit for names of exchanges and routing keys.
const MAX_NAME_BYTES: usize = 255;
/// The longest kind of event or name of a merchant that may stand in for a placeholder.
const MAX_PLACEHOLDER_BYTES: usize = 40;
const EVENT_TYPE: &str = "{event_type}";
const MERCHANT: &str = "{merchant}";

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Target {
    /// By TLS.
    pub(crate) secure: bool,
    /// Without the brackets of an IPv6 address.
    pub(crate) host: String,
    pub(crate) port: u16,
    pub(crate) vhost: String,
    exchange: String,
    routing_key: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum TargetError {
    #[error("must be printable ASCII: percent-encode the path and the query")]
    Characters,
    #[error("must not have a fragment (#…)")]
    Fragment,
    #[error("must look like amqps://host:port/vhost?exchange=…&routing_key=…")]
    Form,
    #[error("must not hold a user or password: give them as `user` and `password`")]
    UserInfo,
    #[error("has no valid port: it must be 1 to 65535")]
    Port,
    #[error("must name one virtual host; write a slash in its name as %2F")]
    Vhost,
    #[error("takes the parameters exchange and routing_key, each once")]
    Parameter,
    #[error("knows the placeholders {{event_type}} and {{merchant}} alone")]
    Placeholder,
    #[error("has a name that would be longer than 255 bytes")]
    Name,
    #[error("needs a routing_key where it names no exchange")]
    Nowhere,
}

/// Whether a broker is meant, well or badly spelled.
pub(crate) fn is_broker(url: &str) -> bool {
    url.starts_with("amqp://") || url.starts_with("amqps://")
}

impl Target {
    pub(crate) fn parse(url: &str) -> Result<Self, TargetError> {
        if !url.bytes().all(|it| it.is_ascii_graphic()) {
            return Err(TargetError::Characters);
        }
        if url.contains('#') {
            return Err(TargetError::Fragment);
        }
        let uri: Uri = url.parse().map_err(|_| TargetError::Form)?;
        let secure = match uri.scheme_str() {
            Some("amqp") => false,
            Some("amqps") => true,
            Some(_) | None => return Err(TargetError::Form),
        };
        let (host, port) = authority(&uri, secure)?;
        let (exchange, routing_key) = names(uri.query().unwrap_or_default())?;
        Ok(Self { secure, host, port, vhost: vhost(uri.path())?, exchange, routing_key })
    }

    pub(crate) fn exchange(&self, kind: &str, merchant: &MerchantId) -> String {
        fill(&self.exchange, kind, merchant)
    }

    pub(crate) fn routing_key(&self, kind: &str, merchant: &MerchantId) -> String {
        fill(&self.routing_key, kind, merchant)
    }
}

fn fill(name: &str, kind: &str, merchant: &MerchantId) -> String {
    name.replace(EVENT_TYPE, kind).replace(MERCHANT, merchant.as_str())
}

fn authority(uri: &Uri, secure: bool) -> Result<(String, u16), TargetError> {
    let authority = uri.authority().ok_or(TargetError::Form)?;
    if authority.as_str().contains('@') {
        return Err(TargetError::UserInfo);
    }
    let host = authority.host().trim_matches(['[', ']']);
    if host.is_empty() {
        return Err(TargetError::Form);
    }
    let named = authority.as_str().len() > authority.host().len();
    let port = match authority.port_u16() {
        None if named => return Err(TargetError::Port),
        None if secure => DEFAULT_SECURE_PORT,
        None => DEFAULT_PORT,
        Some(0) => return Err(TargetError::Port),
        Some(port) => port,
    };
    Ok((host.to_owned(), port))
}

/// Without a path, and with an empty one, RabbitMQ's default: `/`.
fn vhost(path: &str) -> Result<String, TargetError> {
    let name = path.strip_prefix('/').unwrap_or(path);
    if name.contains('/') {
        return Err(TargetError::Vhost);
    }
    let name = decoded(name).ok_or(TargetError::Vhost)?;
    Ok(if name.is_empty() { "/".into() } else { name })
}

fn names(query: &str) -> Result<(String, String), TargetError> {
    let (mut exchange, mut routing_key) = (None, None);
    for parameter in query.split('&').filter(|it| !it.is_empty()) {
        let (key, value) = parameter.split_once('=').ok_or(TargetError::Parameter)?;
        let place = match key {
            "exchange" => &mut exchange,
            "routing_key" => &mut routing_key,
            _ => return Err(TargetError::Parameter),
        };
        if place.replace(name(value)?).is_some() {
            return Err(TargetError::Parameter);
        }
    }
    let exchange = exchange.unwrap_or_default();
    match routing_key {
        Some(routing_key) if !routing_key.is_empty() => Ok((exchange, routing_key)),
        // A queue must be named where the default exchange is meant.
        _ if exchange.is_empty() => Err(TargetError::Nowhere),
        Some(routing_key) => Ok((exchange, routing_key)),
        None => Ok((exchange, EVENT_TYPE.into())),
    }
}

fn name(value: &str) -> Result<String, TargetError> {
    let name = decoded(value).ok_or(TargetError::Parameter)?;
    let rest = name.replace(EVENT_TYPE, "").replace(MERCHANT, "");
    if rest.contains(['{', '}']) {
        return Err(TargetError::Placeholder);
    }
    let placeholders = name.matches('{').count();
    if rest.len() + placeholders * MAX_PLACEHOLDER_BYTES > MAX_NAME_BYTES {
        return Err(TargetError::Name);
    }
    Ok(name)
}

fn decoded(text: &str) -> Option<String> {
    percent_decode_str(text).decode_utf8().ok().map(Into::into)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(url: &str, expect: Result<(&str, u16, &str, &str, &str), TargetError>) {
        let merchant = "shop".parse().unwrap();
        let found = Target::parse(url).map(|it| {
            let exchange = it.exchange("payment.succeeded", &merchant);
            let routing_key = it.routing_key("payment.succeeded", &merchant);
            (it.host, it.port, it.vhost, exchange, routing_key)
        });
        let expect = expect.map(|(host, port, vhost, exchange, routing_key)| {
            (host.into(), port, vhost.into(), exchange.into(), routing_key.into())
        });
        assert_eq!(found, expect, "{url}");
    }

    #[test]
    fn targets_are_read_and_filled_in() {
        let succeeded = "payment.succeeded";
        check("amqp://mq?exchange=pay", Ok(("mq", 5672, "/", "pay", succeeded)));
        check("amqps://mq?exchange=pay", Ok(("mq", 5671, "/", "pay", succeeded)));
        check("amqp://mq:5673/?exchange=pay", Ok(("mq", 5673, "/", "pay", succeeded)));
        check("amqp://[::1]/%2F?routing_key=orders", Ok(("::1", 5672, "/", "", "orders")));
        check(
            "amqp://mq/shop%20one?exchange=pay.{merchant}&routing_key={merchant}.{event_type}",
            Ok(("mq", 5672, "shop one", "pay.shop", "shop.payment.succeeded")),
        );
        check("amqp://mq?exchange=fan&routing_key=", Ok(("mq", 5672, "/", "fan", "")));
    }

    #[test]
    fn two_schemes_are_spoken() {
        let secure = |url: &str| Target::parse(url).map(|it| it.secure);
        assert_eq!(secure("amqp://mq?exchange=pay"), Ok(false));
        assert_eq!(secure("amqps://mq?exchange=pay"), Ok(true));
        assert_eq!(secure("amqpss://mq?exchange=pay"), Err(TargetError::Form));
    }

    #[test]
    fn what_is_no_target_says_why() {
        check("https://mq?exchange=pay", Err(TargetError::Form));
        check("amqp:mq", Err(TargetError::Form));
        check("amqp://guest:guest@mq?exchange=pay", Err(TargetError::UserInfo));
        check("amqp://mq:0?exchange=pay", Err(TargetError::Port));
        check("amqp://mq:70000?exchange=pay", Err(TargetError::Port));
        check("amqp://mq/a/b?exchange=pay", Err(TargetError::Vhost));
        check("amqp://mq?exchange=pay&queue=a", Err(TargetError::Parameter));
        check("amqp://mq?exchange=pay&exchange=b", Err(TargetError::Parameter));
        check("amqp://mq?exchange", Err(TargetError::Parameter));
        check("amqp://mq?exchange=%ff", Err(TargetError::Parameter));
        check("amqp://mq?exchange={order_no}", Err(TargetError::Placeholder));
        check("amqp://mq?exchange=pay}", Err(TargetError::Placeholder));
        check("amqp://mq", Err(TargetError::Nowhere));
        check("amqp://mq?routing_key=", Err(TargetError::Nowhere));
        check("amqp://mq?exchange=pay#a", Err(TargetError::Fragment));
        check("amqp://mq?exchange=支付", Err(TargetError::Characters));
        check(&format!("amqp://mq?exchange={}", "x".repeat(256)), Err(TargetError::Name));
        let long = format!("amqp://mq?exchange={}{MERCHANT}", "x".repeat(216));
        check(&long, Err(TargetError::Name));
    }
}
