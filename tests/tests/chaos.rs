//! The faults of `docs/catalogue.md`, each by its id, against the real program with a real
//! PostgreSQL and Redis. `tests/run chaos` runs them alone.

mod chaos {
    pub(crate) mod case;

    pub(crate) mod postgres;
    pub(crate) mod refusal;

    mod certificates;
    mod channel;
    mod cluster;
    mod crash;
    mod disk;
    mod endpoint;
    mod outage;
    mod redis;
}
