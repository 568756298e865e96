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

/// Of merchants whose payments, transfers or deliveries the store knows to be unfinished.
pub(super) async fn warnings<S: Store>(store: &S, new: &Settings, old: &Settings) -> Vec<Warning> {
    let mut warnings = vec![];
    for merchant in leaving(new, old) {
        match store.unfinished(merchant).await {
            Ok(left) if left == Unfinished::default() => {}
            Ok(Unfinished { payments, deliveries, transfers }) => {
                let left = format!(
                    "with unfinished payments ({payments}), transfers ({transfers}) and deliveries \
                     ({deliveries})"
                );
                warnings.push(warning(merchant, &left));
            }
            Err(error) => {
                tracing::warn!(merchant = merchant.as_str(), %error, "merchant.not_counted");
                let left =
                    "and the store cannot say whether payments or transfers of it are unfinished";
                warnings.push(warning(merchant, left));
            }
        }
    }
    warnings
}

/// Where there are files alone, and no store to ask.
pub(crate) fn uncounted(new: &Settings, old: &Settings) -> Vec<Warning> {
    let left =
        "perhaps with unfinished payments, transfers and deliveries (`--against` counts them)";
    leaving(new, old).map(|it| warning(it, left)).collect()
}

fn warning(merchant: &MerchantId, left: &str) -> Warning {
    let warning = format!(
        "is removed, {left}: what becomes of them is recorded, and told to nobody unless it comes back"
    );
    Warning { key: format!("merchants.{merchant}"), warning }
}
