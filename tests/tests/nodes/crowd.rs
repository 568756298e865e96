//! Customers that keep three nodes busy while something happens to them, and the books afterwards.

use std::time::{Duration, Instant};

use paymux_sandbox::AutopayRule;
use paymux_tests::audit::audit;
use paymux_tests::config::Setup;
use paymux_tests::customer::{Customer, Served};
use paymux_tests::nodes::Nodes;
use paymux_tests::wait::PATIENCE;
use tokio::task::{JoinSet, LocalSet};

use super::trouble::{Trouble, Troublemaker};

const NODES: usize = 3;
/// Customers that are served at once.
const AT_ONCE: usize = 100;

/// How many orders a test plays, unless the environment wants another number.
#[expect(clippy::disallowed_methods, reason = "a long run is asked for by hand")]
pub(crate) fn orders(default: u64) -> u64 {
    let given = std::env::var("PAYMUX_NODES_PAYMENTS").ok();
    given.map_or(default, |it| it.parse().expect("PAYMUX_NODES_PAYMENTS is a number"))
}

pub(crate) struct Crowd {
    nodes: Nodes,
    trouble: Trouble,
    orders: u64,
    served: Vec<Served>,
    findings: Vec<String>,
}

impl Crowd {
    pub(crate) async fn new(trouble: Trouble, orders: u64) -> Self {
        let nodes = Nodes::start(
            NODES,
            Setup {
                // Short, so that what a lost node held is taken over within the test.
                worker: "lease = \"12s\"\npoll = \"200ms\"",
                outbound: "connect_timeout = \"1s\"\ndeadline = \"2s\"\n\
                           breaker_failures = 1000\nbreaker_ratio = 100",
                delivery: "timeout = \"3s\"\nper_endpoint = 64",
                log: "warn",
                ..Setup::default()
            },
        )
        .await;
        nodes.sandbox.set_autopay(AutopayRule { channel: None, delay_ms: 60 });
        Self { nodes, trouble, orders, served: vec![], findings: vec![] }
    }

    /// What was found wrong; nothing, if all is well.
    pub(crate) async fn play(self) -> Vec<String> {
        LocalSet::new().run_until(self.play_here()).await
    }

    async fn play_here(mut self) -> Vec<String> {
        let begun = Instant::now();
        let mut troublemaker = Troublemaker::new(self.trouble);
        let (mut customers, mut next) = (JoinSet::new(), 0);
        while next < self.orders || !customers.is_empty() {
            while next < self.orders && customers.len() < AT_ONCE {
                next += 1;
                customers.spawn_local(self.customer(next).serve());
            }
            tokio::select! {
                served = customers.join_next() => match served {
                    Some(Ok(served)) => self.served.push(served),
                    Some(Err(error)) => self.findings.push(format!("a customer gave up: {error}")),
                    None => {}
                },
                () = troublemaker.moment() => troublemaker.make(&mut self.nodes).await,
            }
        }
        troublemaker.make_good(&mut self.nodes).await;
        self.judge(begun).await;
        self.findings
    }

    /// A third wants some of it back; half pays by each channel.
    fn customer(&self, number: u64) -> Customer {
        let amount = 100 + number % 9_000;
        Customer {
            api: self.nodes.api.clone(),
            shop: self.nodes.shop.clone(),
            order_no: format!("nodes-{number}"),
            channel: if number.is_multiple_of(2) { "alipay" } else { "wechat" },
            amount,
            back: number.is_multiple_of(3).then_some(1 + amount / 2),
        }
    }

    async fn judge(&mut self, begun: Instant) {
        if !self.nodes.come_to_rest(PATIENCE).await {
            self.findings.push("there is still something to do".to_owned());
        }
        let Nodes { api, shop, sandbox, nodes, .. } = &self.nodes;
        let operator = nodes[0].operator();
        let audit = audit((api, &operator), shop, sandbox, &self.served).await;
        self.findings.extend(audit.findings);
        if audit.repeated > 0 && !self.trouble.interrupts() {
            self.findings.push(format!("{} deliveries came twice", audit.repeated));
        }
        let heard = self.nodes.sum("paymux_notifications_total", &[]).await;
        let seconds = Duration::as_secs(&begun.elapsed());
        eprintln!("{:?}: {}, {heard} notifications, {seconds} s", self.trouble, audit.report);
    }
}
