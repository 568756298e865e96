//! Connections to brokers: one for each login, opened when needed, left when it does not answer.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use lapin::options::ConfirmSelectOptions;
use lapin::protocol::{AMQPErrorKind, AMQPHardError, AMQPSoftError};
use lapin::uri::{AMQPAuthority, AMQPQueryString, AMQPScheme, AMQPUri, AMQPUserInfo};
use lapin::{Channel, Connection, ConnectionProperties, ErrorKind};
use paymux_core::MerchantId;
use paymux_engine::courier::CourierError;
use paymux_engine::endpoint::Login;
use rustls::{ClientConfig, RootCertStore};
use tokio::sync::watch;

use super::Target;
use super::way::{Way, Ways};
use crate::courier::address;

/// For a connection with its handshake. An attempt may give up earlier: the connection is opened
/// beside it, so that a broker that does not answer costs one at a time.
const CONNECT_DEADLINE: Duration = Duration::from_secs(15);
/// Seconds between signs of life; a broker without any for twice as long is gone.
const HEARTBEAT: u16 = 10;
/// Channels kept for the next messages; as many as most endpoints have places.
const IDLE_CHANNELS: usize = 16;

#[derive(Clone)]
pub(in crate::courier) struct Brokers {
    known: Arc<Mutex<BTreeMap<Key, Arc<Broker>>>>,
    tls: Arc<ClientConfig>,
}

/// A merchant's connections are its own.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    merchant: MerchantId,
    secure: bool,
    host: String,
    port: u16,
    vhost: String,
    user: String,
}

pub(super) struct Broker {
    key: Key,
    login: Login,
    tls: Arc<ClientConfig>,
    latest: Mutex<Option<Opening>>,
}

/// `None` while the connection is being opened.
type Opening = watch::Receiver<Option<Result<Arc<Live>, CourierError>>>;

struct Live {
    connection: Connection,
    idle: Mutex<Vec<Channel>>,
}

/// A channel for one message.
pub(super) struct Lent {
    used: Used,
    channel: Channel,
}

/// A connection that is asked for something. Where nothing was answered, be it to the message or to
/// the opening of its channel, it is forgotten: what did not answer once is not asked again.
struct Used {
    broker: Arc<Broker>,
    live: Arc<Live>,
    answered: bool,
}

impl Brokers {
    pub(in crate::courier) fn new(roots: &Arc<RootCertStore>) -> Self {
        let tls = ClientConfig::builder().with_root_certificates(Arc::clone(roots));
        Self { known: Arc::default(), tls: Arc::new(tls.with_no_client_auth()) }
    }

    pub(super) fn of(&self, merchant: &MerchantId, target: &Target, login: &Login) -> Arc<Broker> {
        let key = Key {
            merchant: merchant.clone(),
            secure: target.secure,
            host: target.host.clone(),
            port: target.port,
            vhost: target.vhost.clone(),
            user: login.user.clone(),
        };
        let mut brokers = lock(&self.known);
        match brokers.get(&key) {
            Some(broker) if broker.login == *login => Arc::clone(broker),
            // The first, or the password was changed.
            Some(_) | None => {
                let (login, tls, latest) = (login.clone(), self.tls.clone(), Mutex::default());
                let broker = Arc::new(Broker { key: key.clone(), login, tls, latest });
                brokers.insert(key, Arc::clone(&broker));
                broker
            }
        }
    }
}

impl Broker {
    pub(super) async fn lend(self: &Arc<Self>, allow_private: bool) -> Result<Lent, CourierError> {
        let live = opened(self.open(allow_private)).await?;
        let used = Used { broker: Arc::clone(self), live, answered: false };
        let idle = lock(&used.live.idle).pop();
        let channel = match idle.filter(|it| it.status().connected()) {
            Some(channel) => channel,
            None => channel(&used.live.connection).await.map_err(|_| CourierError::Connect)?,
        };
        Ok(Lent { used, channel })
    }

    /// The connection that is open or being opened, or else a new one.
    fn open(self: &Arc<Self>, allow_private: bool) -> Opening {
        let mut latest = lock(&self.latest);
        if let Some(opening) = latest.as_ref().filter(|it| is_usable(it)) {
            return opening.clone();
        }
        let (opened, opening) = watch::channel(None);
        let broker = Arc::clone(self);
        tokio::spawn(async move {
            let connected = tokio::time::timeout(CONNECT_DEADLINE, broker.connect(allow_private));
            let live = connected.await.unwrap_or(Err(CourierError::Deadline));
            opened.send_replace(Some(live.map(Arc::new)));
        });
        *latest = Some(opening.clone());
        opening
    }

    /// To an address that was looked at, never to a name.
    async fn connect(&self, allow_private: bool) -> Result<Live, CourierError> {
        let Key { host, port, .. } = &self.key;
        let found = tokio::net::lookup_host((host.as_str(), *port)).await;
        let found = found.map_err(|_| CourierError::Resolve)?.collect();
        let vetted = address::vet(found, allow_private);
        let ways = self.ways().ok_or(CourierError::Tls)?;
        let mut last = CourierError::Address;
        for address in vetted {
            let uri = self.uri(address.ip().to_string());
            let properties = ConnectionProperties::default().with_connection_name("paymux".into());
            match Connection::connect_uri_with_runtime(uri, properties, ways.clone()).await {
                Ok(connection) => return Ok(Live { connection, idle: Mutex::default() }),
                Err(error) => last = refused(&error),
            }
        }
        Err(last)
    }

    fn ways(&self) -> Option<Ways> {
        let Key { secure, host, .. } = &self.key;
        if *secure { Way::secure(&self.tls, host) } else { Some(Way::plain()) }
    }

    /// Of the protocol inside, whatever is around it.
    fn uri(&self, host: String) -> AMQPUri {
        let userinfo = AMQPUserInfo {
            username: self.login.user.clone(),
            password: self.login.password.to_string(),
        };
        let timeout = u64::try_from(CONNECT_DEADLINE.as_millis()).unwrap_or(u64::MAX);
        AMQPUri {
            scheme: AMQPScheme::AMQP,
            authority: AMQPAuthority { userinfo, host, port: self.key.port },
            vhost: self.key.vhost.clone(),
            query: AMQPQueryString {
                heartbeat: Some(HEARTBEAT),
                connection_timeout: Some(timeout),
                ..AMQPQueryString::default()
            },
        }
    }

    fn forget(&self, live: &Arc<Live>) {
        let mut latest = lock(&self.latest);
        let is_it = |opening: &Opening| match &*opening.borrow() {
            Some(Ok(it)) => Arc::ptr_eq(it, live),
            Some(Err(_)) | None => false,
        };
        if latest.as_ref().is_some_and(is_it) {
            *latest = None;
        }
    }
}

async fn opened(mut opening: Opening) -> Result<Arc<Live>, CourierError> {
    let opened = opening.wait_for(Option::is_some).await;
    // Nobody is opening it any more: the runtime is ending.
    let gone = Err(CourierError::Connect);
    opened.map_or(gone, |it| it.clone().unwrap_or(Err(CourierError::Connect)))
}

fn is_usable(opening: &Opening) -> bool {
    match &*opening.borrow() {
        None => opening.has_changed().is_ok(),
        Some(Ok(live)) => live.connection.status().connected(),
        Some(Err(_)) => false,
    }
}

async fn channel(connection: &Connection) -> Result<Channel, lapin::Error> {
    let channel = connection.create_channel().await?;
    channel.confirm_select(ConfirmSelectOptions::default()).await?;
    Ok(channel)
}

fn refused(error: &lapin::Error) -> CourierError {
    if let ErrorKind::IOError(error) = error.kind()
        && error.get_ref().is_some_and(|it| it.is::<rustls::Error>())
    {
        return CourierError::Tls;
    }
    let ErrorKind::ProtocolError(error) = error.kind() else { return CourierError::Connect };
    match error.kind() {
        AMQPErrorKind::Soft(AMQPSoftError::ACCESSREFUSED) => CourierError::Login,
        AMQPErrorKind::Hard(AMQPHardError::NOTALLOWED) => CourierError::Refused,
        AMQPErrorKind::Soft(_) | AMQPErrorKind::Hard(_) => CourierError::Connect,
    }
}

impl Lent {
    pub(super) const fn channel(&self) -> &Channel {
        &self.channel
    }

    pub(super) fn give_back(self) {
        let Self { mut used, channel } = self;
        used.answered = true;
        let mut idle = lock(&used.live.idle);
        if channel.status().connected() && idle.len() < IDLE_CHANNELS {
            idle.push(channel);
        }
    }
}

impl Drop for Used {
    fn drop(&mut self) {
        if !self.answered {
            self.broker.forget(&self.live);
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
