//! What an answer says of an item: everything but its secrets.

use aws_lc_rs::digest::{SHA256, digest};
use toml::{Table, Value};

/// What is shorter could be found by trying, from its fingerprint alone.
const MIN_CHARS: usize = 24;
const BYTES: usize = 8;

/// As `printf %s SECRET | sha256sum` begins; none of what could be guessed.
pub(crate) fn fingerprint(secret: &str) -> Option<String> {
    let long = secret.chars().count() >= MIN_CHARS;
    let hash = digest(&SHA256, secret.as_bytes());
    long.then(|| format!("sha256:{}", hex::encode(&hash.as_ref()[..BYTES])))
}

/// With `{ set = true, fingerprint = … }` in place of each secret.
pub(crate) fn shown(table: &Table) -> Table {
    let mut shown = table.clone();
    super::secrets("", &mut shown, &mut |_, it| *it = mask(it));
    shown
}

fn mask(secret: &Value) -> Value {
    let mut mask = Table::new();
    mask.insert("set".into(), true.into());
    if let Some(print) = secret.as_str().and_then(fingerprint) {
        mask.insert("fingerprint".into(), print.into());
    }
    mask.into()
}
