//! Where one HTTP/1 request ends and the next one begins, read more strictly than by the server
//! behind it.
//!
//! A proxy in front and this server must agree on that, or a stranger's bytes become the beginning
//! of somebody else's request. What two of them may read in two ways is refused: a line that ends
//! in LF alone, a length beside `Transfer-Encoding`, either of them or `Host` said twice, a chunk
//! with an extension.

/// Of a line, as much as the longest that means something here has.
const KEPT_BYTES: usize = 128;
/// More would not fit into what counts them.
const MAX_LENGTH_DIGITS: usize = 18;
const MAX_CHUNK_DIGITS: usize = 8;
const SECOND_HTTP: &[u8] = b"PRI * HTTP/2.0\r";

#[derive(Debug, Default)]
pub(crate) struct Framing {
    state: State,
    /// The beginning of the line that is being read.
    line: Vec<u8>,
    /// Its last byte so far.
    last: u8,
    head: Head,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    #[default]
    Start,
    Fields,
    Body(u64),
    ChunkSize,
    Chunk(u64),
    ChunkEnd,
    Trailers,
    Refused,
    /// HTTP/2, which has frames.
    Frames,
}

/// What a head says of its request's end.
#[derive(Clone, Copy, Debug, Default)]
struct Head {
    hosts: u8,
    lengths: u8,
    encodings: u8,
    length: u64,
}

impl Framing {
    /// Looks at the next bytes of the connection: how many of them are good. After a bad one,
    /// nothing is.
    pub(crate) fn watch(&mut self, bytes: &[u8]) -> usize {
        let mut at = 0;
        while at < bytes.len() {
            let rest = &bytes[at..];
            at += match self.state {
                State::Refused => return at,
                State::Frames => rest.len(),
                State::Body(left) => self.skip(left, rest.len(), State::Body, State::Start),
                State::Chunk(left) => self.skip(left, rest.len(), State::Chunk, State::ChunkEnd),
                State::Start | State::Fields | State::Trailers => self.read_line(rest),
                State::ChunkSize | State::ChunkEnd => self.read_line(rest),
            };
        }
        at
    }

    fn skip(&mut self, left: u64, here: usize, same: fn(u64) -> State, next: State) -> usize {
        let here = u64::try_from(here).unwrap_or(u64::MAX);
        self.state = if here < left { same(left - here) } else { next };
        usize::try_from(left.min(here)).unwrap_or(usize::MAX)
    }

    fn read_line(&mut self, bytes: &[u8]) -> usize {
        let Some(end) = bytes.iter().position(|it| *it == b'\n') else {
            self.keep(bytes);
            return bytes.len();
        };
        self.keep(&bytes[..end]);
        self.state = if self.last == b'\r' { self.line_ends() } else { State::Refused };
        self.last = 0;
        self.line.clear();
        // The end of a line is what makes it bad.
        if self.state == State::Refused { end } else { end + 1 }
    }

    fn keep(&mut self, bytes: &[u8]) {
        let room = KEPT_BYTES - self.line.len();
        self.line.extend_from_slice(&bytes[..bytes.len().min(room)]);
        self.last = bytes.last().copied().unwrap_or(self.last);
    }

    /// What comes after this line, which ends as it must.
    fn line_ends(&mut self) -> State {
        let is_empty = self.line == b"\r";
        match self.state {
            State::Start if is_empty => State::Start,
            State::Start if self.line == SECOND_HTTP => State::Frames,
            State::Start => {
                self.head = Head::default();
                State::Fields
            }
            State::Fields if is_empty => self.head.ends(),
            State::Fields => self.head.field(&self.line).map_or(State::Refused, |()| State::Fields),
            State::ChunkSize => match chunk_size(&self.line) {
                Some(0) => State::Trailers,
                Some(size) => State::Chunk(size),
                None => State::Refused,
            },
            State::ChunkEnd if is_empty => State::ChunkSize,
            State::ChunkEnd => State::Refused,
            State::Trailers if is_empty => State::Start,
            State::Trailers => State::Trailers,
            State::Body(_) | State::Chunk(_) | State::Refused | State::Frames => self.state,
        }
    }
}

impl Head {
    /// None for a length that nobody can be sure of.
    fn field(&mut self, line: &[u8]) -> Option<()> {
        let colon = line.iter().position(|it| *it == b':')?;
        let (name, value) = (&line[..colon], line[colon + 1..].trim_ascii());
        if name.eq_ignore_ascii_case(b"host") {
            self.hosts = self.hosts.saturating_add(1);
        } else if name.eq_ignore_ascii_case(b"transfer-encoding") {
            self.encodings = self.encodings.saturating_add(1);
        } else if name.eq_ignore_ascii_case(b"content-length") {
            self.lengths = self.lengths.saturating_add(1);
            self.length = number(value, 10, MAX_LENGTH_DIGITS)?;
        }
        Some(())
    }

    fn ends(self) -> State {
        match (self.hosts, self.lengths, self.encodings) {
            (0 | 1, 0, 0) => State::Start,
            (0 | 1, 1, 0) if self.length == 0 => State::Start,
            (0 | 1, 1, 0) => State::Body(self.length),
            (0 | 1, 0, 1) => State::ChunkSize,
            _ => State::Refused,
        }
    }
}

fn chunk_size(line: &[u8]) -> Option<u64> {
    number(line.strip_suffix(b"\r")?, 16, MAX_CHUNK_DIGITS)
}

/// Digits alone: no sign, no blank, nothing behind.
fn number(text: &[u8], radix: u32, most: usize) -> Option<u64> {
    let text = std::str::from_utf8(text).ok().filter(|it| (1..=most).contains(&it.len()))?;
    let digits = text.chars().all(|it| it.is_digit(radix));
    if digits { u64::from_str_radix(text, radix).ok() } else { None }
}

#[cfg(test)]
mod tests;
