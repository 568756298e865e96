//! Who the payer is to an application of an account: the `openid` by which pages inside the wallet
//! and mini programs can be paid.

use std::sync::Arc;

use paymux_channel::{BuildError, Identify, Operation, Outcome};
use paymux_core::AccountId;
use paymux_core::payment::Method;
use paymux_store::Store;

use super::raw::unfit;
use super::sync::unheard;
use super::{call::Unanswered, own_account};
use crate::gateway::Gateway;
use crate::problem::{self, Problem};
use crate::snapshot::{Account, Merchant};

/// Where the payer is to be known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    Account(AccountId),
    /// The merchant's first account there that can ask.
    Channel(String),
}

/// An `openid` is good with the account it was given for, and with all of the same application.
#[derive(Clone)]
pub struct Identified {
    pub account: Arc<Account>,
    pub openid: String,
}

impl<S: Store> Gateway<S> {
    /// Where a browser inside the wallet is sent. It comes back to `redirect_url` with `state` and
    /// a code, which is the account's that is named here.
    pub fn identify_url(
        &self,
        merchant: &Merchant,
        place: &Place,
        redirect_url: &str,
        state: &str,
    ) -> Result<(Arc<Account>, String), Problem> {
        let accounts = self.accounts_at(merchant, place, Method::Jsapi)?;
        let url = |it: Arc<Account>| {
            let url = it.channel().identify_url(redirect_url, state)?;
            Some((it, url))
        };
        accounts.into_iter().find_map(url).ok_or_else(cannot_ask)
    }

    /// A code is good once: whoever repeats this may be told that nobody is known by it.
    pub async fn identify(
        &self,
        merchant: &Merchant,
        place: &Place,
        by: &Identify,
    ) -> Result<Identified, Problem> {
        for account in self.accounts_at(merchant, place, method(by))? {
            let operation = Operation::Identify(by.clone());
            match self.prepare(&account, Some(&merchant.id), operation).await {
                Ok(prepared) => {
                    let openid = named(self.send(&account, prepared).await)?;
                    return Ok(Identified { account, openid });
                }
                Err(BuildError::Unsupported) => {}
                Err(error) => return Err(unfit(&error)),
            }
        }
        Err(cannot_ask())
    }

    fn accounts_at(
        &self,
        merchant: &Merchant,
        place: &Place,
        method: Method,
    ) -> Result<Vec<Arc<Account>>, Problem> {
        let snapshot = self.snapshot.load();
        let channel = match place {
            Place::Account(id) => return Ok(vec![own_account(&snapshot, merchant, id)?]),
            Place::Channel(channel) => channel,
        };
        let candidates = merchant.candidates.iter();
        let fit = candidates.filter(|it| it.channel == *channel && it.methods.contains(&method));
        let fit: Vec<_> = fit.filter_map(|it| snapshot.account(&it.account).cloned()).collect();
        if !fit.is_empty() {
            return Ok(fit);
        }
        let detail = format!("no account of yours at `{channel}` offers `{}`", method.name());
        Err(Problem::new(problem::NO_ROUTE, detail))
    }
}

/// Of the payment that the name is for.
const fn method(by: &Identify) -> Method {
    match by {
        Identify::OAuth(_) => Method::Jsapi,
        Identify::MiniProgram(_) => Method::MiniProgram,
        Identify::AuthCode(_) => Method::Barcode,
    }
}

fn named(answered: Result<Outcome, Unanswered>) -> Result<String, Problem> {
    match answered {
        Ok(Outcome::Payer(openid)) => Ok(openid),
        Ok(Outcome::Refused(it)) => {
            let detail = format!("the channel says {}: {}", it.code, it.message);
            Err(Problem::new(problem::PAYER_UNKNOWN, detail))
        }
        Ok(_) => Err(unheard("unknown")),
        Err(error) => Err(unheard(error.name())),
    }
}

fn cannot_ask() -> Problem {
    let detail = "the account cannot ask who a payer is: its channel has no such call, or its \
                  settings lack the application's secret";
    Problem::new(problem::CHANNEL_UNFIT, detail)
}
