//! A payment code as a bar code: Code 128, set C, two digits a symbol.

/// Widths of bars and spaces of each value, in modules, from the standard's table.
const WIDTHS: [&str; 106] = [
    "212222", "222122", "222221", "121223", "121322", "131222", "122213", "122312", "132212",
    "221213", "221312", "231212", "112232", "122132", "122231", "113222", "123122", "123221",
    "223211", "221132", "221231", "213212", "223112", "312131", "311222", "321122", "321221",
    "312212", "322112", "322211", "212123", "212321", "232121", "111323", "131123", "131321",
    "112313", "132113", "132311", "211313", "231113", "231311", "112133", "112331", "132131",
    "113123", "113321", "133121", "313121", "211331", "231131", "213113", "213311", "213131",
    "311123", "311321", "331121", "312113", "312311", "332111", "314111", "221411", "431111",
    "111224", "111422", "121124", "121421", "141122", "141221", "112214", "112412", "122114",
    "122411", "142112", "142211", "241211", "221114", "413111", "241112", "134111", "111242",
    "121142", "121241", "114212", "124112", "124211", "411212", "421112", "421211", "212141",
    "214121", "412121", "111143", "111341", "131141", "114113", "114311", "411113", "411311",
    "113141", "114131", "311141", "411131", "211412", "211214", "211232",
];
const START_C: usize = 105;
const STOP: &str = "2331112";
/// Scanners want ten modules of white on each side.
const QUIET: u32 = 10;

/// An image of an even number of digits; nothing for anything else.
pub(super) fn svg(digits: &str) -> String {
    let Some(modules) = modules(digits) else { return String::new() };
    let (mut x, mut bars) = (QUIET, String::new());
    for (index, width) in modules.iter().enumerate() {
        if index.is_multiple_of(2) {
            bars.push_str(&format!(r#"<rect x="{x}" y="0" width="{width}" height="50"/>"#));
        }
        x += width;
    }
    let whole = x + QUIET;
    format!(
        r#"<svg class="bars" viewBox="0 0 {whole} 50" preserveAspectRatio="none" role="img">{bars}</svg>"#
    )
}

/// Bar, space, bar, …, beginning and ending with a bar.
fn modules(digits: &str) -> Option<Vec<u32>> {
    if digits.is_empty()
        || !digits.len().is_multiple_of(2)
        || !digits.bytes().all(|b| b.is_ascii_digit())
    {
        return None;
    }
    let pair = |at: usize| digits.get(at..at + 2)?.parse::<usize>().ok();
    let values: Vec<usize> = (0..digits.len()).step_by(2).filter_map(pair).collect();
    let weighted = values.iter().enumerate().map(|(place, value)| (place + 1) * value);
    let check = (START_C + weighted.sum::<usize>()) % 103;
    let symbols = [START_C].into_iter().chain(values).chain([check]);
    let widths: String = symbols.map(|symbol| WIDTHS[symbol]).chain([STOP]).collect();
    Some(widths.chars().filter_map(|width| width.to_digit(10)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_symbol_is_eleven_modules_and_they_all_differ() {
        let mut seen: Vec<_> = WIDTHS.to_vec();
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen.len(), 106);
        for widths in WIDTHS {
            let digits: Vec<_> = widths.chars().filter_map(|width| width.to_digit(10)).collect();
            let bars: u32 = digits.iter().step_by(2).sum();
            assert_eq!((digits.iter().sum::<u32>(), bars % 2), (11, 0), "{widths}");
        }
    }

    #[test]
    fn a_code_of_eighteen_digits_is_a_start_nine_pairs_a_check_and_a_stop() {
        let modules = modules("280000000000000000").unwrap();
        assert_eq!((modules.len(), modules.iter().sum::<u32>()), (11 * 6 + 7, 11 * 11 + 13));
        // 105 + 28 is 133, and 133 modulo 103 is 30.
        let check: String = modules[60..66].iter().map(u32::to_string).collect();
        assert_eq!(check, WIDTHS[30]);
        assert_eq!((svg("123"), svg("12a4")), (String::new(), String::new()));
    }
}
