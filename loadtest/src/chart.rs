//! A page with charts: one file, no script, the numbers beside the bars.

use std::fmt::Write as _;

use serde_json::Value;

const WIDTH: u64 = 520;
const LEFT: u64 = 170;
const ROW: u64 = 18;
/// From 10 µs to 100 s, by powers of ten.
const DECADES: u32 = 7;
const FIRST_US: u64 = 10;
const BARS: [(&str, &str, &str); 3] =
    [("p50_us", "p50", "#2a7"), ("p99_us", "p99", "#38c"), ("p999_us", "p99.9", "#c63")];

/// One section for each report, as `run --json` prints them.
pub fn page(reports: &[Value]) -> String {
    let sections: String = reports.iter().map(section).collect();
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<title>Load</title>\n\
         <style>body{{font:14px sans-serif;margin:2em}}svg{{font:12px sans-serif}}\
         td{{padding:0 1em 0 0}}</style>\n{sections}</html>\n"
    )
}

fn section(report: &Value) -> String {
    let mut text = format!("<h2>{}</h2>\n", plain(&report["title"]));
    text += &latencies(&report["latency"]);
    let used = &report["used"];
    let rows = [
        ("CPU of the gateway for a payment", &report["cpu_us_per_payment"], "µs"),
        ("CPU of the gateway for an arrival", &report["cpu_us_per_arrival"], "µs"),
        ("resident", &used["resident_kib"], "KiB"),
        ("written", &used["written_kib"], "KiB"),
        ("payments verified by id", &report["payments"], ""),
    ];
    text += "<table>\n";
    for (name, value, unit) in rows {
        let _ = writeln!(text, "<tr><td>{name}</td><td>{} {unit}</td></tr>", plain(value));
    }
    let held = if report["shortfall"].is_null() { "held" } else { "not held" };
    let wrong = report["findings"].as_array().map_or(0, Vec::len);
    let _ = writeln!(text, "<tr><td>rate</td><td>{held}</td></tr>");
    text + &format!("<tr><td>findings</td><td>{wrong}</td></tr>\n</table>\n")
}

fn latencies(rows: &Value) -> String {
    let names: Vec<_> = rows.as_object().map(|it| it.keys().collect()).unwrap_or_default();
    let each = ROW * 3 + 10;
    let height = each * u64::try_from(names.len()).unwrap_or(0) + 30;
    let mut svg = format!("<svg width=\"{}\" height=\"{height}\">\n", LEFT + WIDTH + 100);
    for decade in 0..=DECADES {
        let us = FIRST_US * 10_u64.pow(decade);
        let x = LEFT + position(us);
        let _ = writeln!(
            svg,
            "<line x1=\"{x}\" x2=\"{x}\" y1=\"0\" y2=\"{0}\" stroke=\"#ddd\"/>\
             <text x=\"{x}\" y=\"{height}\" text-anchor=\"middle\">{1}</text>",
            height - 14,
            spoken(us),
        );
    }
    let mut y = 0;
    for name in names {
        for (key, label, color) in BARS {
            let us = rows[name][key].as_u64().unwrap_or(0);
            let (wide, text_y) = (position(us).max(1), y + ROW - 5);
            let _ = writeln!(
                svg,
                "<text x=\"0\" y=\"{text_y}\">{} {label}</text>\
                 <rect x=\"{LEFT}\" y=\"{y}\" width=\"{wide}\" height=\"14\" fill=\"{color}\"/>\
                 <text x=\"{}\" y=\"{text_y}\">{}</text>",
                plain(&Value::from(name.replace('_', " "))),
                LEFT + wide + 5,
                spoken(us),
            );
            y += ROW;
        }
        y += 10;
    }
    svg + "</svg>\n"
}

/// On a logarithmic scale.
fn position(us: u64) -> u64 {
    let scale = |it: u64| thousandths_of_log2(it) - thousandths_of_log2(FIRST_US);
    let longest = scale(FIRST_US * 10_u64.pow(DECADES));
    (scale(us.max(FIRST_US)) * WIDTH / longest).min(WIDTH)
}

/// Straight between powers of two, which no eye can tell.
fn thousandths_of_log2(it: u64) -> u64 {
    let whole = it.max(1).ilog2();
    u64::from(whole) * 1000 + ((it << 10 >> whole) - 1024) * 1000 / 1024
}

fn spoken(us: u64) -> String {
    match us {
        0..1000 => format!("{us} µs"),
        1000..10_000 => format!("{}.{} ms", us / 1000, us % 1000 / 100),
        10_000..1_000_000 => format!("{} ms", us / 1000),
        _ => format!("{} s", us / 1_000_000),
    }
}

fn plain(it: &Value) -> String {
    let text = it.as_str().map_or_else(|| it.to_string(), str::to_owned);
    text.replace('&', "&amp;").replace('<', "&lt;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn longer_is_further_right() {
        let times = [10, 99, 100, 5_000, 1_000_000, 100_000_000];
        let at = times.map(position);
        assert!(at.is_sorted() && at[0] == 0 && at[5] == WIDTH, "{at:?}");
    }

    #[test]
    fn a_page_has_the_figures_and_no_markup_of_others() {
        let latency = json!({ "p50_us": 1234, "p99_us": 20_000, "p999_us": 2_000_000 });
        let report = json!({ "title": "<b>", "latency": { "create": latency }, "findings": [1] });
        let page = page(&[report]);
        for expected in ["&lt;b>", "1.2 ms", "20 ms", "2 s", "<td>findings</td><td>1</td>"] {
            assert!(page.contains(expected), "{expected}: {page}");
        }
    }
}
