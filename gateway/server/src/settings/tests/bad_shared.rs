//! Bad sections of what nodes share, and exactly what is told about them.

use super::bad_files::check;

#[test]
fn redis_must_fit_its_topology() {
    check(
        "[redis]\nservers = [\"redis://a\", \"rediss://b\", \"c\"]\nmaster = \"m\"\n",
        &[
            "1: redis.topology: is missing",
            "2: redis.servers[2]: must be redis://HOST:PORT, or rediss://HOST:PORT for TLS; user, \
             password and database have keys of their own",
            "2: redis.servers: must be one: several need `topology` \"sentinel\" or \"cluster\"",
            "2: redis.servers: must all begin with redis:// or all with rediss://",
            "3: redis.master: is for `topology` \"sentinel\" alone",
        ],
    );
    check(
        "[redis]\ntopology = \"sentinel\"\nservers = [\"redis://a\"]\nprefix = \"Pay{}\"\n",
        &["1: redis.master: is missing", "4: redis.prefix: must be 1 to 32 of a-z, 0-9, - and _"],
    );
    check(
        "[redis]\ntopology = \"cluster\"\nservers = [\"redis://a\"]\ndatabase = 1\n\
         password = \"word\"\nsentinel_password = \"env:KEY\"\n",
        &[
            "4: redis.database: must be 0 in a cluster",
            "5: redis.password: is secret and must not stand in this file: put it into a file that \
             its owner alone may read, and refer to it as \"file:PATH\", or as \"env:NAME\"",
            "6: redis.sentinel_password: is for `topology` \"sentinel\" alone",
        ],
    );
}

#[test]
fn a_collector_has_a_url_a_share_and_secret_headers() {
    check("[traces]\n", &["1: traces.endpoint: is missing"]);
    check(
        "[traces]\nendpoint = \"collector:4318\"\nsample_permille = 1001\nheaders = [\"a: b\"]\n",
        &[
            "2: traces.endpoint: must be a URL such as \"http://127.0.0.1:4318/v1/traces\"",
            "3: traces.sample_permille: must be a whole number, 0 to 1000",
            "4: traces.headers[0]: is secret and must not stand in this file: put it into a file \
             that its owner alone may read, and refer to it as \"file:PATH\", or as \"env:NAME\"",
        ],
    );
    check(
        "[traces]\nendpoint = \"https://collector/v1/traces\"\nheaders = [\"env:KEY\"]\n",
        &["3: traces.headers[0]: must hold one header, as in \"Authorization: Bearer …\""],
    );
}

#[test]
fn quotas_are_numbers_above_zero_of_operations_there_are() {
    check(
        "[quotas.alipay]\npay = 0\nbill = 1\n[accounts.a]\nchannel = \"alipay\"\n\
         [accounts.a.quotas]\nquery = 100001\nshare = 5\n",
        &[
            "2: quotas.alipay.pay: must be a whole number, 1 to 100000",
            "3: quotas.alipay.bill: is not a setting; there are: total, pay, query, close, reverse, \
             refund, query_refund, transfer, query_transfer, cancel_transfer, platform_keys, raw",
            "7: accounts.a.quotas.query: must be a whole number, 1 to 100000",
            "8: accounts.a.quotas.share: is not a setting; there are: total, pay, query, close, \
             reverse, refund, query_refund, transfer, query_transfer, cancel_transfer, \
             platform_keys, raw",
        ],
    );
    check("[quotas]\nnodes = 0\n", &["2: quotas.nodes: must be a whole number, 1 to 1000"]);
}

#[test]
fn the_store_in_postgresql_needs_a_secret_url() {
    let check_url = |url: &str, problem: &str| {
        let line = format!("3: store.url: {problem}");
        check(&format!("[store]\ndriver = \"postgres\"\n{url}\n"), &[&line]);
    };
    check(
        "[store]\ndriver = \"postgres\"\nlock_timeout = \"3s\"\n",
        &[
            "1: store.url: is missing",
            // Without a url there is nothing to compare timeouts for.
        ],
    );
    check_url(
        "url = \"env:ABSENT\"",
        "the environment has no variable of this name, or it is not UTF-8",
    );
    check_url("url = \"env:BAD_SSL\"", "`sslmode` must be disable, prefer, require or verify-full");
    check_url("url = \"env:NO_DATABASE\"", "names no database");
    check_url(
        "url = \"postgres://paymux:hunter2@db/paymux\"",
        "is secret and must not stand in this file: put it into a file that its owner alone may \
         read, and refer to it as \"file:PATH\", or as \"env:NAME\"",
    );
    check_url(
        "url = \"env:KEY\"",
        "must be a url such as postgres://user:password@host:5432/database?sslmode=verify-full, \
         with special characters of the password as %XX",
    );
    check(
        "[store]\ndriver = \"postgres\"\nurl = \"env:STORE_URL\"\nlock_timeout = \"3s\"\n\
         connections = 1\nroot_certificates = \"absent.pem\"\n",
        &[
            "4: store.lock_timeout: `store.lock_timeout` (3s) must be shorter than \
             `store.statement_timeout` (3s)",
            "5: store.connections: must be a whole number, 2 to 500",
            "6: store.root_certificates: cannot be read: No such file or directory (os error 2)",
        ],
    );
}
