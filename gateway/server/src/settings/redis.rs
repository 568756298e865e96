//! The section `redis`: where it is, and how it lets us in.

use paymux_channel::Secret;
use paymux_store::redis::{Server, Topology};

use super::Redis;
use super::item::Item;
use super::reference::References;
use super::section::Section;

/// Nodes and sentinels tell of the others.
const MAX_SERVERS: usize = 16;
const DEFAULT_PORT: u16 = 6379;
const DEFAULT_PREFIX: &str = "paymux";
const MAX_PREFIX: usize = 32;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Single,
    Sentinel,
    Cluster,
}

const KINDS: [(&str, Kind); 3] =
    [("single", Kind::Single), ("sentinel", Kind::Sentinel), ("cluster", Kind::Cluster)];

pub(super) fn redis(read: &mut Section<'_>, references: &References<'_>) -> Redis {
    let kind = read.word("topology", &KINDS);
    let servers = servers(read, kind, references);
    let secret = |it: Option<Item<'_>>| it.and_then(|it| it.secret(references));
    let text = |it: Option<Item<'_>>| it.and_then(|it| it.text()).map(str::to_owned);
    Redis {
        topology: topology(read, kind, servers),
        username: text(read.optional("username")),
        password: secret(read.optional("password")),
        sentinel_password: sentinel_password(read, kind, references),
        database: database(read, kind),
        prefix: read
            .optional("prefix")
            .and_then(|it| it.parsed(prefix))
            .unwrap_or_else(|| DEFAULT_PREFIX.into()),
    }
}

fn servers(read: &mut Section<'_>, kind: Kind, references: &References<'_>) -> Vec<Server> {
    let Some(list) = read.required("servers") else { return vec![] };
    let server = |it: &Item<'_>| {
        let text = it.open_text(references)?;
        server(text.expose()).map_err(|problem| it.problem(problem)).ok()
    };
    let servers: Vec<_> = list.list(MAX_SERVERS).iter().filter_map(server).collect();
    if kind == Kind::Single && servers.len() > 1 {
        list.problem("must be one: several need `topology` \"sentinel\" or \"cluster\"");
    }
    if servers.windows(2).any(|it| it[0].tls != it[1].tls) {
        list.problem("must all begin with redis:// or all with rediss://");
    }
    servers
}

fn topology(read: &mut Section<'_>, kind: Kind, servers: Vec<Server>) -> Topology {
    let master = read.optional("master");
    if kind != Kind::Sentinel
        && let Some(it) = &master
    {
        it.problem("is for `topology` \"sentinel\" alone");
    }
    match kind {
        Kind::Single => {
            let none = Server { host: String::new(), port: DEFAULT_PORT, tls: false };
            Topology::Single(servers.into_iter().next().unwrap_or(none))
        }
        Kind::Sentinel => {
            if master.is_none() {
                read.problem("master", "is missing");
            }
            let master = master.and_then(|it| it.text()).unwrap_or_default().to_owned();
            Topology::Sentinel { sentinels: servers, master }
        }
        Kind::Cluster => Topology::Cluster(servers),
    }
}

fn sentinel_password(
    read: &mut Section<'_>,
    kind: Kind,
    references: &References<'_>,
) -> Option<Secret> {
    let item = read.optional("sentinel_password")?;
    if kind != Kind::Sentinel {
        item.problem("is for `topology` \"sentinel\" alone");
    }
    item.secret(references)
}

fn database(read: &mut Section<'_>, kind: Kind) -> u8 {
    let Some(item) = read.optional("database") else { return 0 };
    let database = item.number(&(0..=15)).unwrap_or(0);
    if kind == Kind::Cluster && database != 0 {
        item.problem("must be 0 in a cluster");
    }
    database
}

/// `redis://HOST` or `rediss://HOST`, with a port or without.
fn server(text: &str) -> Result<Server, &'static str> {
    const PROBLEM: &str = "must be redis://HOST:PORT, or rediss://HOST:PORT for TLS; \
                           user, password and database have keys of their own";
    let whole = Some(text).filter(|it| !it.contains('#')).ok_or(PROBLEM)?;
    let uri: http::Uri = whole.parse().map_err(|_| PROBLEM)?;
    let tls = match uri.scheme_str() {
        Some("redis") => false,
        Some("rediss") => true,
        Some(_) | None => return Err(PROBLEM),
    };
    let authority = uri.authority().ok_or(PROBLEM)?.as_str();
    let host = uri.host().unwrap_or_default().trim_matches(['[', ']']);
    let port = match uri.port() {
        Some(port) => Some(port.as_u16()),
        None => Some(DEFAULT_PORT).filter(|_| !authority.ends_with(':')),
    };
    let plain = uri.path().len() <= 1 && uri.query().is_none();
    let port = port.filter(|it| *it > 0 && plain && !host.is_empty() && !authority.contains('@'));
    Ok(Server { host: host.to_owned(), port: port.ok_or(PROBLEM)?, tls })
}

/// Fit for a key, and for a hash tag within it.
fn prefix(text: &str) -> Result<String, &'static str> {
    let plain = |it: u8| it.is_ascii_lowercase() || it.is_ascii_digit() || b"-_".contains(&it);
    let fits = (1..=MAX_PREFIX).contains(&text.len()) && text.bytes().all(plain);
    fits.then(|| text.to_owned()).ok_or("must be 1 to 32 of a-z, 0-9, - and _")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_are_a_host_a_port_and_perhaps_tls() {
        let check = |text: &str, expect: Option<(&str, u16, bool)>| {
            let found = server(text).ok().map(|it| (it.host, it.port, it.tls));
            let expect = expect.map(|(host, port, tls)| (host.to_owned(), port, tls));
            assert_eq!(found, expect, "{text}");
        };
        check("redis://127.0.0.1:6380", Some(("127.0.0.1", 6380, false)));
        check("rediss://redis.internal", Some(("redis.internal", 6379, true)));
        check("redis://[::1]:6379/", Some(("::1", 6379, false)));
        check("redis://user:word@redis.internal", None);
        check("redis://redis.internal:0", None);
        check("redis://redis.internal:", None);
        check("redis://redis.internal/1", None);
        check("rediss://redis.internal/#insecure", None);
        check("redis://redis.internal?protocol=resp3", None);
        check("http://redis.internal", None);
        check("redis.internal:6379", None);
        check("redis://", None);
        check("", None);
    }
}
