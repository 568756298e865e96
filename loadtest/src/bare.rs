//! The measure of everything: what one signature takes when nothing else is done, and one sync.

use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::anyhow;
use aws_lc_rs::encoding::{AsDer as _, PublicKeyX509Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    KeyPair as _, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, RsaKeyPair,
};

use crate::latency::{Latency, now};

/// As long as a request's canonical string.
const MESSAGE: [u8; 300] = [b'm'; 300];
const TIME: Duration = Duration::from_millis(300);

/// As many pages as one change of a payment writes into the log.
static PAGES: [u8; 15 * 4096] = [b'p'; 15 * 4096];
const SYNCS: usize = 100;

/// What the disk takes for a commit, whoever makes it: no durable answer comes sooner.
pub fn syncs(folder: &Path) -> anyhow::Result<Latency> {
    let mut file = std::fs::File::create(folder.join("sync"))?;
    let one = |_| {
        let begun = now();
        file.write_all(&PAGES)?;
        file.sync_data()?;
        Ok(begun.elapsed())
    };
    (0..SYNCS).map(one).collect()
}

/// A channel's account, reduced to its cryptography.
pub struct Keys {
    private: RsaKeyPair,
    public: ParsedPublicKey,
    signature: Vec<u8>,
}

impl Keys {
    pub fn new() -> anyhow::Result<Self> {
        let private = RsaKeyPair::generate(KeySize::Rsa2048).map_err(|_| anyhow!("no key"))?;
        let der: PublicKeyX509Der<'_> =
            private.public_key().as_der().map_err(|_| anyhow!("no public key"))?;
        let public = ParsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, der.as_ref())?;
        let signature = signature(&private);
        Ok(Self { private, public, signature })
    }

    pub fn sign(&self) {
        std::hint::black_box(signature(&self.private));
    }

    pub fn verify(&self) {
        let verified = self.public.verify_sig(&MESSAGE, &self.signature);
        verified.expect("our own signature is good");
    }
}

fn signature(key: &RsaKeyPair) -> Vec<u8> {
    let mut signature = vec![0; key.public_modulus_len()];
    key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), &MESSAGE, &mut signature)
        .expect("a buffer of the modulus' length takes a signature");
    signature
}

pub struct Bare {
    /// CPU of one signature.
    pub sign: Duration,
    /// What the cores make, all of them signing.
    pub per_second: u64,
    /// Percent of the cores that were ours; the rest went to strangers.
    pub ours: u64,
}

impl Bare {
    pub fn measure(threads: usize) -> anyhow::Result<Self> {
        let keys = Arc::new(Keys::new()?);
        let begun = Instant::now();
        let threads: Vec<_> = (0..threads)
            .map(|_| {
                let keys = Arc::clone(&keys);
                thread::spawn(move || sign_on(&keys, begun))
            })
            .collect();
        let (mut count, mut cpu, mut wall) = (0, Duration::ZERO, Duration::ZERO);
        for thread in threads {
            let (signed, used) = thread.join().map_err(|_| anyhow!("a thread panicked"))??;
            count += signed;
            cpu += used;
            wall += begun.elapsed();
        }
        let elapsed = u64::try_from(begun.elapsed().as_nanos())?.max(1);
        Ok(Self {
            sign: cpu / u32::try_from(count)?.max(1),
            per_second: count * 1_000_000_000 / elapsed,
            ours: u64::try_from(cpu.as_nanos() * 100 / wall.as_nanos().max(1))?,
        })
    }
}

fn sign_on(keys: &Keys, begun: Instant) -> anyhow::Result<(u64, Duration)> {
    let mut count = 0;
    while begun.elapsed() < TIME {
        keys.sign();
        count += 1;
    }
    Ok((count, cpu_in("/proc/thread-self")?))
}

/// CPU of all threads that live now.
pub fn cpu_of_threads() -> anyhow::Result<Duration> {
    let threads = std::fs::read_dir("/proc/self/task")?;
    threads.map(|it| cpu_in(&it?.path().display().to_string())).sum()
}

fn cpu_in(folder: &str) -> anyhow::Result<Duration> {
    let text = std::fs::read_to_string(format!("{folder}/schedstat"))?;
    let nanos = text.split(' ').next().unwrap_or_default().parse()?;
    Ok(Duration::from_nanos(nanos))
}
