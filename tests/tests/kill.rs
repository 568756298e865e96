//! `kill -9`, again and again.

fn main() {}
