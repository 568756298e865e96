//! Logging in to the console: as slow for a name that is not there as for one that is, and the
//! same answer.

use std::net::IpAddr;

use paymux_engine::endpoint::ApiKeyHash;
use paymux_engine::problem::Problem;
use zeroize::Zeroizing;

use super::browser::BrowserId;
use super::pacing::Comer;
use super::user::{User, UserName};
use super::{Access, password};

/// What the form says.
pub(crate) struct Attempt {
    pub(crate) user: String,
    pub(crate) password: Zeroizing<String>,
    pub(crate) address: Option<IpAddr>,
    /// Where it came in with this name before.
    pub(crate) browser: Option<BrowserId>,
}

impl Access {
    /// Whose name and password these are; `None` for every reason alike.
    pub(crate) async fn log_in(
        &self,
        attempt: Attempt,
    ) -> Result<Option<(UserName, User)>, Problem> {
        let Attempt { user, password, address, browser } = attempt;
        let comer = Comer { address, user: &user, browser };
        let place = self.pacing.enter(comer).await?;
        let name: Option<UserName> = user.parse().ok();
        let known = name.and_then(|name| Some((name.clone(), self.user(&name)?)));
        let verify = move || {
            let is = is_theirs(known.as_ref().map(|it| &it.1), &password);
            drop(place);
            known.filter(|_| is)
        };
        let found = tokio::task::spawn_blocking(verify).await.expect("verifying does not panic");
        if found.is_some() {
            self.pacing.succeeded(comer);
        }
        Ok(found)
    }
}

/// A token opens as a password does. Whatever is known, one hash is made and compared.
fn is_theirs(user: Option<&User>, typed: &str) -> bool {
    let (short, presented) = (typed.len() <= 4 * password::MAX_CHARS, ApiKeyHash::of(typed));
    let mut token = false;
    for known in user.iter().flat_map(|it| &it.tokens) {
        token |= known.equals(&presented);
    }
    let typed = if short { typed } else { "" };
    let own = user.and_then(|it| it.password.as_ref());
    own.map_or_else(|| password::nobodys(typed), |it| it.is(typed)) || token
}
