//! The schema's journal: what was applied to a database must be what this program knows.

/// The first version that is another than the one this program knows by its number.
pub(crate) fn altered<'a>(
    recorded: impl IntoIterator<Item = &'a str>,
    known: &[&str],
) -> Option<usize> {
    let differs = |(_, (then, sql)): &(usize, (&str, &&str))| *then != checksum(sql);
    (1..).zip(recorded.into_iter().zip(known)).find(differs).map(|it| it.0)
}

/// FNV-1a: against slips, not against enemies; who can write the database needs no collision.
pub(crate) fn checksum(sql: &str) -> String {
    let hash = sql.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    format!("{hash:016x}")
}
