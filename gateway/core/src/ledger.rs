//! Whose money is where: every movement leaves one book and enters another, so the sum over all
//! books is zero whatever happens.

mod book;
mod cause;
mod entries;
mod posting;
mod shares;

pub use book::{Book, Side};
pub use cause::{Cause, Step};
pub use entries::{Booked, postings};
pub use posting::{Exit, Matter, Posting};

#[cfg(test)]
mod tests;
