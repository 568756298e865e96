//! What of a new configuration a running gateway takes: all but what needs a restart.

use super::difference::needs_restart;
use super::section::Report;
use super::{Cashier, Delivery, Limits, Problems, Quotas, Server, Settings, consistency};

impl Settings {
    /// The problems are those of the mixture: a new value may need another one that is not taken.
    pub fn taken_by(self, running: &Self) -> Result<Self, Problems> {
        let mixed = Self {
            roles: running.roles,
            server: Server {
                response_key: self.server.response_key,
                published_keys: self.server.published_keys,
                ..running.server.clone()
            },
            admin: self.admin,
            reload: running.reload.clone(),
            store: running.store.clone(),
            redis: running.redis.clone(),
            worker: running.worker.clone(),
            limits: Limits {
                merchant_per_second: self.limits.merchant_per_second,
                merchant_burst: self.limits.merchant_burst,
                ..running.limits.clone()
            },
            cashier: Cashier { link_keys: self.cashier.link_keys, ..running.cashier.clone() },
            log: running.log.clone(),
            traces: running.traces.clone(),
            delivery: Delivery { timeout: self.delivery.timeout, ..running.delivery.clone() },
            flat: self.flat.held(&running.flat, needs_restart),
            outbound: self.outbound,
            managed: self.managed,
            quotas: Quotas { nodes: running.quotas.nodes, ..self.quotas },
            accounts: self.accounts,
            merchants: self.merchants,
            rules: self.rules,
            routing: self.routing,
            places: self.places,
            file: self.file,
            looks: self.looks,
        };
        let problems = mixed.inconsistencies();
        if problems.is_empty() { Ok(mixed) } else { Err(Problems(problems)) }
    }

    fn inconsistencies(&self) -> Vec<super::Problem> {
        let report = Report::default();
        self.places.0.iter().for_each(|(key, place)| report.stands(key, place));
        let file = self.file.as_ref().map(|it| it.display().to_string()).unwrap_or_default();
        consistency::check(self, &report, &file);
        let (mut problems, _) = report.finish();
        for problem in &mut problems {
            problem.problem += ", of which one needs a restart";
        }
        problems
    }
}
