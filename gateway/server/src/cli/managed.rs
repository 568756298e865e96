//! What `paymux merchant` and `paymux account` do alike: items of the configuration, in the store
//! of a running gateway.

use http::Method;
use http::header::{IF_MATCH, IF_NONE_MATCH};
use serde_json::{Map, Value};

use super::out::{Out, text};
use super::reach::Reach;

/// Of one of the two.
pub(super) struct Kind {
    /// As paths and files name them.
    pub(super) name: &'static str,
    /// Columns of a list, between what all items have.
    pub(super) head: [&'static str; 2],
    pub(super) own: fn(&Value) -> [String; 2],
}

#[derive(clap::Subcommand)]
pub(super) enum Command {
    /// All of them, those of the file too.
    List {
        #[command(flatten)]
        reach: Reach,
    },
    /// One, without its secrets.
    Show {
        name: String,
        #[command(flatten)]
        reach: Reach,
    },
    /// Remove one: a merchant, whose payments stay, or an account that is retired.
    Remove {
        name: String,
        #[command(flatten)]
        reach: Reach,
    },
}

/// What happens to one that is there.
#[derive(clap::Args, Clone, Copy, Debug)]
pub(super) struct Keep {
    /// Write over the one there is.
    #[arg(long)]
    replace: bool,
    /// Only tell what it would change.
    #[arg(long)]
    check: bool,
}

impl Kind {
    pub(super) async fn run(&self, command: Command) -> anyhow::Result<()> {
        match command {
            Command::List { reach } => self.list(&reach).await,
            Command::Show { name, reach } => self.show(&reach, &name).await,
            Command::Remove { name, reach } => self.remove(&reach, &name).await,
        }
    }

    async fn list(&self, reach: &Reach) -> anyhow::Result<()> {
        let answer = reach.open()?.get(&format!("/admin/v1/{}", self.name)).await?;
        let rows = answer["data"].as_array().into_iter().flatten().map(|it| self.row(it)).collect();
        let [one, other] = self.head;
        let head = ["NAME", "SOURCE", "VERSION", one, other, "CHANGED", "BY"];
        reach.out().rows(&answer, &head, rows)
    }

    fn row(&self, it: &Value) -> Vec<String> {
        let of = |key: &str| text(it, key);
        let [one, other] = (self.own)(&it["settings"]);
        vec![of("id"), of("source"), of("version"), one, other, of("changed_at"), of("changed_by")]
    }

    /// As a section of a file, with masks for its secrets.
    async fn show(&self, reach: &Reach, name: &str) -> anyhow::Result<()> {
        let path = format!("/admin/v1/{}/{name}", self.name);
        let (answer, out) = (reach.open()?.get(&path).await?, reach.out());
        if out.is_json() {
            return out.value(&answer);
        }
        let of = |key: &'static str| (key, text(&answer, key));
        out.pairs(&[of("id"), of("source"), of("version"), of("changed_at"), of("changed_by")])?;
        if answer["source"] == "file" {
            return out.line("\nits settings stand in the gateway's file");
        }
        out.line(&format!("\n{}", section(self.name, name, &answer["settings"])?))
    }

    pub(super) async fn put(
        &self,
        reach: &Reach,
        name: &str,
        keep: Keep,
        body: &Value,
    ) -> anyhow::Result<()> {
        let condition = if keep.replace { IF_MATCH } else { IF_NONE_MATCH };
        let check = if keep.check { "?check=true" } else { "" };
        let path = format!("/admin/v1/{}/{name}{check}", self.name);
        let head = [(condition, "*".to_owned())];
        let answer = reach.open()?.send(Method::PUT, &path, &head, Some(body)).await?;
        told(&reach.out(), &answer)
    }

    async fn remove(&self, reach: &Reach, name: &str) -> anyhow::Result<()> {
        let path = format!("/admin/v1/{}/{name}", self.name);
        let head = [(IF_MATCH, "*".to_owned())];
        let answer = reach.open()?.send(Method::DELETE, &path, &head, None).await?;
        told(&reach.out(), &answer)
    }
}

/// With a few words in place of each mask.
fn plain(value: &Value) -> Value {
    if value["set"] == true {
        let print = value["fingerprint"].as_str().unwrap_or("not shown");
        return format!("(secret) {print}").into();
    }
    match value {
        Value::Object(members) => {
            members.iter().map(|(key, it)| (key.clone(), plain(it))).collect::<Map<_, _>>().into()
        }
        Value::Array(list) => list.iter().map(plain).collect::<Vec<_>>().into(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value.clone(),
    }
}

fn section(kind: &str, name: &str, settings: &Value) -> anyhow::Result<String> {
    let section: toml::Value = toml::Value::try_from(plain(settings))?;
    let named = toml::Table::from_iter([(name.to_owned(), section)]);
    let whole = toml::Table::from_iter([(kind.to_owned(), toml::Value::Table(named))]);
    Ok(toml::to_string(&whole)?)
}

/// What changed, and the secrets that were made: to standard output, since a script wants them.
pub(super) fn told(out: &Out, answer: &Value) -> anyhow::Result<()> {
    if out.is_json() {
        return out.value(answer);
    }
    let list = |key: &str| answer[key].as_array().cloned().unwrap_or_default();
    for change in list("changes") {
        out.line(change.as_str().unwrap_or_default())?;
    }
    if list("changes").is_empty() {
        out.line("nothing changed")?;
    }
    for warning in list("warnings") {
        out.note(&format!("warning: {}", warning.as_str().unwrap_or_default()));
    }
    if answer["applied"] != true {
        out.note("only checked: nothing was written");
    }
    let made = answer["made"].as_object().cloned().unwrap_or_default();
    for (path, secret) in &made {
        out.line(&format!("{path} = {}", secret.as_str().unwrap_or_default()))?;
    }
    if !made.is_empty() {
        out.note("made just now, and not shown again");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_merchant_is_shown_as_a_file_would_say_it() {
        let mask = json!({ "set": true, "fingerprint": "sha256:7d12" });
        let endpoint = json!({ "id": "orders", "secret": mask, "password": { "set": true } });
        let settings = json!({ "accounts": ["a"], "api_keys": [mask], "endpoints": [endpoint] });
        let expect = "[merchants.shop]\n\
                      accounts = [\"a\"]\n\
                      api_keys = [\"(secret) sha256:7d12\"]\n\n\
                      [[merchants.shop.endpoints]]\n\
                      id = \"orders\"\n\
                      password = \"(secret) not shown\"\n\
                      secret = \"(secret) sha256:7d12\"\n";
        assert_eq!(section("merchants", "shop", &settings).unwrap(), expect);
    }
}
