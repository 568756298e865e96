//! The settings of one sandbox.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::parties::Parties;

/// What WeChat Pay's answers and notifications are signed as, unless the request chooses.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SignsWith {
    /// The serial of the platform certificate; `/v3/certificates` hands it out.
    Certificate,
    /// A merchant who changes from certificates to the public key: answers as asked for, else by
    /// certificate; notifications by both in turn.
    Grey,
    /// `PUB_KEY_ID_…`; `/v3/certificates` has nothing to hand out.
    #[default]
    PublicKey,
}

/// How Alipay writes the slashes of its answers; all three have been seen.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Slashes {
    #[default]
    Plain,
    /// `\/`, and signed so.
    Escaped,
    /// Signed as `/`, sent as `\/`.
    EscapedAfterSigning,
}

#[derive(Clone, Debug)]
pub struct Config {
    /// Port 0 chooses a free one.
    pub listen: SocketAddr,
    /// WeChat Pay once more, over TLS that takes a merchant's certificate.
    pub listen_tls: SocketAddr,
    /// Where a payer's browser finds the wallet; by default the listening address.
    pub public_url: Option<String>,
    /// Divides every wait of the notification schedules.
    pub time_scale: u32,
    pub parties: Parties,
    /// Codes look like the real ones instead of opening the wallet page.
    pub native_links: bool,
    pub wechat_signs_with: SignsWith,
    /// Alipay's real switch: whether a refund notifies the payment's `notify_url`.
    pub alipay_refund_notifies: bool,
    /// Alipay takes certificate mode alone; otherwise each request chooses its mode.
    pub alipay_certificates: bool,
    /// Alipay takes `sign_type=RSA` too, as of old applications.
    pub alipay_rsa1: bool,
    /// Alipay names payers by `open_id`, as to new applications.
    pub alipay_open_ids: bool,
    pub alipay_slashes: Slashes,
    /// Beyond it Alipay answers 40005.
    pub alipay_calls_per_second: Option<u32>,
    /// A till's charge above it waits for the payer's password.
    pub confirm_above_fen: i64,
    /// How long a merchant may take to answer a notification.
    pub notify_timeout: Duration,
    /// How long a WeChat refund stays PROCESSING.
    pub refund_delay: Duration,
    /// How long after one WeChat Pay refund of an order the next may be asked for; a minute at
    /// the channel.
    pub wechat_refund_gap: Duration,
    /// How long a payer may take to confirm a charge at a till before WeChat Pay takes it back.
    pub wechat_confirm_within: Duration,
}

impl Default for Config {
    /// The demo's parties on a free loopback port, in real time.
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            listen_tls: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            public_url: None,
            time_scale: 1,
            parties: Parties::demo(),
            native_links: false,
            wechat_signs_with: SignsWith::default(),
            alipay_refund_notifies: true,
            alipay_certificates: false,
            alipay_rsa1: false,
            alipay_open_ids: false,
            alipay_slashes: Slashes::default(),
            alipay_calls_per_second: None,
            confirm_above_fen: 100_000,
            notify_timeout: Duration::from_secs(5),
            refund_delay: Duration::from_secs(3),
            wechat_refund_gap: Duration::ZERO,
            wechat_confirm_within: Duration::from_secs(45),
        }
    }
}
