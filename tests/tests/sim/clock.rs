//! A node's clock: true time, and how far it is off; and its chance, which is the seed's.

use paymux_core::Timestamp;
use paymux_engine::clock::World;

use super::scene::Sim;

pub(crate) struct SimWorld {
    pub(crate) sim: Sim,
    pub(crate) node: usize,
}

impl World for SimWorld {
    fn now(&self) -> Timestamp {
        self.sim.lock().clock(self.node)
    }

    fn entropy(&self) -> u128 {
        self.sim.lock().random.wide()
    }
}
