//! A merchant that listens on RabbitMQ.

use http::HeaderMap;
use lapin::message::BasicGetMessage;
use lapin::options::{BasicAckOptions, BasicGetOptions, QueueDeclareOptions};
use lapin::types::FieldTable;
use lapin::{Channel, Connection, ConnectionProperties};
use paymux_sandbox::Channel as Pay;
use paymux_services::Rabbitmq;
use paymux_tests::config::{SECOND_SECRET, Setup};
use paymux_tests::rig::Rig;
use paymux_tests::wait::until;
use paymux_tests::webhook::is_genuine;
use serde_json::Value;

use super::order::Order;

const QUEUE: &str = "tests.payment.succeeded";

/// To a queue for each kind of event, over the exchange that every broker has.
fn endpoint(port: u16) -> String {
    format!(
        r#"
[[merchants.tests.endpoints]]
id = "queue"
url = "amqp://127.0.0.1:{port}/?routing_key={{merchant}}.{{event_type}}"
user = "guest"
password = "file:keys/rabbitmq-password.txt"
secret = "file:keys/second-secret.txt"
schedule = ["0s", "500ms", "500ms", "500ms", "500ms", "1s", "1s", "1s", "5s", "5s", "5s", "30s"]
"#
    )
}

async fn channel(port: u16) -> Option<(Connection, Channel)> {
    let url = format!("amqp://guest:guest@127.0.0.1:{port}/%2f");
    let connection = Connection::connect(&url, ConnectionProperties::default()).await.ok()?;
    let channel = connection.create_channel().await.ok()?;
    Some((connection, channel))
}

async fn declare(port: u16) {
    let (_connection, channel) = until("the broker answers", async || channel(port).await).await;
    let (durable, none) = (QueueDeclareOptions::durable(), FieldTable::default());
    channel.queue_declare(QUEUE.into(), durable, none).await.expect("a new queue");
}

async fn take(port: u16) -> BasicGetMessage {
    until("a message is in the queue", async || {
        let (connection, channel) = channel(port).await?;
        let message = channel.basic_get(QUEUE.into(), BasicGetOptions::default()).await.ok()??;
        message.acker.ack(BasicAckOptions::default()).await.ok()?;
        // Its answer says that the broker has read what came before.
        drop(connection.close(200, "OK".into()).await);
        Some(message)
    })
    .await
}

/// As a consumer verifies it: the headers of a webhook, and the body byte for byte.
fn verified(message: &BasicGetMessage) -> Value {
    let table = message.properties.headers().clone().expect("it has headers");
    let mut headers = HeaderMap::new();
    for name in ["webhook-id", "webhook-timestamp", "webhook-signature"] {
        let value = table.inner()[name].as_long_string().expect("text").to_string();
        headers.insert(name, value.parse().expect("text of a header"));
    }
    assert!(is_genuine(SECOND_SECRET, &headers, &message.data), "{headers:?}");
    let event: Value = serde_json::from_slice(&message.data).expect("JSON");
    assert_eq!(event["id"], headers["webhook-id"].to_str().expect("text"));
    event
}

fn order_no(event: &Value) -> &str {
    event["data"]["payment"]["order_no"].as_str().unwrap_or_default()
}

async fn outcomes(rig: &Rig, order: &Order<'_>) -> Vec<String> {
    let timeline = rig.api.timeline(&order.id).await;
    let entries = timeline["data"].as_array().cloned().unwrap_or_default();
    let own = entries.iter().filter(|it| it["detail"]["endpoint"] == "queue");
    own.filter_map(|it| it["detail"]["outcome"].as_str().map(str::to_owned)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn events_reach_a_queue_signed_and_outlive_the_brokers_restart() {
    let rabbitmq = tokio::task::spawn_blocking(Rabbitmq::start).await.expect("it starts");
    let port = rabbitmq.port;
    let setup = Setup {
        delivery: "timeout = \"5s\"\nallow_amqp = true\nbreaker_failures = 1000",
        more: endpoint(port),
        log: "trace",
        ..Setup::default()
    };
    let rig = Rig::start(setup).await;
    // There is no queue yet.
    let first = Order::placed(&rig, Pay::Alipay, "queued").await;
    first.pay();
    let unroutable =
        async || outcomes(&rig, &first).await.contains(&"unroutable".into()).then_some(());
    until("it is unroutable", unroutable).await;
    declare(port).await;
    assert_eq!(order_no(&verified(&take(port).await)), "queued-alipay");

    // The broker dies, and the event waits for it.
    rabbitmq.stop();
    let second = Order::placed(&rig, Pay::Wechat, "waiting").await;
    second.pay();
    let failed = async || (!outcomes(&rig, &second).await.is_empty()).then_some(());
    until("the broker is missed", failed).await;
    rabbitmq.start_again();
    // A broker that is killed forgets whom it has told what.
    let mut event = verified(&take(port).await);
    while order_no(&event) == "queued-alipay" {
        event = verified(&take(port).await);
    }
    assert_eq!(order_no(&event), "waiting-wechat");
    for order in [&first, &second] {
        let told = async || (outcomes(&rig, order).await.last()? == "acknowledged").then_some(());
        until("the delivery is recorded", told).await;
    }
    let logs = rig.logs();
    assert!(logs.contains("delivery.attempted") && !logs.contains("lapin::"), "whole messages");
}
