//! The products of both channels, by the words of the gateway's API.

use serde::{Deserialize, Serialize};

use super::Channel;

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Product {
    /// A code that the payer scans.
    Qr,
    /// A page for a browser on a desk.
    Page,
    /// A page for a browser on a phone.
    H5,
    /// From another app on the payer's phone.
    App,
    /// Inside the channel's own browser.
    Jsapi,
    MiniProgram,
    /// The till scans the payer's code.
    Barcode,
}

impl Product {
    /// Whether the order exists for its payer at once, without a code or a link to open.
    pub(super) fn knows_its_payer(self, channel: Channel) -> bool {
        match self {
            Self::Barcode => true,
            Self::Jsapi | Self::MiniProgram => channel == Channel::Alipay,
            Self::Qr | Self::Page | Self::H5 | Self::App => false,
        }
    }
}
