//! Misfortunes that are on nobody's agenda: crashes, cancellations, standstills, clock jumps.

use super::{Run, STORM};
use crate::sim::scene::{Act, EPOCH, Ms};

enum Misfortune {
    Crash,
    Cancel,
    Freeze,
    Jump,
}

impl Run {
    /// Perhaps something goes wrong, here of all places.
    pub(super) fn misfortune(&mut self) -> bool {
        let Some((misfortune, node)) = self.bad_luck() else { return false };
        match misfortune {
            Misfortune::Crash => self.crash(node),
            Misfortune::Cancel => self.cancel(),
            Misfortune::Freeze => self.freeze(),
            Misfortune::Jump => {
                let mut state = self.sim.lock();
                let furthest = state.furthest();
                let by = state.random.within(-furthest..=furthest);
                state.within(0, 0, Act::Jump { node, by });
            }
        }
        true
    }

    fn bad_luck(&self) -> Option<(Misfortune, usize)> {
        let mut state = self.sim.lock();
        if state.calm {
            return None;
        }
        let mut chance = state.random.next() % 10_000;
        let node = state.random.below(self.nodes.len());
        let knobs = &state.knobs;
        let rates = [
            (knobs.crash, Misfortune::Crash),
            (knobs.cancelled, Misfortune::Cancel),
            (knobs.frozen, Misfortune::Freeze),
            (knobs.jumps, Misfortune::Jump),
        ];
        let hit = rates.into_iter().find(|(rate, _)| {
            let hit = chance < *rate;
            chance = chance.saturating_sub(*rate);
            hit
        });
        hit.map(|(_, it)| (it, node))
    }

    /// The process ends: whatever it was about to do, it does not.
    fn crash(&mut self, node: usize) {
        if self.nodes[node].gateway.take().is_none() {
            return;
        }
        self.actors.retain(|it| it.node != node);
        let mut state = self.sim.lock();
        state.note(|| format!("node {node} crashes"));
        state.count("crashes");
        state.leased.retain(|it| it.0 != node);
        state.within(0, 40_000, Act::Start { node });
    }

    fn any_actor(&self) -> Option<usize> {
        let count = self.actors.len();
        (count > 0).then(|| self.sim.lock().random.below(count))
    }

    /// One request is given up while it runs.
    fn cancel(&mut self) {
        let Some(index) = self.any_actor().filter(|it| self.actors[*it].name != "worker") else {
            return;
        };
        let actor = self.actors.swap_remove(index);
        let mut state = self.sim.lock();
        state.count("cancelled");
        state.note(|| format!("{} is given up", actor.name));
    }

    /// Deliveries are the most, and the least interesting.
    fn is_worth_it(&self, index: usize) -> bool {
        !self.sim.lock().knobs.sluggish || !self.actors[index].name.starts_with("deliver")
    }

    /// As if the whole process stood still, and the world did not.
    fn freeze(&mut self) {
        let Some(index) = self.any_actor().filter(|it| self.is_worth_it(*it)) else { return };
        let mut state = self.sim.lock();
        let until: Ms = state.now + state.random.within(100..=120_000);
        let actor = &mut self.actors[index];
        actor.frozen_until = until;
        state.count("frozen");
        let seconds = (until - EPOCH) / 1000;
        state.note(|| format!("{} stands still until {seconds}", actor.name));
    }

    pub(super) fn calm_down(&mut self) {
        let mut state = self.sim.lock();
        if !state.calm && state.now >= EPOCH + STORM {
            state.calm = true;
            state.note(|| "faults have stopped".into());
        }
    }
}
