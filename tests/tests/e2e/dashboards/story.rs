//! A run in which everything happens that a dashboard shows.

use bytes::Bytes;
use http_body_util::Full;
use paymux_sandbox::Channel;
use paymux_services::{Postgres, Redis};
use paymux_tests::api::Api;
use paymux_tests::config::{ALIPAY, SECOND_SECRET, Setup, mode};
use paymux_tests::metrics::Metrics;
use paymux_tests::program::{Build, run};
use paymux_tests::rig::Rig;
use paymux_tests::shop::{Reply, Shop};

use super::super::order::{Order, both};
use super::super::refund;

pub(super) struct Story {
    pub(super) rig: Rig,
    second: Shop,
    _services: (Postgres, Redis),
}

impl Story {
    /// A gateway on PostgreSQL and Redis, with certificates, and a merchant with two endpoints.
    pub(super) async fn begin() -> Self {
        let services = tokio::task::spawn_blocking(|| (Postgres::start(), Redis::start()));
        let (postgres, redis) = services.await.expect("they start");
        let second = Shop::open(SECOND_SECRET).await;
        let more = format!(
            "\n[[merchants.tests.endpoints]]\nid = \"second\"\nurl = \"{}\"\n\
             secret = \"file:keys/second-secret.txt\"\n\
             \n[redis]\ntopology = \"single\"\nservers = [\"{}\"]\n",
            second.url(),
            redis.url()
        );
        let setup = Setup {
            store: "driver = \"postgres\"\nurl = \"file:keys/store-url.txt\"".into(),
            secrets: vec![("store-url.txt", postgres.database())],
            alipay_mode: mode::certificates(),
            certificates: true,
            more,
            ..Setup::default()
        };
        let mut rig = Rig::prepare(setup, Build::Plain).await;
        let config = rig.path("paymux.toml").display().to_string();
        let migrated = tokio::task::spawn_blocking(move || run(&["migrate", "--config", &config]));
        assert!(migrated.await.is_ok_and(|it| it.status.success()));
        rig.start_gateway(&[]).await.expect("it starts");
        Self { rig, second, _services: (postgres, redis) }
    }

    /// All of it once, under numbers that begin so.
    pub(super) async fn once(&self, name: &str) {
        both(async |channel| self.money(channel, name).await).await;
        both(async |channel| self.bill(channel).await).await;
        self.doubt(name).await;
        self.strangers().await;
        assert_eq!(self.rig.reload().await.status, 200);
    }

    /// Paid, asked for twice, told late, and in part returned.
    async fn money(&self, channel: Channel, name: &str) {
        let rig = &self.rig;
        let order = Order::placed(rig, channel, name).await;
        let wish = super::super::order::wish(channel, &order.order_no, "Jasmine tea");
        assert!(rig.api.create(&order.order_no, &wish).await.is_replayed());
        let failures = [Reply::Status(500, ""), Reply::Status(200, "ok")];
        rig.shop.script("payment.succeeded", &order.order_no, &failures);
        // The other endpoint wants to hear nothing any more: from then on its events are held.
        self.second.script("payment.succeeded", &order.order_no, &[Reply::Status(410, "")]);
        order.pay();
        rig.shop.hears("payment.succeeded", &order.order_no).await;
        let number = format!("{}-back", order.order_no);
        let answer = rig.api.refund(&order.id, &number, &refund::wish(&number, 300)).await;
        assert_eq!(answer.status, 201, "{answer:?}");
        rig.shop.hears("refund.succeeded", &order.order_no).await;
    }

    /// A bill that says a fen too much of one of them.
    async fn bill(&self, channel: Channel) {
        super::super::bill::made_with(&self.rig, Some("wrong_amount")).await;
        let bill = super::super::bill::fetched(&self.rig, channel).await;
        assert_eq!(bill["state"], "reconciled", "{bill}");
    }

    /// The channel's answer is lost, and so are those to questions about it.
    async fn doubt(&self, name: &str) {
        let subject = "Tea [sandbox:lose_answer] [sandbox:query.system_error*1000]";
        Order::asked(&self.rig, Channel::Alipay, &format!("{name}-doubt"), subject, 202).await;
    }

    /// A forged notification, a key that nobody has, and a page that is not there.
    async fn strangers(&self) {
        let rig = &self.rig;
        let url = format!("{}/notify/{ALIPAY}", rig.api.base);
        let forged = http::Request::post(url)
            .header("content-type", "application/x-www-form-urlencoded")
            .body(Full::new(Bytes::from_static(b"sign=AAAA&sign_type=RSA2&out_trade_no=1")));
        rig.http.send(forged.expect("well-formed")).await.expect("it is answered");
        let nobody = Api { api_key: "pk_tests_nobody".into(), ..rig.api.clone() };
        assert_eq!(nobody.get("/v1/payments").await.status, 401);
        assert_eq!(rig.api.get("/v1/payments/pay_00000000000000000000000000").await.status, 404);
    }

    /// What was played is what the metrics say.
    pub(super) fn is_told(&self, metrics: &Metrics) {
        // The second endpoint has heard of no payment: each is held, or is on its way to be.
        let untold = |state| metrics.sum("paymux_paid_but_undelivered", &[("state", state)]);
        assert!(untold("held") >= 1, "it was told of nothing");
        assert_eq!((untold("held") + untold("due"), untold("exhausted")), (4, 0));
        assert_eq!(metrics.sum("paymux_unknown_attempts", &[]), 2, "one in doubt of each time");
        assert_eq!(metrics.sum("paymux_paid_to_acknowledged_seconds_count", &[]), 4);
        assert_eq!(metrics.sum("paymux_endpoints_disabled_total", &[("reason", "gone")]), 1);
        assert_eq!(metrics.sum("paymux_replayed_answers_total", &[]), 4);
        let days = metrics.sum("paymux_certificate_not_after_seconds", &[("account", ALIPAY)]);
        assert!(days > 0, "the account's certificates are not shown");
        assert!(metrics.sum("paymux_store_bytes", &[]) > 1_000_000);
        let differ = |kind| metrics.sum("paymux_reconciliation_differences", &[("kind", kind)]);
        assert_eq!((differ("amount"), differ("missing_here")), (2, 0), "one of each channel");
    }
}
