//! The entries of a ZIP in the order in which they stand, read as they come: nothing of it is kept,
//! and what its directory says at the end is not needed.

use std::io::{BufRead, BufReader, Error, ErrorKind, Read, Result};

use flate2::{Crc, Decompress, FlushDecompress, Status};
use paymux_channel::BillBytes;

const ENTRY: [u8; 4] = *b"PK\x03\x04";
/// Behind the last entry: the directory, or the end of an archive without any.
const OTHERS: [[u8; 4]; 2] = [*b"PK\x01\x02", *b"PK\x05\x06"];
const DESCRIPTOR: [u8; 4] = *b"PK\x07\x08";
/// Its sizes stand behind it.
const STREAMED: u16 = 1 << 3;
const ENCRYPTED: u16 = 1;
const STORED: u16 = 0;
const DEFLATED: u16 = 8;
const MAX_NAME: u16 = 1024;
/// A bill is two files.
const MAX_ENTRIES: usize = 16;
/// What all of them may unpack to, however small they came.
const MAX_BYTES: u64 = 2 * 1024 * 1024 * 1024;

pub(super) struct Zip {
    source: BufReader<BillBytes>,
    entries: usize,
    left: u64,
}

/// An entry that is being read.
pub(super) struct Entry {
    zip: Zip,
    pub(super) name: Vec<u8>,
    /// None where the sizes stand behind it.
    size: Option<u64>,
    crc: Crc,
    told: u32,
    /// None of one that is stored as it is.
    unpack: Option<Decompress>,
    over: bool,
}

fn odd(what: &'static str) -> Error {
    Error::new(ErrorKind::InvalidData, what)
}

fn fixed<const N: usize>(source: &mut impl Read) -> Result<[u8; N]> {
    let mut bytes = [0; N];
    source.read_exact(&mut bytes)?;
    Ok(bytes)
}

const fn short(head: [u8; 26], at: usize) -> u16 {
    u16::from_le_bytes([head[at], head[at + 1]])
}

const fn long(head: [u8; 26], at: usize) -> u32 {
    u32::from_le_bytes([head[at], head[at + 1], head[at + 2], head[at + 3]])
}

impl Zip {
    pub(super) fn new(bytes: BillBytes) -> Self {
        Self { source: BufReader::new(bytes), entries: 0, left: MAX_BYTES }
    }

    /// None behind the last.
    pub(super) fn next_entry(mut self) -> Result<Option<Entry>> {
        let mark: [u8; 4] = fixed(&mut self.source)?;
        if OTHERS.contains(&mark) && self.entries > 0 {
            return Ok(None);
        }
        self.entries += 1;
        if mark != ENTRY || self.entries > MAX_ENTRIES {
            return Err(odd("it is no ZIP of a few files"));
        }
        let head: [u8; 26] = fixed(&mut self.source)?;
        let (flags, method) = (short(head, 2), short(head, 4));
        let unpack = match method {
            DEFLATED => Some(Decompress::new(false)),
            STORED if flags & STREAMED == 0 => None,
            _ => return Err(odd("an entry is packed in another way")),
        };
        let (named, extra) = (short(head, 22), short(head, 24));
        if flags & ENCRYPTED != 0 || named > MAX_NAME {
            return Err(odd("an entry is encrypted, or its name is too long"));
        }
        let mut name = vec![0; usize::from(named)];
        self.source.read_exact(&mut name)?;
        std::io::copy(&mut (&mut self.source).take(extra.into()), &mut std::io::sink())?;
        let size = (flags & STREAMED == 0).then(|| u64::from(long(head, 14)));
        let (crc, told) = (Crc::new(), long(head, 10));
        Ok(Some(Entry { zip: self, name, size, crc, told, unpack, over: false }))
    }
}

impl Entry {
    /// Reads what is left of it, and goes on behind it.
    pub(super) fn skip(mut self) -> Result<Zip> {
        std::io::copy(&mut self, &mut std::io::sink())?;
        Ok(self.zip)
    }

    fn some(&mut self, buffer: &mut [u8]) -> Result<usize> {
        let Some(unpack) = &mut self.unpack else {
            let size = self.size.unwrap_or_default();
            let read = (&mut self.zip.source).take(size).read(buffer)?;
            self.size = Some(size - read as u64);
            return if read == 0 && size > 0 {
                Err(ErrorKind::UnexpectedEof.into())
            } else {
                Ok(read)
            };
        };
        loop {
            let packed = self.zip.source.fill_buf()?;
            let ended = packed.is_empty();
            let (before, after) = (unpack.total_in(), unpack.total_out());
            let status = unpack.decompress(packed, buffer, FlushDecompress::None);
            let status = status.map_err(|_| odd("an entry is damaged"))?;
            let taken = usize::try_from(unpack.total_in() - before).unwrap_or(usize::MAX);
            let made = usize::try_from(unpack.total_out() - after).unwrap_or(usize::MAX);
            self.zip.source.consume(taken);
            self.over = matches!(status, Status::StreamEnd);
            if self.over || made > 0 {
                return Ok(made);
            }
            if ended {
                return Err(ErrorKind::UnexpectedEof.into());
            }
        }
    }

    /// What stands behind an entry, and whether it is the one that was meant.
    fn check(&mut self) -> Result<()> {
        if self.size.is_none() {
            let mut crc: [u8; 4] = fixed(&mut self.zip.source)?;
            if crc == DESCRIPTOR {
                crc = fixed(&mut self.zip.source)?;
            }
            let _sizes: [u8; 8] = fixed(&mut self.zip.source)?;
            self.told = u32::from_le_bytes(crc);
        }
        let same = self.crc.sum() == self.told;
        if same { Ok(()) } else { Err(odd("an entry's checksum is another one")) }
    }
}

impl Read for Entry {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        if buffer.is_empty() || (self.over && self.unpack.is_none()) {
            return Ok(0);
        }
        let was_over = self.over;
        let read = if was_over { 0 } else { self.some(buffer)? };
        self.crc.update(buffer.get(..read).unwrap_or_default());
        self.zip.left = self.zip.left.checked_sub(read as u64).ok_or(ErrorKind::FileTooLarge)?;
        if read == 0 && self.unpack.is_none() {
            self.over = true;
        }
        if self.over && !was_over {
            self.check()?;
        }
        Ok(read)
    }
}
