//! What several nodes share through Redis where there is one, and each keeps alone where not.

use std::sync::Arc;

use paymux_engine::clock::World as _;
use paymux_engine::flow::app_token::AppTokens;
use paymux_engine::metrics::Metrics;
use paymux_store::guard::{Guard, LocalGuard, RedisGuard};
use paymux_store::quota::{Quota, RedisQuota};
use paymux_store::redis::{Access, InvalidTopology, Redis};
use paymux_store::token::RedisTokens;

use crate::clock::RealWorld;
use crate::outbound::Counting;
use crate::settings;

pub(crate) fn redis(
    settings: &settings::Redis,
    metrics: &Arc<Metrics>,
) -> Result<Redis, InvalidTopology> {
    let secret = |it: &Option<paymux_channel::Secret>| it.as_ref().map(|it| it.expose().to_owned());
    let access = Access {
        username: settings.username.clone(),
        password: secret(&settings.password),
        sentinel_password: secret(&settings.sentinel_password),
        database: settings.database,
    };
    let metrics = Arc::clone(metrics);
    let watch = Box::new(move |purpose: &'static str, went: paymux_store::redis::Went, elapsed| {
        metrics.redis(purpose, went.name(), elapsed);
    });
    Redis::new(&settings.topology, &access, &settings.prefix, watch)
}

pub(crate) fn guard(redis: Option<&Redis>) -> Arc<dyn Guard> {
    let Some(redis) = redis else { return Arc::new(LocalGuard::default()) };
    let world = RealWorld::default();
    let draw = move || u64::try_from(world.entropy() >> 64).expect("half of it is left");
    Arc::new(RedisGuard::new(redis.clone(), draw))
}

pub(crate) fn tokens(redis: Option<&Redis>) -> AppTokens {
    redis.map_or_else(AppTokens::default, |it| {
        AppTokens::new(Arc::new(RedisTokens::new(it.clone())))
    })
}

pub(crate) fn counting(redis: Option<&Redis>, nodes: u32) -> Counting {
    let shared = |it: &Redis| Arc::new(RedisQuota::new(it.clone())) as Arc<dyn Quota>;
    Counting { shared: redis.map(shared), nodes }
}
