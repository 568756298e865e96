//! What strangers send, on raw sockets, to the real program. Each test is named after the cases of
//! `docs/catalogue.md` that it proves: A01–A34 at the API, X01–X08 at the notifications.

mod hostile {
    mod genuine;
    mod wire;

    mod amounts;
    mod brute;
    mod crowds;
    mod egress;
    mod forms;
    mod frames;
    mod framing;
    mod guesses;
    mod json;
    mod keys;
    mod labels;
    mod lines;
    mod names;
    mod others;
    mod rebinding;
    mod reload;
    mod secrets;
    mod signatures;
    mod slow;
    mod targets;
    mod xml;
}
