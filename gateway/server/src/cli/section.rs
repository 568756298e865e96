//! A section that is typed or read from a file, as the admin listener takes it: what it refers to
//! is read here, since the gateway reads nothing of this machine.

use std::io::Read as _;
use std::path::Path;

use anyhow::Context as _;
use serde_json::Value;

use crate::settings::inlined;

/// `[kind.name]` of a configuration, or a file that is the section itself; `-` is standard input.
pub(super) fn read(file: &Path, kind: &str, name: &str) -> anyhow::Result<Value> {
    let text = text(file)?;
    let table: toml::Table =
        text.parse().with_context(|| format!("{} is no TOML", file.display()))?;
    let own = table.get(kind).and_then(|it| it.get(name)).and_then(toml::Value::as_table);
    let folder = file.parent().unwrap_or(Path::new(""));
    let inlined = inlined(own.unwrap_or(&table), folder).map_err(|it| anyhow::anyhow!("{it}"))?;
    Ok(serde_json::to_value(inlined)?)
}

fn text(file: &Path) -> anyhow::Result<String> {
    if file == Path::new("-") {
        let mut text = String::new();
        std::io::stdin().read_to_string(&mut text).context("standard input cannot be read")?;
        return Ok(text);
    }
    std::fs::read_to_string(file).with_context(|| format!("{} cannot be read", file.display()))
}
