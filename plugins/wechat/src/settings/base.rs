//! Where to call: an address behind which each operation puts its own path.

use paymux_channel::settings::address;

/// Without its trailing slash.
pub(super) fn read(text: &str) -> Result<String, &'static str> {
    Ok(address::read(text)?.trim_end_matches('/').to_owned())
}
