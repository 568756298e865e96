//! A bill's file: packed or not, marked or not, hashed as it is unpacked.

use std::io::{Chain, Cursor, Read};

use aws_lc_rs::digest::{Context, SHA1_FOR_LEGACY_USE_ONLY};
use flate2::read::MultiGzDecoder;
use paymux_channel::bill::{lines, text::Lines};
use paymux_channel::{Bill, BillBytes, BillFault, BillFile, BillKind, BillLine, BillLines};

use super::funds::Funds;
use super::table::{MARK, Table, text_of};
use super::trade::Trades;
use crate::settings::Merchant;

const GZIP: [u8; 2] = [0x1f, 0x8b];
/// What an unpacked file may have in all, however small it came.
const MAX_BYTES: u64 = 2 * 1024 * 1024 * 1024;

type Begun = Chain<Cursor<Vec<u8>>, BillBytes>;

/// Its bytes, unpacked; their hash grows as they are read.
pub(super) struct Unpacked {
    source: Box<dyn Read + Send>,
    hash: Context,
    left: u64,
}

impl Read for Unpacked {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let read = self.source.read(buffer)?;
        self.hash.update(buffer.get(..read).unwrap_or_default());
        self.left = self.left.checked_sub(read as u64).ok_or(std::io::ErrorKind::FileTooLarge)?;
        Ok(read)
    }
}

/// What comes in the place of a file begins with this: an answer in XML.
pub(crate) const XML: &[u8] = b"<";

/// The file, and its first bytes again.
pub(crate) fn begin(mut bytes: BillBytes) -> Result<(Vec<u8>, Begun), BillFault> {
    let mut first = vec![];
    let read = (&mut bytes).take(GZIP.len() as u64).read_to_end(&mut first);
    read.map_err(|_| BillFault::Unread)?;
    Ok((first.clone(), Cursor::new(first).chain(bytes)))
}

fn unpacked(first: &[u8], begun: Begun) -> Unpacked {
    let source: Box<dyn Read + Send> =
        if first == GZIP { Box::new(MultiGzDecoder::new(begun)) } else { Box::new(begun) };
    Unpacked { source, hash: Context::new(&SHA1_FOR_LEGACY_USE_ONLY), left: MAX_BYTES }
}

/// A text that is no bill, as APIv2 answers: what it means.
pub(crate) type Instead = Box<dyn Fn(&mut dyn Read) -> BillFault + Send>;

pub(crate) fn read(
    merchant: &Merchant,
    bill: Bill,
    file: &BillFile,
    bytes: BillBytes,
    instead: Instead,
) -> BillLines {
    let sha1 = file.sha1;
    let table = || -> Box<dyn Table> {
        match bill.kind {
            BillKind::Trade => Box::new(Trades::of(merchant, bill.day)),
            BillKind::Funds => Box::new(Funds::default()),
        }
    };
    let mut stage = Stage::Begin(Some(bytes), table());
    lines(move || stage.step(sha1, &instead))
}

enum Stage {
    Begin(Option<BillBytes>, Box<dyn Table>),
    Rows(Lines<Unpacked>, Box<dyn Table>),
}

impl Stage {
    fn step(
        &mut self,
        sha1: Option<[u8; 20]>,
        instead: &Instead,
    ) -> Result<Option<BillLine>, BillFault> {
        if let Self::Begin(bytes, table) = self {
            let Some(bytes) = bytes.take() else { return Ok(None) };
            let (first, mut begun) = begin(bytes)?;
            if first.starts_with(XML) {
                return Err(instead(&mut begun));
            }
            let mut lines = Lines::new(unpacked(&first, begun));
            head(&mut lines, table.as_mut())?;
            let table = std::mem::replace(table, Box::new(Funds::default()));
            *self = Self::Rows(lines, table);
        }
        let Self::Rows(lines, table) = self else { return Ok(None) };
        let row = lines.next_line()?.ok_or_else(|| lines.refused("the totals are missing"))?;
        if row.first() == Some(&MARK) {
            lines.first_time(&row)?;
            return row_of(lines, table.as_mut(), &row).map(Some);
        }
        end(lines, table.as_mut(), &row, sha1)?;
        Ok(None)
    }
}

fn head(lines: &mut Lines<Unpacked>, table: &mut dyn Table) -> Result<(), BillFault> {
    let head = lines.next_line()?.ok_or_else(|| lines.refused("the file is empty"))?;
    let head = text_of(&head).map_err(|it| lines.refused(it))?;
    let head = head.strip_prefix('\u{feff}').unwrap_or(head);
    table.columns(head).map_err(|it| lines.refused(it))
}

fn row_of(
    lines: &Lines<Unpacked>,
    table: &mut dyn Table,
    row: &[u8],
) -> Result<BillLine, BillFault> {
    let text = text_of(row).map_err(|it| lines.refused(it))?;
    table.row(lines.number(), text).map_err(|it| lines.refused(it))
}

/// Two lines of totals, then nothing: and only then is the hash that of the whole file.
fn end(
    lines: &mut Lines<Unpacked>,
    table: &mut dyn Table,
    names: &[u8],
    sha1: Option<[u8; 20]>,
) -> Result<(), BillFault> {
    let totals = lines.next_line()?.ok_or_else(|| lines.refused("the totals are missing"))?;
    let texts = text_of(names).and_then(|names| Ok((names, text_of(&totals)?)));
    let checked = texts.and_then(|(names, totals)| table.totals(names, totals));
    checked.map_err(|it| lines.refused(it))?;
    while let Some(rest) = lines.next_line()? {
        if !rest.is_empty() {
            return Err(lines.refused("something follows the totals"));
        }
    }
    let hash = lines.get_mut().hash.clone().finish();
    let same = sha1.is_none_or(|it| it == hash.as_ref());
    if same { Ok(()) } else { Err(lines.refused("the file's hash is another one")) }
}
