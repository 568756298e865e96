//! What every part of one running sandbox shares: keys, books, faults, outbox, and its tasks.

use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{Semaphore, watch};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::alipay::AlipayDesk;
use crate::autopay::Autopay;
use crate::bills::Bills;
use crate::books::{Books, Channel, OrderView, Totals};
use crate::crypto::{Hash, Signer};
use crate::fault::Faults;
use crate::notify::{Outbox, Post, Sent};
use crate::setup::Config;
pub(crate) use crate::wechat::WechatDesk;

/// A key that cannot be read; says which, never what.
#[derive(Debug, thiserror::Error)]
#[error("the {0} cannot be read as a key")]
pub struct KeyError(pub(crate) &'static str);

pub(crate) struct Shared {
    pub(crate) config: Config,
    pub(crate) alipay: AlipayDesk,
    pub(crate) wechat: WechatDesk,
    /// Where a browser finds this sandbox, without a slash at the end.
    pub(crate) public_url: String,
    pub(crate) post: Post,
    pub(crate) sent: watch::Sender<Sent>,
    pub(crate) stop: CancellationToken,
    pub(crate) tasks: TaskTracker,
    books: Mutex<Books>,
    faults: Mutex<Faults>,
    outbox: Mutex<Outbox>,
    autopay: Mutex<Autopay>,
    bills: Mutex<Bills>,
    signing: Semaphore,
}

impl Shared {
    pub(crate) fn new(config: Config, public_url: String) -> Result<Self, KeyError> {
        let alipay = AlipayDesk::open(&config.parties.alipay)?;
        let wechat = WechatDesk::open(&config.parties.wechat)?;
        Ok(Self {
            alipay,
            wechat,
            public_url,
            post: Post::new(config.notify_timeout),
            sent: watch::Sender::default(),
            stop: CancellationToken::new(),
            tasks: TaskTracker::new(),
            books: Mutex::default(),
            faults: Mutex::default(),
            outbox: Mutex::default(),
            autopay: Mutex::default(),
            bills: Mutex::default(),
            signing: Semaphore::new(signing_threads()),
            config,
        })
    }

    pub(crate) fn books(&self) -> MutexGuard<'_, Books> {
        self.books.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn faults(&self) -> MutexGuard<'_, Faults> {
        self.faults.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn outbox(&self) -> MutexGuard<'_, Outbox> {
        self.outbox.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn autopay(&self) -> MutexGuard<'_, Autopay> {
        self.autopay.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn bills(&self) -> MutexGuard<'_, Bills> {
        self.bills.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Signs on a blocking thread, a few at a time: the gateway may share this process.
    pub(crate) async fn sign(&self, signer: &Arc<Signer>, message: Vec<u8>) -> String {
        self.sign_with(signer, Hash::Sha256, message).await
    }

    pub(crate) async fn sign_with(
        &self,
        signer: &Arc<Signer>,
        hash: Hash,
        message: Vec<u8>,
    ) -> String {
        let _turn = self.signing.acquire().await;
        let signer = Arc::clone(signer);
        let signature = tokio::task::spawn_blocking(move || signer.sign_with(hash, &message)).await;
        signature.unwrap_or_default()
    }

    /// Runs until done or until the sandbox stops, whatever becomes of the caller.
    pub(crate) fn background(&self, work: impl Future<Output = ()> + Send + 'static) {
        let stop = self.stop.clone();
        self.tasks.spawn(async move {
            stop.run_until_cancelled(work).await;
        });
    }

    pub(crate) fn wallet_url(&self, channel: Channel, token: &str) -> String {
        format!("{}/wallet/{}/{token}", self.public_url, channel.word())
    }

    pub(crate) fn totals(&self, channel: Channel) -> Totals {
        self.books().totals().remove(&channel).unwrap_or_default()
    }

    pub(crate) fn recent(&self, offset: usize, limit: usize) -> Vec<OrderView> {
        let now = crate::clock::now();
        self.books().recent(offset, limit, now).into_iter().map(OrderView::from).collect()
    }
}

/// Half of the cores: the other half belongs to whatever is being tested.
fn signing_threads() -> usize {
    std::thread::available_parallelism().map_or(1, |cores| cores.get().div_ceil(2))
}
