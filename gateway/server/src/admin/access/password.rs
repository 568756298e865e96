//! Passwords, kept as Argon2id hashes in PHC form.

use std::fmt;
use std::sync::LazyLock;

use argon2::password_hash::phc::{Ident, PasswordHash};
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use argon2::{Algorithm, Argon2, Params, Version};
use aws_lc_rs::rand::{SecureRandom as _, SystemRandom};

/// Memory of one verification in KiB: what OWASP asks for at least, and what a log-in may cost.
const MEMORY_KIB: std::ops::RangeInclusive<u32> = 7168..=262_144;
/// With more rounds a log-in would take seconds.
const MAX_ROUNDS: u32 = 16;
const MAX_LANES: u32 = 8;
/// Long enough for any phrase; hashing more would be work for nothing.
pub(crate) const MAX_CHARS: usize = 256;
/// For a new one.
const MIN_CHARS: usize = 12;

/// Verified in place of the hash of a user who is not there, so that both take as long.
static DECOY: LazyLock<Password> = LazyLock::new(|| {
    let hash = hash("a password that nobody has").expect("a good password is hashed");
    Password::parse(&hash).expect("a fresh hash is read")
});

#[derive(Clone, PartialEq, Eq)]
pub struct Password(PasswordHash);

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PasswordError {
    #[error("is no Argon2id hash in PHC form, as `paymux admin hash-password` makes it")]
    NotPhc,
    #[error(
        "asks for too much or too little work: 7168 to 262144 KiB, 1 to 16 rounds, 1 to 8 lanes"
    )]
    Work,
    #[error("a password has 12 to 256 characters")]
    Length,
}

impl Password {
    pub fn parse(text: &str) -> Result<Self, PasswordError> {
        let hash = PasswordHash::new(text.trim()).map_err(|_| PasswordError::NotPhc)?;
        let argon2id = Ident::new("argon2id").map_err(|_| PasswordError::NotPhc)?;
        if hash.algorithm != argon2id || hash.hash.is_none() || hash.salt.is_none() {
            return Err(PasswordError::NotPhc);
        }
        let params = Params::try_from(&hash).map_err(|_| PasswordError::Work)?;
        let fits = MEMORY_KIB.contains(&params.m_cost())
            && params.t_cost() <= MAX_ROUNDS
            && params.p_cost() <= MAX_LANES;
        if fits { Ok(Self(hash)) } else { Err(PasswordError::Work) }
    }

    /// Takes tens of milliseconds and of megabytes.
    pub(crate) fn is(&self, password: &str) -> bool {
        Argon2::default().verify_password(password.as_bytes(), &self.0).is_ok()
    }
}

/// As long as for somebody, and never right.
pub(crate) fn nobodys(password: &str) -> bool {
    std::hint::black_box(DECOY.is(password));
    false
}

/// A new hash, with fresh salt.
pub(crate) fn hash(password: &str) -> Result<String, PasswordError> {
    if !(MIN_CHARS..=MAX_CHARS).contains(&password.chars().count()) {
        return Err(PasswordError::Length);
    }
    let mut salt = [0; 16];
    SystemRandom::new().fill(&mut salt).map_err(|_| PasswordError::Work)?;
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::DEFAULT);
    let hash = argon2.hash_password_with_salt(password.as_bytes(), &salt);
    hash.map(|it| it.to_string()).map_err(|_| PasswordError::Work)
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_knows_its_password_and_no_other() {
        let password = Password::parse(&hash("correct horse battery").unwrap()).unwrap();
        assert!(password.is("correct horse battery"));
        assert!(!password.is("correct horse batterz") && !password.is(""));
        assert!(!nobodys("a password that nobody has"));
        assert_eq!(format!("{password:?}"), "***");
    }

    #[test]
    fn two_hashes_of_one_password_differ() {
        assert_ne!(hash("correct horse battery"), hash("correct horse battery"));
        assert_eq!(hash("too short"), Err(PasswordError::Length));
        assert_eq!(hash(&"a".repeat(257)), Err(PasswordError::Length));
    }

    #[test]
    fn what_is_weak_or_costly_is_refused() {
        let check = |text: &str, expect| assert_eq!(Password::parse(text).err(), expect, "{text}");
        let with =
            |head: &str| format!("{head}$c29tZXNhbHRzb21lc2FsdA$RdescudvJCsgt3ub+b4dWRWJTmaaJObG");
        check(&with("$argon2id$v=19$m=19456,t=2,p=1"), None);
        check(&with("$argon2i$v=19$m=19456,t=2,p=1"), Some(PasswordError::NotPhc));
        check(&with("$argon2id$v=19$m=64,t=2,p=1"), Some(PasswordError::Work));
        check(&with("$argon2id$v=19$m=4194304,t=2,p=1"), Some(PasswordError::Work));
        check(&with("$argon2id$v=19$m=19456,t=99,p=1"), Some(PasswordError::Work));
        check("$argon2id$v=19$m=19456,t=2,p=1", Some(PasswordError::NotPhc));
        check("hunter2", Some(PasswordError::NotPhc));
    }
}
