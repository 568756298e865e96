//! HTTP/2, frame by frame.

use std::time::Duration;

use paymux_tests::config::Setup;
use paymux_tests::rig::Rig;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::wire::Wire;

const DATA: u8 = 0;
const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
const GOAWAY: u8 = 7;
const WINDOW_UPDATE: u8 = 8;
const CONTINUATION: u8 = 9;

const END_STREAM: u8 = 1;
const END_HEADERS: u8 = 4;
/// Of the settings: what a stream may be sent before its peer asks for more.
pub(crate) const INITIAL_WINDOW: u16 = 4;
const ENHANCE_YOUR_CALM: u32 = 11;

/// Written at once, so that the gateway reads many frames before it does anything.
const BATCH_BYTES: usize = 16 * 1024;
/// Of fifty thousand that are asked for, their numbers being odd.
const FEW_STREAMS: u32 = 5_000;

pub(crate) struct Frames {
    pub(crate) wire: Wire,
}

fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).expect("it is short").to_be_bytes();
    [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

/// Literals that no table remembers; names and values are shorter than 127 bytes.
fn fields(pairs: &[(&str, &str)]) -> Vec<u8> {
    let text = |it: &str| [&[u8::try_from(it.len()).expect("short")], it.as_bytes()].concat();
    pairs.iter().flat_map(|(name, value)| [vec![0], text(name), text(value)].concat()).collect()
}

fn head(method: &str, path: &str) -> Vec<u8> {
    let pseudo = [(":method", method), (":scheme", "http"), (":authority", "a"), (":path", path)];
    fields(&pseudo)
}

fn get(stream: u32) -> Vec<u8> {
    frame(HEADERS, END_STREAM | END_HEADERS, stream, &head("GET", "/v1/gateway-keys"))
}

impl Frames {
    /// After the greeting; the settings are numbers of RFC 9113 with their values.
    pub(crate) async fn open(port: u16, settings: &[(u16, u32)]) -> Self {
        let mut wire = Wire::open(port).await;
        let settings: Vec<u8> = settings
            .iter()
            .flat_map(|(id, it)| [&id.to_be_bytes()[..], &it.to_be_bytes()].concat())
            .collect();
        wire.send(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").await;
        wire.send(frame(SETTINGS, 0, 0, &settings)).await;
        Self { wire }
    }

    pub(crate) async fn get(&mut self, stream: u32, path: &str) {
        let head = head("GET", path);
        self.wire.send(frame(HEADERS, END_STREAM | END_HEADERS, stream, &head)).await;
    }

    /// A body that says how long it will be, and this much of it.
    pub(crate) async fn post(&mut self, stream: u32, path: &str, length: usize, begin: &[u8]) {
        let length = length.to_string();
        let head = [head("POST", path), fields(&[("content-length", &length)])].concat();
        self.wire.send(frame(HEADERS, END_HEADERS, stream, &head)).await;
        self.wire.send(frame(DATA, 0, stream, begin)).await;
    }

    /// Sends all of it while reading whatever comes, until the gateway closes.
    async fn flood(self, pieces: impl Iterator<Item = Vec<u8>>) -> Vec<u8> {
        let (mut reader, mut writer) = self.wire.stream.into_split();
        let mut answer = vec![];
        let reading =
            tokio::time::timeout(Duration::from_secs(20), reader.read_to_end(&mut answer));
        let writing = async {
            let mut batch = vec![];
            for piece in pieces {
                batch.extend(piece);
                if batch.len() > BATCH_BYTES && writer.write_all(&batch).await.is_err() {
                    return;
                }
                if batch.len() > BATCH_BYTES {
                    batch.clear();
                }
            }
        };
        let (read, ()) = tokio::join!(reading, writing);
        assert!(read.is_ok(), "the gateway closes the connection");
        answer
    }
}

/// Of the last GOAWAY there is: the last stream that was looked at, and the reason.
fn goaway(mut bytes: &[u8]) -> Option<(u32, u32)> {
    let mut told = None;
    while let Some((head, rest)) = bytes.split_at_checked(9) {
        let length = u32::from_be_bytes([0, head[0], head[1], head[2]]);
        let (payload, rest) = rest.split_at_checked(usize::try_from(length).ok()?)?;
        if head[3] == GOAWAY {
            let number = |it: &[u8]| it.try_into().ok().map(u32::from_be_bytes);
            told = number(&payload[..4]).zip(number(&payload[4..8]));
        }
        bytes = rest;
    }
    told
}

#[tokio::test(flavor = "multi_thread")]
async fn a20_floods_of_frames_end_their_connection_and_no_other() {
    let rig = Rig::start(Setup::default()).await;
    let port = rig.node.ports[0];
    let streams = || (0..50_000_u32).map(|it| 2 * it + 1);

    // Asked and taken back at once.
    let reset = |it: u32| [get(it), frame(RST_STREAM, 0, it, &8_u32.to_be_bytes())].concat();
    let answer = Frames::open(port, &[]).await.flood(streams().map(reset)).await;
    let (last, reason) = goaway(&answer).expect("rapid reset ends it");
    assert!(last < FEW_STREAMS && reason == ENHANCE_YOUR_CALM, "{last} {reason}");

    // Asked so that the gateway itself has to reset each.
    let wrong = |it: u32| [get(it), frame(WINDOW_UPDATE, 0, it, &0_u32.to_be_bytes())].concat();
    let answer = Frames::open(port, &[]).await.flood(streams().map(wrong)).await;
    let (last, reason) = goaway(&answer).expect("being made to reset ends it");
    assert!(last < FEW_STREAMS && reason != 0, "{last} {reason}");

    // A head that never ends, of much and of nothing.
    let field = fields(&[("x", &"y".repeat(100))]).repeat(100);
    for more in [frame(CONTINUATION, 0, 1, &field), frame(CONTINUATION, 0, 1, &[])] {
        let begin = frame(HEADERS, END_STREAM, 1, &head("GET", "/"));
        let pieces = std::iter::once(begin).chain((0..50_000).map(|_| more.clone()));
        let answer = Frames::open(port, &[]).await.flood(pieces).await;
        assert!(goaway(&answer).is_some_and(|it| it.1 != 0), "a head without an end ends it");
    }

    assert_eq!(rig.api.get("/v1/payments").await.status, 200);
}
