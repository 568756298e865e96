//! Owned below.
