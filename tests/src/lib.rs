//! The tests of the whole: each binary under `tests/` looks at the gateway from outside.
