//! The handle of a running sandbox: addresses, control, stop.

use std::collections::BTreeMap;
use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;

use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::autopay::AutopayRule;
use crate::books::{Channel, Key, OrderView, PayRefusal, RefundStatus, Timing, Totals};
use crate::clock;
use crate::fault::{FaultError, FaultRule, FaultView};
use crate::notify::NotificationView;
use crate::server;
use crate::setup::Config;
use crate::shared::{KeyError, Shared};
use crate::tls;
use crate::wechat::Rotation;

#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error("cannot listen on {address}: {source}")]
    Listen { address: SocketAddr, source: std::io::Error },
    #[error(transparent)]
    Key(#[from] KeyError),
}

/// One running pair of simulators. Dropping it without [`Sandbox::stop`] stops it unfinished.
pub struct Sandbox {
    address: SocketAddr,
    tls_address: SocketAddr,
    pub(crate) shared: Arc<Shared>,
    accepting: [JoinHandle<()>; 2],
}

impl Sandbox {
    /// Listens and serves; returns when requests are accepted.
    ///
    /// # Errors
    /// When the address is taken or a key cannot be read.
    pub async fn start(config: Config) -> Result<Self, StartError> {
        let (listener, address) = bind(config.listen).await?;
        let (secured, tls_address) = bind(config.listen_tls).await?;
        let acceptor = tls::acceptor(&config.parties.wechat.tls)?;
        let public_url = config.public_url.clone().unwrap_or_else(|| browsable(address));
        let public_url = public_url.trim_end_matches('/').to_owned();
        let shared = Arc::new(Shared::new(config, public_url)?);
        let accepting = [(listener, None), (secured, Some(acceptor))]
            .map(|(listener, tls)| tokio::spawn(server::serve(listener, tls, Arc::clone(&shared))));
        Ok(Self { address, tls_address, shared, accepting })
    }

    /// Lets open requests end, gives up pending notifications.
    pub async fn stop(mut self) {
        self.shared.stop.cancel();
        for accepting in &mut self.accepting {
            if let Err(error) = accepting.await {
                tracing::warn!(%error, "an accept loop did not end well");
            }
        }
        self.shared.tasks.close();
        // Answers that a fault withholds are not waited for.
        clock::within(server::DRAIN, self.shared.tasks.wait()).await;
    }

    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The Alipay gateway, for a client's `gateway` setting.
    #[must_use]
    pub fn alipay_url(&self) -> String {
        format!("http://{}/alipay/gateway.do", self.address)
    }

    /// The base that stands for `https://api.mch.weixin.qq.com`.
    #[must_use]
    pub fn wechat_url(&self) -> String {
        format!("http://{}/wechat", self.address)
    }

    /// The same over TLS that takes the merchant's certificate, which version 2 demands where
    /// money goes back.
    #[must_use]
    pub fn wechat_tls_url(&self) -> String {
        format!("https://{}/wechat", self.tls_address)
    }

    /// The base that stands for `https://api.weixin.qq.com`, where tokens and open ids come from.
    #[must_use]
    pub fn weixin_url(&self) -> String {
        format!("http://{}/weixin", self.address)
    }

    /// Renews WeChat Pay's platform certificate, step by step.
    pub fn rotate_wechat_certificate(&self, to: Rotation) {
        self.shared.wechat.rotate(to);
    }

    /// The wallet's list of recent orders, for a browser.
    #[must_use]
    pub fn wallet_url(&self) -> String {
        format!("{}/wallet", self.shared.public_url)
    }

    #[cfg(test)]
    pub(crate) fn shared(&self) -> &Shared {
        &self.shared
    }

    /// Newest first.
    #[must_use]
    pub fn orders(&self, offset: usize, limit: usize) -> Vec<OrderView> {
        self.shared.recent(offset, limit)
    }

    #[must_use]
    pub fn order(&self, channel: Channel, out_trade_no: &str) -> Option<OrderView> {
        self.shared.order(&key(channel, out_trade_no))
    }

    /// The payer opens the code without paying: an Alipay trade begins to exist.
    ///
    /// # Errors
    /// When the wallet would refuse.
    pub fn scan(&self, channel: Channel, out_trade_no: &str) -> Result<OrderView, PayRefusal> {
        self.shared.scan(&key(channel, out_trade_no))
    }

    /// The payer pays; the notification goes out.
    ///
    /// # Errors
    /// When the wallet would refuse: unknown, paid, closed, expired.
    pub fn pay(&self, channel: Channel, out_trade_no: &str) -> Result<OrderView, PayRefusal> {
        self.shared.pay(&key(channel, out_trade_no), Timing::InTime)
    }

    /// Pays although the order is closed or has expired.
    ///
    /// # Errors
    /// When the order is unknown or paid.
    pub fn pay_late(&self, channel: Channel, out_trade_no: &str) -> Result<OrderView, PayRefusal> {
        self.shared.pay(&key(channel, out_trade_no), Timing::Late)
    }

    /// The payer gives the order up: it closes.
    ///
    /// # Errors
    /// When it is paid, closed or unknown.
    pub fn cancel(&self, channel: Channel, out_trade_no: &str) -> Result<OrderView, PayRefusal> {
        self.shared.cancel(&key(channel, out_trade_no))
    }

    /// The order's time is over now.
    ///
    /// # Errors
    /// When it is unknown.
    pub fn expire(&self, channel: Channel, out_trade_no: &str) -> Result<OrderView, PayRefusal> {
        self.shared.expire(&key(channel, out_trade_no))
    }

    /// The payer does not confirm a till's charge; it stays unpaid.
    ///
    /// # Errors
    /// When the order cannot be paid anyway.
    pub fn decline(&self, channel: Channel, out_trade_no: &str) -> Result<OrderView, PayRefusal> {
        self.shared.decline(&key(channel, out_trade_no))
    }

    /// Ends a WeChat Pay refund in process now; false when there is none.
    #[must_use]
    pub fn finish_refund(&self, out_refund_no: &str, outcome: RefundStatus) -> bool {
        self.shared.finish_refund_by_number(out_refund_no, outcome)
    }

    #[must_use]
    pub fn books(&self) -> BTreeMap<Channel, Totals> {
        Channel::ALL.into_iter().map(|channel| (channel, self.shared.totals(channel))).collect()
    }

    /// Newest first; of one order when a number is given.
    #[must_use]
    pub fn notifications(&self, out_trade_no: Option<&str>, limit: usize) -> Vec<NotificationView> {
        self.shared.outbox().views(out_trade_no, limit)
    }

    /// Arms a fault.
    ///
    /// # Errors
    /// When the rule makes no sense or too many are armed.
    pub fn arm(&self, rule: FaultRule) -> Result<(), FaultError> {
        self.shared.faults().arm(rule)
    }

    #[must_use]
    pub fn faults(&self) -> Vec<FaultView> {
        self.shared.faults().views()
    }

    pub fn clear_faults(&self) {
        self.shared.faults().clear();
    }

    /// Every new order pays itself from now on.
    pub fn set_autopay(&self, rule: AutopayRule) {
        self.shared.autopay().set(rule);
    }

    pub fn clear_autopay(&self) {
        self.shared.autopay().clear();
    }
}

impl fmt::Debug for Sandbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sandbox").field("address", &self.address).finish_non_exhaustive()
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.shared.stop.cancel();
    }
}

async fn bind(address: SocketAddr) -> Result<(TcpListener, SocketAddr), StartError> {
    let failed = |source| StartError::Listen { address, source };
    let listener = TcpListener::bind(address).await.map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    Ok((listener, address))
}

/// A browser cannot open `0.0.0.0`.
fn browsable(address: SocketAddr) -> String {
    if address.ip().is_unspecified() {
        format!("http://127.0.0.1:{}", address.port())
    } else {
        format!("http://{address}")
    }
}

fn key(channel: Channel, out_trade_no: &str) -> Key {
    (channel, out_trade_no.to_owned())
}
