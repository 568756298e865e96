//! One history: a seed, from the first order until nothing is left to happen.

mod act;
mod fault;

use std::sync::Arc;
use std::time::Duration;

use paymux_engine::Gateway;
use paymux_engine::metrics::Metrics;
use paymux_store::Store;
use paymux_store::memory::MemoryStore;

use super::actor::{Actor, Wait};
use super::check;
use super::node::Setup;
use super::scene::{EPOCH, Ms, Sim, Violation};
use super::store::SimStore;

/// Faults stop after this time.
const STORM: Ms = 1_500_000;
/// Everything must have ended by then.
const END: Ms = 12 * 3_600_000;
/// A history with more steps than this runs in circles.
const MOST_STEPS: u32 = 400_000;
/// Of a task, to whoever works on it.
const LEASE: Duration = Duration::from_secs(60);

pub(crate) struct Run {
    pub(super) sim: Sim,
    pub(super) store: MemoryStore,
    setup: Setup,
    pub(super) nodes: Vec<Node>,
    actors: Vec<Actor>,
    steps: u32,
}

pub(super) struct Node {
    /// None while the process is down.
    pub(super) gateway: Option<Gateway<SimStore>>,
    /// Its worker looks for tasks again from here on.
    look_at: Ms,
    looking: bool,
}

/// What became of a history.
pub(crate) struct Told {
    pub(crate) violation: Option<Violation>,
    pub(crate) stats: std::collections::BTreeMap<&'static str, u64>,
    pub(crate) trace: Vec<String>,
}

pub(crate) fn run(seed: u64, traced: bool, metrics: &Arc<Metrics>) -> Told {
    let sim = Sim::new(seed, traced);
    let store = MemoryStore::default();
    let setup = Setup::of(&sim, Arc::clone(metrics));
    let mut run = Run { sim, store, setup, nodes: vec![], actors: vec![], steps: 0 };
    run.play();
    let mut state = run.sim.lock();
    Told {
        violation: state.violation.take(),
        stats: std::mem::take(&mut state.stats),
        trace: state.trace.take().unwrap_or_default(),
    }
}

impl Run {
    fn play(&mut self) {
        let nodes = {
            let mut state = self.sim.lock();
            state.plan_orders();
            state.knobs.nodes
        };
        for node in 0..nodes {
            self.nodes.push(Node { gateway: None, look_at: 0, looking: false });
            self.start(node);
        }
        while self.sim.lock().violation.is_none() {
            self.steps += 1;
            if self.steps > MOST_STEPS {
                self.sim.lock().violated("INV-15", "the history runs in circles");
            }
            if !self.step() {
                let tables = self.store.tables();
                check::end::all(&mut self.sim.lock(), &tables);
                break;
            }
        }
    }

    /// One step of the history; false when nothing is left to do.
    fn step(&mut self) -> bool {
        self.adopt();
        self.calm_down();
        if self.misfortune() {
            return true;
        }
        let due = self.sim.lock().is_due();
        let ready = self.ready();
        if due && (ready.is_empty() || self.sim.lock().random.permille(300)) {
            self.next_act();
            return true;
        }
        if self.look_for_work() {
            return true;
        }
        let hasty = !ready.is_empty() && self.sim.lock().random.permille(30);
        if ready.is_empty() || hasty {
            return self.pass_time() || !ready.is_empty();
        }
        let chosen = ready[self.sim.lock().random.below(ready.len())];
        self.poll(chosen);
        true
    }

    fn ready(&self) -> Vec<usize> {
        let state = self.sim.lock();
        let ready = |it: &Actor| {
            let thawed = it.frozen_until <= state.now;
            thawed
                && match it.wait {
                    Wait::Ready => true,
                    Wait::Until(at) => at <= state.now,
                    Wait::Mail { ticket, until } => until <= state.now || state.has_mail(ticket),
                }
        };
        (0..self.actors.len()).filter(|it| ready(&self.actors[*it])).collect()
    }

    fn poll(&mut self, index: usize) {
        let actor = &mut self.actors[index];
        self.sim.lock().wait = Wait::Ready;
        let done = actor.poll();
        actor.wait = self.sim.lock().wait;
        if done {
            let actor = self.actors.swap_remove(index);
            self.nodes[actor.node].looking &= actor.name != "worker";
        }
    }

    /// Tasks that were leased get somebody to work on them.
    fn adopt(&mut self) {
        let leased = std::mem::take(&mut self.sim.lock().leased);
        for (node, task) in leased {
            let Some(gateway) = self.nodes[node].gateway.clone() else { continue };
            let (sim, name) = (self.sim.clone(), task.kind.to_string());
            self.spawn(node, name, async move {
                let outcome = gateway.work(&task).await;
                let mut state = sim.lock();
                state.count("tasks");
                state.note(|| format!("task {} fence {}: {outcome}", task.kind, task.fence));
            });
        }
    }

    pub(super) fn spawn(
        &mut self,
        node: usize,
        name: String,
        work: impl Future<Output = ()> + Send + 'static,
    ) {
        self.actors.push(Actor::new(node, name, Box::pin(work)));
    }

    /// A worker with nothing better to do looks for tasks that are due.
    fn look_for_work(&mut self) -> bool {
        let (now, clocks) = {
            let state = self.sim.lock();
            (state.now, state.offsets.clone())
        };
        let Some(due) = self.store.look(paymux_store::memory::Tables::next_due) else {
            return false;
        };
        for (node, offset) in clocks.into_iter().enumerate() {
            let it = &mut self.nodes[node];
            let idle = !it.looking && it.look_at <= now && due.0 <= now + offset;
            let (true, Some(gateway)) = (idle, it.gateway.clone()) else { continue };
            it.looking = true;
            it.look_at = now + 200;
            let sim = self.sim.clone();
            self.spawn(node, "worker".into(), async move {
                let some = sim.lock().random.below(4) + 1;
                let found = gateway.store.lease(gateway.now(), LEASE, some).await;
                let tasks = found.unwrap_or_default().into_iter().map(|it| (node, it));
                sim.lock().leased.extend(tasks);
            });
            return true;
        }
        false
    }

    /// The world stands still until the next thing happens.
    fn pass_time(&mut self) -> bool {
        let next = self.next_moment();
        let mut state = self.sim.lock();
        let Some(next) = next.filter(|it| *it <= EPOCH + END) else { return false };
        state.now = state.now.max(next);
        true
    }

    fn next_moment(&self) -> Option<Ms> {
        let state = self.sim.lock();
        let acts = state.agenda.keys().next().map(|it| it.0);
        let actors = self.actors.iter().map(|it| {
            let ready = match it.wait {
                Wait::Ready => state.now,
                Wait::Until(at) => at,
                Wait::Mail { until, .. } => until.min(state.next_mail().unwrap_or(until)),
            };
            ready.max(it.frozen_until)
        });
        let due = self.store.look(paymux_store::memory::Tables::next_due);
        let awake = (0..self.nodes.len()).filter(|it| self.nodes[*it].gateway.is_some());
        let work = awake.filter_map(|it| {
            let due = due?.0 - state.offsets[it];
            Some(due.max(self.nodes[it].look_at))
        });
        acts.into_iter().chain(actors).chain(work).filter(|it| *it > state.now).min()
    }
}
