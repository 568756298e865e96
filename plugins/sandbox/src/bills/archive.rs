//! ZIP and GZIP without compression: what is kept as it is needs no library to write.

/// A stored block of DEFLATE says its length in two bytes.
const BLOCK: usize = 0xffff;
/// 1980-01-01, the first day that ZIP can write.
const DATE: u16 = 0x21;

/// The checksum of both formats.
fn crc(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0_u32, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            let carry = if crc & 1 == 1 { 0xedb8_8320 } else { 0 };
            (crc >> 1) ^ carry
        })
    })
}

fn size(bytes: &[u8]) -> u32 {
    u32::try_from(bytes.len()).expect("a bill of our books is below four gigabytes")
}

fn short(bytes: &[u8]) -> u16 {
    u16::try_from(bytes.len()).expect("names and blocks are short")
}

pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut file = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff];
    let count = bytes.len().div_ceil(BLOCK).max(1);
    for index in 0..count {
        let end = bytes.len().min((index + 1) * BLOCK);
        let block = &bytes[index * BLOCK..end];
        file.push(u8::from(index + 1 == count));
        file.extend(short(block).to_le_bytes());
        file.extend((!short(block)).to_le_bytes());
        file.extend(block);
    }
    file.extend(crc(bytes).to_le_bytes());
    file.extend(size(bytes).to_le_bytes());
    file
}

/// Entries by their names' bytes, in whatever charset.
pub(crate) fn zip(entries: &[(Vec<u8>, Vec<u8>)]) -> Vec<u8> {
    let (mut file, mut directory) = (vec![], vec![]);
    for (name, bytes) in entries {
        let offset = size(&file);
        let described = described(name, bytes);
        file.extend([b"PK\x03\x04", &*described].concat());
        file.extend([name.as_slice(), bytes].concat());
        directory.extend([b"PK\x01\x02\x14\x00", &*described].concat());
        directory.extend([0; 10]);
        directory.extend(offset.to_le_bytes());
        directory.extend(name);
    }
    let (count, begin, length) = (entries.len(), size(&file), size(&directory));
    let count = u16::try_from(count).expect("a bill has two files").to_le_bytes();
    file.extend(directory);
    file.extend(b"PK\x05\x06\0\0\0\0");
    file.extend([count, count].concat());
    file.extend([length.to_le_bytes(), begin.to_le_bytes()].concat());
    file.extend([0, 0]);
    file
}

/// From the version that is needed to the length of what follows the name: nothing.
fn described(name: &[u8], bytes: &[u8]) -> Vec<u8> {
    let mut said = vec![10, 0, 0, 0, 0, 0, 0, 0];
    said.extend(DATE.to_le_bytes());
    said.extend(crc(bytes).to_le_bytes());
    said.extend([size(bytes).to_le_bytes(), size(bytes).to_le_bytes()].concat());
    said.extend(short(name).to_le_bytes());
    said.extend([0, 0]);
    said
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Both were read back by Python's `gzip` and `zipfile`.
    #[test]
    fn as_others_read_them() {
        assert_eq!(crc(b"123456789"), 0xcbf4_3926);
        let packed = "1f8b08000000000000ff010400fbff62696c6ce319217a04000000";
        assert_eq!(hex::encode(gzip(b"bill")), packed);
        let described = "0a000000000000002100e319217a040000000400000001000000";
        let own = format!("504b0304{described}6162696c6c");
        let listed = format!("504b01021400{described}{}61", "00".repeat(14));
        let end = "504b050600000000010001002f000000230000000000";
        let zipped = zip(&[(b"a".to_vec(), b"bill".to_vec())]);
        assert_eq!(hex::encode(zipped), format!("{own}{listed}{end}"));
    }

    #[test]
    fn long_files_are_several_blocks() {
        let long = vec![b'x'; BLOCK + 1];
        let file = gzip(&long);
        assert_eq!(file.len(), 10 + 5 + BLOCK + 5 + 1 + 8);
        assert_eq!((file[10], file[10 + 5 + BLOCK]), (0, 1), "the last one says so");
        assert_eq!(gzip(b"").len(), 10 + 5 + 8);
    }
}
