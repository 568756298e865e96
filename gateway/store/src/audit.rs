//! The audit log: who did what, each entry bound by its hash to all that stand before it.
//!
//! An entry is appended by the commit of what it tells of. Whoever changes or removes one later
//! has to change the hash of every entry after it, and the last one is known elsewhere: in logs.

use paymux_core::Timestamp;
use sha2::{Digest as _, Sha256};

/// What the first entry is bound to.
pub const GENESIS: [u8; 32] = [0; 32];

/// One deed of one person or machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Act {
    pub at: Timestamp,
    /// By name; empty where nobody was recognised.
    pub user: String,
    pub role: String,
    /// Where they came from; empty where that is not known.
    pub address: String,
    /// A word of a closed set, such as `endpoint.disabled`.
    pub action: String,
    /// What it was done to, such as `shop/orders`.
    pub object: String,
    /// A word: `done`, or why not.
    pub outcome: String,
    pub request_id: String,
    /// A JSON object.
    pub detail: String,
}

/// An entry as it stands in the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Audited {
    /// From 1, without a gap.
    pub seq: u64,
    pub act: Act,
    pub hash: [u8; 32],
}

/// Where in the log to read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pages {
    /// The newest first, those before this one alone.
    Before(Option<u64>),
    /// The oldest first, those after this one alone.
    After(u64),
}

impl Act {
    /// The bytes that are hashed: each part behind its length, so that no two acts have the same.
    pub fn canonical(&self) -> Vec<u8> {
        let at = self.at.0.to_string();
        let parts = [
            &at,
            &self.user,
            &self.role,
            &self.address,
            &self.action,
            &self.object,
            &self.outcome,
            &self.request_id,
            &self.detail,
        ];
        let mut bytes = vec![];
        for part in parts {
            bytes.extend((part.len() as u64).to_be_bytes());
            bytes.extend(part.as_bytes());
        }
        bytes
    }
}

/// The hash of an entry behind the one whose hash is `former`.
pub fn link(former: &[u8; 32], act: &Act) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(former);
    hash.update(act.canonical());
    hash.finalize().into()
}

/// Walks along the log, and stops at the first entry that is not what was once written there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Walk {
    /// The last entry that was found well, and its hash.
    pub seq: u64,
    pub hash: [u8; 32],
}

impl Default for Walk {
    fn default() -> Self {
        Self { seq: 0, hash: GENESIS }
    }
}

impl Walk {
    /// As far as this entry, taking it for well.
    pub fn at(entry: &Audited) -> Self {
        Self { seq: entry.seq, hash: entry.hash }
    }

    /// The entries that follow, in their order; the error is the number of the first broken one.
    pub fn over(mut self, page: &[Audited]) -> Result<Self, u64> {
        for entry in page {
            let seq = self.seq + 1;
            let hash = link(&self.hash, &entry.act);
            if entry.seq != seq || entry.hash != hash {
                return Err(seq);
            }
            self = Self { seq, hash };
        }
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn act(object: &str) -> Act {
        Act {
            at: Timestamp(7),
            user: "alice".into(),
            role: "admin".into(),
            address: String::new(),
            action: "reload".into(),
            object: object.into(),
            outcome: "done".into(),
            request_id: "r-1".into(),
            detail: "{}".into(),
        }
    }

    fn log(objects: &[&str]) -> Vec<Audited> {
        let mut former = GENESIS;
        let entry = |(seq, object): (u64, &&str)| {
            former = link(&former, &act(object));
            Audited { seq, act: act(object), hash: former }
        };
        (1..).zip(objects).map(entry).collect()
    }

    #[test]
    fn a_log_as_it_was_written_is_whole() {
        let log = log(&["a", "b", "c"]);
        let walk = Walk::default().over(&log[..1]).unwrap().over(&log[1..]).unwrap();
        assert_eq!((walk.seq, walk.hash), (3, log[2].hash));
        assert_eq!(Walk::default().over(&[]), Ok(Walk::default()));
    }

    /// Whatever is done to one entry, that entry or the one after it is named.
    #[test]
    fn the_first_entry_that_was_touched_is_named() {
        let whole = log(&["a", "b", "c"]);
        let broken = |change: &dyn Fn(&mut Vec<Audited>)| {
            let mut log = whole.clone();
            change(&mut log);
            Walk::default().over(&log).err()
        };
        assert_eq!(broken(&|it| it[1].act.user = "bob".into()), Some(2));
        assert_eq!(broken(&|it| it[1].act.at = Timestamp(8)), Some(2));
        assert_eq!(broken(&|it| it[1].hash[0] ^= 1), Some(2));
        assert_eq!(broken(&|it| drop(it.remove(1))), Some(2));
        assert_eq!(broken(&|it| drop(it.remove(0))), Some(1));
        assert_eq!(broken(&|it| it.swap(0, 1)), Some(1));
        // Hashed anew, it does not fit what follows.
        let anew = |it: &mut Vec<Audited>| {
            it[1].act.user = "bob".into();
            it[1].hash = link(&it[0].hash, &it[1].act);
        };
        assert_eq!(broken(&anew), Some(3));
        // From one field into the next.
        let shifted = |it: &mut Vec<Audited>| {
            (it[0].act.user, it[0].act.role) = ("alicea".into(), "dmin".into());
        };
        assert_eq!(broken(&shifted), Some(1));
    }
}
