//! The cycles: start, load, death; and one last start that has to make everything good.

use std::collections::BTreeMap;
use std::os::unix::process::ExitStatusExt as _;
use std::time::Duration;

use paymux_sandbox::AutopayRule;
use paymux_tests::audit::audit;
use paymux_tests::config::Setup;
use paymux_tests::customer::{Customer, Served};
use paymux_tests::program::Build;
use paymux_tests::rig::Rig;
use paymux_tests::wait::{PATIENCE, at_pace};
use tokio::task::{JoinSet, LocalSet};

use super::chance::Chance;
use super::check::Acknowledged;
use super::points;

const CYCLES: u64 = 60;

/// As many as the environment says.
#[expect(clippy::disallowed_methods, reason = "a long run is asked for by hand")]
fn cycles() -> u64 {
    let given = std::env::var("PAYMUX_KILL_CYCLES").ok();
    given.map_or(CYCLES, |it| it.parse().expect("PAYMUX_KILL_CYCLES is a number"))
}

/// New orders in each cycle.
const CUSTOMERS: u64 = 5;
/// How long an armed process may live before it is killed by hand: its point was not passed often
/// enough.
const ARMED: Duration = Duration::from_secs(3);
/// A random death comes so many milliseconds after the start.
const RANDOM_MS: (u64, u64) = (50, 1_500);
/// A point strikes at one of its first passes: of one cycle's commits, or of its calls, deliveries
/// and notifications, of which there are fewer.
const COMMITS: (u64, u64) = (1, 24);
const OTHERS: (u64, u64) = (1, 5);

pub(crate) struct Run {
    rig: Rig,
    chance: Chance,
    acknowledged: Acknowledged,
    customers: JoinSet<Served>,
    orders: u64,
    /// How often the process died, by where.
    deaths: BTreeMap<String, u64>,
    findings: Vec<String>,
}

impl Run {
    pub(crate) async fn new(chance: Chance) -> Self {
        let rig = Rig::prepare(
            Setup {
                worker: "lease = \"8s\"\npoll = \"100ms\"",
                outbound: "connect_timeout = \"1s\"\ndeadline = \"2s\"\n\
                           breaker_failures = 1000\nbreaker_ratio = 100",
                delivery: "timeout = \"3s\"\nper_endpoint = 16",
                tapped: false,
                ..Setup::default()
            },
            Build::Crashpoints,
        )
        .await;
        rig.sandbox.set_autopay(AutopayRule { channel: None, delay_ms: 60 });
        Self {
            rig,
            chance,
            acknowledged: Acknowledged::default(),
            customers: JoinSet::new(),
            orders: 0,
            deaths: BTreeMap::new(),
            findings: vec![],
        }
    }

    /// What was found wrong; nothing, if all is well.
    pub(crate) async fn play(mut self) -> Vec<String> {
        LocalSet::new()
            .run_until(async move {
                let points = points::named();
                for cycle in 0..cycles() {
                    // Every other death is at a point, each point in its turn.
                    let turn = usize::try_from(cycle / 2).expect("few cycles");
                    let point = (cycle % 2 == 0).then(|| points[turn % points.len()].clone());
                    self.cycle(point).await;
                }
                self.make_good().await;
                self.findings
            })
            .await
    }

    async fn cycle(&mut self, point: Option<String>) {
        self.admit_customers();
        let armed = point.as_ref().map(|it| {
            let commit = it.starts_with("store.") || it.starts_with("engine.");
            let (low, high) = if commit { COMMITS } else { OTHERS };
            format!("{it}:{}", self.chance.between(low, high))
        });
        let environment: Vec<_> = armed.iter().map(|it| ("PAYMUX_CRASHPOINT", &**it)).collect();
        if self.rig.start_gateway(&environment).await.is_ok() {
            self.findings.extend(self.acknowledged.check(&self.rig).await);
        }
        let (low, high) = RANDOM_MS;
        let life = Duration::from_millis(self.chance.between(low, high));
        let life = if armed.is_some() { ARMED } else { life };
        let ended = self.rig.ends_within(life).await;
        let death = match (point, ended) {
            (_, None) => "kill -9".to_owned(),
            // SIGABRT is the armed point's.
            (Some(point), Some(status)) if status.signal() == Some(6) => point,
            (_, Some(status)) => {
                self.findings.push(format!("it ended by itself: {status}"));
                "by itself".to_owned()
            }
        };
        *self.deaths.entry(death).or_default() += 1;
        self.rig.kill_gateway().await;
    }

    fn admit_customers(&mut self) {
        for _ in 0..CUSTOMERS {
            self.orders += 1;
            let amount = self.chance.between(100, 9_999);
            let wants_back = self.chance.between(0, 1) == 1;
            let customer = Customer {
                api: self.rig.api.clone(),
                shop: self.rig.shop.clone(),
                order_no: format!("kill-{}", self.orders),
                channel: if self.chance.between(0, 1) == 1 { "alipay" } else { "wechat" },
                amount,
                back: wants_back.then(|| self.chance.between(1, amount)),
            };
            self.customers.spawn_local(customer.serve());
        }
    }

    /// The last start: nobody dies any more, and all must come to its end.
    async fn make_good(&mut self) {
        let started = self.rig.start_gateway(&[]).await;
        assert!(started.is_ok(), "it does not start any more: {started:?}");
        self.findings.extend(self.acknowledged.check(&self.rig).await);
        let mut served = vec![];
        while let Some(customer) = self.customers.join_next().await {
            match customer {
                Ok(customer) => served.push(customer),
                Err(error) => self.findings.push(format!("a customer gave up: {error}")),
            }
        }
        if !self.comes_to_rest().await {
            self.findings.push("there is still something to do".to_owned());
        }
        self.findings.extend(self.acknowledged.check(&self.rig).await);
        let kills = self.deaths.values().sum();
        let Rig { api, shop, sandbox, .. } = &self.rig;
        let operator = self.rig.operator();
        let audit = audit((api, &operator), shop, sandbox, &served).await;
        self.findings.extend(audit.findings);
        if audit.repeated > kills {
            let repeated = audit.repeated;
            self.findings.push(format!("{repeated} deliveries came twice, in {kills} deaths"));
        }
        let acknowledged = self.acknowledged.count();
        eprintln!("{} cycles, {kills} deaths: {:?}", cycles(), self.deaths);
        eprintln!("{}, {acknowledged} acknowledged notifications", audit.report);
    }

    /// No task is left: whatever is not final has one.
    async fn comes_to_rest(&self) -> bool {
        let rest = async || {
            let open = self.rig.metrics().await.sum("paymux_tasks_open", &[]);
            (open == 0).then_some(())
        };
        at_pace(Duration::from_millis(200), PATIENCE, rest).await.is_some()
    }
}
