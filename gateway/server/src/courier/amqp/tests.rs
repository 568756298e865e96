//! Against a real broker, which is stopped, frozen, alarmed, and asked what it has.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use lapin::options::{
    BasicAckOptions, BasicGetOptions, ExchangeDeclareOptions, QueueBindOptions, QueueDeclareOptions,
};
use lapin::types::{AMQPValue, FieldTable};
use lapin::{Channel, Connection, ConnectionProperties, ExchangeKind};
use paymux_engine::courier::{Courier, CourierError, Parcel, Receipt};
use paymux_engine::endpoint::Login;
use paymux_services::{Proxy, Rabbitmq};
use tower::ServiceExt as _;
use zeroize::Zeroizing;

use crate::courier::{UrlPolicy, courier};

const EXCHANGE: &str = "payments";
const QUEUE: &str = "orders";
/// The end of the frame by which a channel is opened.
const CHANNEL_OPEN: [u8; 10] = [0, 0, 0, 5, 0, 20, 0, 10, 0, 0xCE];

fn policy() -> UrlPolicy {
    UrlPolicy { allow_private_addresses: true, allow_http: false, allow_amqp: true, ports: vec![] }
}

fn deliverer(policy: UrlPolicy) -> Courier {
    crate::install_crypto();
    courier(policy, &Arc::new(rustls::RootCertStore::empty()))
}

struct Shop {
    rabbitmq: Rabbitmq,
    courier: Courier,
}

impl Shop {
    async fn open() -> Self {
        Self::at(tokio::task::spawn_blocking(Rabbitmq::start).await.unwrap()).await
    }

    async fn at(rabbitmq: Rabbitmq) -> Self {
        let shop = Self { rabbitmq, courier: deliverer(policy()) };
        let (_connection, channel) = shop.channel().await;
        let durable = ExchangeDeclareOptions { durable: true, ..Default::default() };
        let none = FieldTable::default;
        channel
            .exchange_declare(EXCHANGE.into(), ExchangeKind::Topic, durable, none())
            .await
            .unwrap();
        channel.queue_declare(QUEUE.into(), QueueDeclareOptions::durable(), none()).await.unwrap();
        shop
    }

    async fn bind(&self, routing_key: &str) {
        let (_connection, channel) = self.channel().await;
        let (options, none) = (QueueBindOptions::default(), FieldTable::default());
        channel
            .queue_bind(QUEUE.into(), EXCHANGE.into(), routing_key.into(), options, none)
            .await
            .unwrap();
    }

    async fn channel(&self) -> (Connection, Channel) {
        let url = format!("amqp://guest:guest@127.0.0.1:{}/%2f", self.rabbitmq.port);
        let connected = async || {
            let connection =
                Connection::connect(&url, ConnectionProperties::default()).await.ok()?;
            let channel = connection.create_channel().await.ok()?;
            Some((connection, channel))
        };
        // Its port is open before it lets anybody in.
        for _ in 0..10_000 {
            if let Some(found) = connected().await {
                return found;
            }
            tokio::task::yield_now().await;
        }
        panic!("nobody is let in: {}", self.rabbitmq.log());
    }

    /// The next message of the queue, and nothing behind it.
    async fn take(&self) -> Option<lapin::message::BasicGetMessage> {
        let (connection, channel) = self.channel().await;
        let message = channel.basic_get(QUEUE.into(), BasicGetOptions::default()).await.unwrap()?;
        message.acker.ack(BasicAckOptions::default()).await.unwrap();
        // Its answer says that the broker has read what came before.
        connection.close(200, "OK".into()).await.unwrap();
        Some(message)
    }

    fn parcel(&self, number: u32) -> Parcel {
        let port = self.rabbitmq.port;
        parcel(&format!("amqp://127.0.0.1:{port}/?exchange={EXCHANGE}"), number)
    }

    async fn send(&self, parcel: Parcel) -> Result<(), CourierError> {
        outcome(self.courier.clone().oneshot(parcel).await)
    }

    /// Until it is taken, as the schedule would. A broker that begins to listen refuses at once.
    async fn sent_at_last(&self, number: u32) -> u32 {
        let patience = tokio::time::Instant::now() + Duration::from_secs(60);
        let mut attempt = 1;
        while self.send(self.parcel(number)).await.is_err() {
            let late = tokio::time::Instant::now() > patience;
            assert!(!late, "never taken: {}", self.rabbitmq.log());
            tokio::task::yield_now().await;
            attempt += 1;
        }
        attempt
    }
}

fn outcome(sent: Result<Receipt, CourierError>) -> Result<(), CourierError> {
    match sent? {
        Receipt::Confirmed => Ok(()),
        Receipt::Answered { status, .. } => panic!("a broker answers with no status: {status}"),
    }
}

fn parcel(url: &str, number: u32) -> Parcel {
    let mut headers = http::HeaderMap::new();
    let mut set = |name, value: &str| headers.insert(name, value.parse().unwrap());
    set("content-type", "application/json");
    set("webhook-id", &format!("evt_{number}"));
    set("webhook-timestamp", "1768451696");
    set("webhook-signature", "v1,c2lnbmF0dXJl v1,b2xk");
    Parcel {
        url: url.into(),
        method: http::Method::POST,
        login: Some(login("guest")),
        merchant: "shop".parse().unwrap(),
        kind: "payment.succeeded".into(),
        headers,
        body: Bytes::from(format!("{{\"number\":{number}}}")),
        timeout: Duration::from_secs(5),
    }
}

fn login(password: &str) -> Login {
    Login { user: "guest".into(), password: Zeroizing::new(password.into()) }
}

fn header(message: &lapin::message::BasicGetMessage, name: &str) -> String {
    let headers = message.properties.headers().clone().unwrap();
    headers.inner()[name].as_long_string().unwrap().to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_are_confirmed_whole_and_routed() {
    let shop = Shop::open().await;
    assert_eq!(shop.send(shop.parcel(1)).await, Err(CourierError::Unroutable));
    shop.bind("payment.*").await;
    assert_eq!(shop.send(shop.parcel(2)).await, Ok(()));
    let message = shop.take().await.expect("it was confirmed");
    assert_eq!(message.data, b"{\"number\":2}");
    assert_eq!(message.routing_key.as_str(), "payment.succeeded");
    let properties = &message.properties;
    let text = |it: &Option<lapin::types::ShortString>| it.as_ref().unwrap().to_string();
    assert_eq!(text(properties.message_id()), "evt_2");
    assert_eq!(text(properties.content_type()), "application/json");
    assert_eq!(text(properties.kind()), "payment.succeeded");
    assert_eq!(*properties.delivery_mode(), Some(2));
    assert_eq!(*properties.timestamp(), Some(1_768_451_696));
    assert_eq!(header(&message, "webhook-id"), "evt_2");
    assert_eq!(header(&message, "webhook-timestamp"), "1768451696");
    assert_eq!(header(&message, "webhook-signature"), "v1,c2lnbmF0dXJl v1,b2xk");
    assert!(shop.take().await.is_none(), "what was unroutable is not there");

    // To a queue by its name, and many at once over one connection.
    let direct = format!("amqp://127.0.0.1:{}/%2F?routing_key={QUEUE}", shop.rabbitmq.port);
    let mut all = tokio::task::JoinSet::new();
    for number in 10..60 {
        all.spawn(shop.courier.clone().oneshot(parcel(&direct, number)));
    }
    while let Some(sent) = all.join_next().await {
        assert_eq!(outcome(sent.unwrap()), Ok(()));
    }
    let mut seen = vec![];
    while let Some(message) = shop.take().await {
        seen.push(header(&message, "webhook-id"));
    }
    seen.sort();
    assert_eq!(seen, (10..60).map(|it| format!("evt_{it}")).collect::<Vec<_>>());
}

#[tokio::test(flavor = "multi_thread")]
async fn refusals_have_their_names() {
    let shop = Shop::open().await;
    let port = shop.rabbitmq.port;
    let to = |path: &str| parcel(&format!("amqp://127.0.0.1:{port}{path}"), 1);
    let mut stranger = to("/?exchange=payments");
    stranger.login = Some(login("wrong"));
    assert_eq!(shop.send(stranger).await, Err(CourierError::Login));
    assert_eq!(shop.send(to("/?exchange=nowhere")).await, Err(CourierError::Refused));
    assert_eq!(shop.send(to("/nowhere?exchange=payments")).await, Err(CourierError::Refused));
    assert_eq!(shop.send(to("/?exchange=payments")).await, Err(CourierError::Unroutable));
    let mut nobody = to("/?exchange=payments");
    nobody.login = None;
    assert_eq!(shop.send(nobody).await, Err(CourierError::Url));
    let strict = |change: fn(&mut UrlPolicy)| {
        let mut it = policy();
        change(&mut it);
        deliverer(it).oneshot(to("/?exchange=payments"))
    };
    let private =
        strict(|it| (it.allow_private_addresses, it.ports) = (false, (1..=65535).collect()));
    assert_eq!(outcome(private.await), Err(CourierError::Address));
    let other = strict(|it| (it.allow_private_addresses, it.ports) = (false, vec![443]));
    assert_eq!(outcome(other.await), Err(CourierError::Url));
    assert_eq!(outcome(strict(|it| it.allow_amqp = false).await), Err(CourierError::Url));
    let named = parcel(&format!("amqp://localhost:{port}/?exchange=payments"), 1);
    let mut lookup = policy();
    (lookup.allow_private_addresses, lookup.ports) = (false, vec![port]);
    assert_eq!(outcome(deliverer(lookup).oneshot(named).await), Err(CourierError::Address));
}

/// Its name and its trust anchor are looked at as those of webhooks.
#[tokio::test(flavor = "multi_thread")]
async fn a_broker_is_reached_by_tls_where_its_certificate_is_trusted() {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let (certificate, key) = (made.cert.pem(), made.signing_key.serialize_pem());
    let start = move || Rabbitmq::secure(&certificate, &key);
    let shop = Shop::at(tokio::task::spawn_blocking(start).await.unwrap()).await;
    let port = shop.rabbitmq.secure_port.unwrap();
    let mut roots = rustls::RootCertStore::empty();
    roots.add(made.cert.der().clone()).unwrap();
    let policy = || UrlPolicy { allow_amqp: false, ..policy() };
    let trusting = courier(policy(), &Arc::new(roots));
    let at = |host: &str| parcel(&format!("amqps://{host}:{port}/?routing_key={QUEUE}"), 1);
    assert_eq!(outcome(trusting.clone().oneshot(at("localhost")).await), Ok(()));
    let message = shop.take().await.expect("it was confirmed");
    assert_eq!(header(&message, "webhook-id"), "evt_1");
    let stranger = trusting.oneshot(at("127.0.0.1")).await;
    assert_eq!(outcome(stranger), Err(CourierError::Tls), "its certificate has another name");
    let untrusted = deliverer(policy()).oneshot(at("localhost")).await;
    assert_eq!(outcome(untrusted), Err(CourierError::Tls));
    assert!(shop.take().await.is_none());
}

/// A full queue that is to refuse: the broker says no to a message it could route.
#[tokio::test(flavor = "multi_thread")]
async fn what_a_broker_refuses_to_keep_is_not_delivered() {
    let shop = Shop::open().await;
    let (_connection, channel) = shop.channel().await;
    let mut full = FieldTable::default();
    full.insert("x-max-length".into(), AMQPValue::LongInt(1));
    full.insert("x-overflow".into(), AMQPValue::LongString("reject-publish".into()));
    channel.queue_declare("small".into(), QueueDeclareOptions::durable(), full).await.unwrap();
    let small = |number| {
        parcel(&format!("amqp://127.0.0.1:{}/?routing_key=small", shop.rabbitmq.port), number)
    };
    assert_eq!(shop.send(small(1)).await, Ok(()));
    assert_eq!(shop.send(small(2)).await, Err(CourierError::Rejected));
    assert_eq!(shop.send(small(2)).await, Err(CourierError::Rejected), "and is asked again");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_that_went_away_and_came_back_is_found_again() {
    let shop = Shop::open().await;
    shop.bind("#").await;
    assert_eq!(shop.send(shop.parcel(1)).await, Ok(()));
    // The broker writes what was declared some time after it has said so.
    shop.rabbitmq.control(&["eval", "mnesia:sync_log()."]);
    shop.rabbitmq.stop();
    let down = shop.send(shop.parcel(2)).await.unwrap_err();
    assert!([CourierError::Connect, CourierError::Broken].contains(&down), "{down}");
    assert_eq!(shop.send(shop.parcel(2)).await, Err(CourierError::Connect));
    shop.rabbitmq.start_again();
    shop.sent_at_last(2).await;
    let first = shop.take().await.expect("durable and persistent");
    assert_eq!(header(&first, "webhook-id"), "evt_1");
    let second = shop.take().await.expect("confirmed");
    assert_eq!(header(&second, "webhook-id"), "evt_2");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_that_says_nothing_is_left_in_time() {
    let shop = Shop::open().await;
    shop.bind("#").await;
    assert_eq!(shop.send(shop.parcel(1)).await, Ok(()));
    shop.rabbitmq.freeze();
    let brief = |number| Parcel { timeout: Duration::from_millis(500), ..shop.parcel(number) };
    // Over the old connection, and over a new one that is never opened.
    assert_eq!(shop.send(brief(2)).await, Err(CourierError::Deadline));
    assert_eq!(shop.send(brief(2)).await, Err(CourierError::Deadline));
    shop.rabbitmq.thaw();
    shop.sent_at_last(2).await;
    let mut seen = vec![];
    while let Some(message) = shop.take().await {
        seen.push(header(&message, "webhook-id"));
    }
    seen.dedup();
    assert_eq!(seen, ["evt_1", "evt_2"], "in doubt, so perhaps twice, and never lost");
}

/// The connection is good, and nothing can be done on it.
#[tokio::test(flavor = "multi_thread")]
async fn a_channel_that_is_never_opened_takes_its_connection_along() {
    let shop = Shop::open().await;
    shop.bind("#").await;
    let proxy = Proxy::to(shop.rabbitmq.port);
    let url = format!("amqp://127.0.0.1:{}/?exchange={EXCHANGE}", proxy.port);
    proxy.silence_at(&CHANNEL_OPEN);
    let brief = Parcel { timeout: Duration::from_millis(1500), ..parcel(&url, 1) };
    assert_eq!(shop.send(brief).await, Err(CourierError::Deadline));
    assert_eq!(shop.send(parcel(&url, 1)).await, Ok(()), "over another connection");
    assert_eq!(proxy.connections(), 2);
    assert_eq!(shop.send(parcel(&url, 2)).await, Ok(()));
    assert_eq!(proxy.connections(), 2, "which is kept");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_in_alarm_is_left_in_time() {
    let shop = Shop::open().await;
    shop.bind("#").await;
    shop.rabbitmq.alarm();
    let brief = Parcel { timeout: Duration::from_millis(500), ..shop.parcel(1) };
    assert_eq!(shop.send(brief).await, Err(CourierError::Deadline));
    shop.rabbitmq.calm();
    shop.sent_at_last(1).await;
    let message = shop.take().await.expect("confirmed");
    assert_eq!(header(&message, "webhook-id"), "evt_1");
}
