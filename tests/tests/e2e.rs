//! End to end, through HTTP alone: the real program, both channels, a merchant that fails.
//!
//! Expiry is left to the simulation: a payment lives a minute at least, and no test waits so long.

mod e2e {
    pub(crate) use paymux_tests::order;

    mod app_token;
    mod bill;
    mod burst;
    mod cashier;
    mod cli;
    mod close;
    mod commands;
    mod dashboards;
    mod diff;
    mod difference;
    mod doctor;
    mod doors;
    mod doubt;
    mod examples;
    mod fair;
    mod hold;
    mod leaving;
    mod notice;
    mod notice_forged;
    mod operate;
    mod pay;
    mod platform_keys;
    mod postgres;
    mod probe;
    mod products;
    mod rabbitmq;
    mod read;
    mod redis;
    mod refund;
    mod refund_doubt;
    mod reload;
    mod repeat;
    mod roles;
    mod rotation;
    mod route;
    mod rules;
    mod settlement;
    mod shop;
    mod signed;
    mod signed_change;
    mod signed_nodes;
    mod signing_page;
    mod stop;
    mod traces;
    mod transfer;
    mod webhook;
    mod wechat_v2;
}
