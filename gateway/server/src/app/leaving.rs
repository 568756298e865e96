//! What is left behind where a merchant leaves the configuration: told, and not refused.

use std::fmt;

use paymux_core::MerchantId;
use paymux_store::{Store, Unfinished};

use crate::settings::Settings;

/// What an operator should know of a configuration that is good.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Warning {
    pub(crate) key: String,
    pub(crate) warning: String,
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.key, self.warning)
    }
}

/// Those that `new` has no more.
fn leaving<'a>(new: &'a Settings, old: &'a Settings) -> impl Iterator<Item = &'a MerchantId> {
    old.merchants.keys().filter(|it| !new.merchants.contains_key(*it))
}

/// Of merchants whose payments or deliveries the store knows to be unfinished.
pub(super) async fn warnings<S: Store>(store: &S, new: &Settings, old: &Settings) -> Vec<Warning> {
    let mut warnings = vec![];
    for merchant in leaving(new, old) {
        let left = match store.unfinished(merchant).await {
            Ok(unfinished) if unfinished == Unfinished::default() => continue,
            Ok(Unfinished { payments, deliveries }) => {
                format!("{payments} payments and {deliveries} deliveries of it are unfinished")
            }
            Err(error) => {
                tracing::warn!(merchant = merchant.as_str(), %error, "merchant.not_counted");
                "nobody could count what of it is unfinished".to_owned()
            }
        };
        warnings.push(warning(merchant, &left));
    }
    warnings
}

/// Where there are files alone, and no store to ask.
pub(crate) fn uncounted(new: &Settings, old: &Settings) -> Vec<Warning> {
    let left = "payments and deliveries of it may be unfinished (`--against` counts them)";
    leaving(new, old).map(|it| warning(it, left)).collect()
}

fn warning(merchant: &MerchantId, left: &str) -> Warning {
    let warning = format!(
        "is removed, while {left}: what becomes of them is recorded, and told to nobody unless it \
         comes back"
    );
    Warning { key: format!("merchants.{merchant}"), warning }
}
