//! A lease outlasts whatever is done under it.

use super::bad_files::{MERCHANT, check};

#[test]
fn a_lease_is_longer_than_all_that_is_done_under_it() {
    let (calls, delivery) = (
        "2: worker.lease: `worker.lease` (16999ms) must be at least 17s, for 3 calls within \
         `outbound.deadline` (5s) and the store (2s)",
        "4: delivery.timeout: `worker.lease` (17s) must be at least 17001ms, for \
         `delivery.timeout` (15001ms) and the store (2s)",
    );
    check("[worker]\nlease = \"17s\"\n[delivery]\ntimeout = \"15s\"\n", &[]);
    check("[worker]\nlease = \"16999ms\"\n", &[calls]);
    check("[worker]\nlease = \"17s\"\n[delivery]\ntimeout = \"15001ms\"\n", &[delivery]);
    check(
        "[outbound]\ndeadline = \"20s\"\n[limits]\nrequest_deadline = \"21s\"\n",
        &["2: outbound.deadline: `worker.lease` (1m) must be at least 62s, for 3 calls within \
           `outbound.deadline` (20s) and the store (2s)"],
    );
}

#[test]
fn a_lease_leaves_time_for_a_store_that_may_be_slow() {
    let store = "[store]\ndriver = \"postgres\"\nurl = \"env:STORE_URL\"\n";
    check(&format!("{store}[worker]\nlease = \"20s\"\n"), &[]);
    check(
        &format!("{store}[worker]\nlease = \"19s\"\n"),
        &["5: worker.lease: `worker.lease` (19s) must be at least 20s, for 3 calls within \
           `outbound.deadline` (5s) and the store (5s)"],
    );
    check(
        &format!("{store}connect_timeout = \"100ms\"\nstatement_timeout = \"1m\"\n"),
        &["4: store.connect_timeout: `worker.lease` (1m) must be at least 75100ms, for 3 calls \
           within `outbound.deadline` (5s) and the store (60100ms)"],
    );
}

#[test]
fn an_endpoints_timeout_must_fit_the_lease() {
    let endpoint = |timeout| {
        format!(
            "{MERCHANT}[[merchants.m.endpoints]]\nid = \"e\"\nurl = \"https://shop.example.com\"\n\
             secret = \"env:HOOK\"\ntimeout = \"{timeout}\"\n[worker]\nlease = \"20s\"\n"
        )
    };
    check(&endpoint("18s"), &[]);
    check(
        &endpoint("19s"),
        &["11: merchants.m.endpoints[0].timeout: `worker.lease` (20s) must be at least 21s, for \
           `merchants.m.endpoints[0].timeout` (19s) and the store (2s)"],
    );
}
