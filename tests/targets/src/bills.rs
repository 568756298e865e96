//! Bills: files as they are, and the fuzzer's text in the packing of Alipay's.

use std::io::{Cursor, Write as _};

use flate2::write::DeflateEncoder;
use flate2::{Compression, Crc};
use paymux_channel::{Bill, BillFile, BillKind, Channel, china};

/// Which of the two kinds, and the rest.
pub fn kind(bytes: &[u8]) -> Option<(BillKind, &[u8])> {
    let (first, rest) = bytes.split_first()?;
    Some((BillKind::ALL[usize::from(*first) % BillKind::ALL.len()], rest))
}

/// Reads to the end: after a fault comes nothing more, and lines are counted upwards.
pub fn read(channel: &dyn Channel, kind: BillKind, day: &str, file: &[u8]) {
    let day = china::read_date(day).expect("a day of the vectors");
    let bytes = Box::new(Cursor::new(file.to_vec()));
    let mut lines = channel.read_bill(Bill { kind, day }, &BillFile::default(), bytes);
    let mut last = 0;
    while let Some(line) = lines.next() {
        let Ok(line) = line else {
            assert!(lines.next().is_none(), "something follows a fault");
            return;
        };
        assert!(line.line > last, "line {} follows line {last}", line.line);
        last = line.line;
    }
}

/// The file of details in an archive, by a name that says so in GBK.
pub fn packed(text: &[u8]) -> Vec<u8> {
    let name = b"1_\xd2\xb5\xce\xf1\xc3\xf7\xcf\xb8.csv";
    let mut packer = DeflateEncoder::new(vec![], Compression::fast());
    let packed = packer.write_all(text).and_then(|()| packer.finish()).unwrap_or_default();
    let mut crc = Crc::new();
    crc.update(text);
    let length = |it: usize| u32::try_from(it).unwrap_or(u32::MAX).to_le_bytes();
    [
        b"PK\x03\x04\x14\0\0\0\x08\0\0\0\0\0".as_slice(),
        &crc.sum().to_le_bytes(),
        &length(packed.len()),
        &length(text.len()),
        &length(name.len())[..2],
        &[0; 2],
        name,
        &packed,
        b"PK\x05\x06",
        &[0; 18],
    ]
    .concat()
}
