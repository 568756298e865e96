//! Reads a body member by member and tells all that is wrong with it at once, each by its JSON
//! pointer. The same reading, of no body, tells the shape that a body must have.

use paymux_engine::problem::{self, FieldError, Problem};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{AdditionalProperties, ObjectBuilder, Schema, Type};

use super::json::{self, Json};

/// Nobody mends more at once, and a hostile body shall not write its own answer.
const MAX_ERRORS: usize = 16;
/// Of a name that is not ours, so much is told back.
const MAX_NAME_CHARS: usize = 40;

/// What is wrong with a value, and where in it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Wrong {
    below: String,
    reason: String,
}

pub(crate) type Parsed<T> = Result<T, Wrong>;

impl<R: Into<String>> From<R> for Wrong {
    fn from(reason: R) -> Self {
        Self { below: String::new(), reason: reason.into() }
    }
}

impl Wrong {
    pub(crate) fn reason(&self) -> &str {
        &self.reason
    }

    /// The same, as seen from the object that holds the value under this name.
    pub(crate) fn under(self, name: &str) -> Self {
        Self { below: format!("{}{}", pointer(name), self.below), ..self }
    }
}

/// How one value is read, and what it must look like: one rule says both.
pub(crate) trait Reads<T> {
    fn read(&self, value: Json) -> Parsed<T>;
    fn shape(&self) -> RefOr<Schema>;
}

pub(crate) struct Rule<T: 'static> {
    pub(crate) read: fn(Json) -> Parsed<T>,
    pub(crate) shape: fn() -> RefOr<Schema>,
}

impl<T> Reads<T> for Rule<T> {
    fn read(&self, value: Json) -> Parsed<T> {
        (self.read)(value)
    }

    fn shape(&self) -> RefOr<Schema> {
        (self.shape)()
    }
}

pub(crate) struct Fields {
    left: Vec<(String, Json)>,
    errors: Vec<FieldError>,
    /// What was asked for, where that is all that is wanted.
    asked: Option<ObjectBuilder>,
}

impl Fields {
    /// A whole body. `read` gives nothing only after something was told to be wrong.
    pub(crate) fn read<T>(
        body: &[u8],
        read: impl FnOnce(&mut Self) -> Option<T>,
    ) -> Result<T, Problem> {
        let mut body = Self::parse(body)?;
        let value = read(&mut body);
        body.finish()?;
        Ok(value.expect("what is missing has been told"))
    }

    /// What `read` would take.
    pub(crate) fn shape<T>(read: impl FnOnce(&mut Self) -> Option<T>) -> RefOr<Schema> {
        let mut blank = Self::of(vec![]);
        blank.asked = Some(closed());
        drop(read(&mut blank));
        blank.asked.unwrap_or_default().into()
    }

    pub(crate) fn parse(body: &[u8]) -> Result<Self, Problem> {
        let value = json::parse(body)?;
        let Json::Object(members) = value else {
            let detail = format!("it is {}, not an object", value.name());
            return Err(Problem::new(problem::MALFORMED_JSON, detail));
        };
        Ok(Self::of(members))
    }

    fn of(members: Vec<(String, Json)>) -> Self {
        let mut fields = Self { left: vec![], errors: vec![], asked: None };
        if let Some(name) = repeated(&members) {
            fields.wrong(&name, TWICE.into());
        }
        fields.left = members;
        fields
    }

    pub(crate) fn required<T>(&mut self, name: &str, rule: impl Reads<T>) -> Option<T> {
        self.note(name, &rule, true);
        match self.take(name) {
            Some(value) => self.parsed(name, value, rule),
            None => {
                self.wrong(name, "is missing".into());
                None
            }
        }
    }

    pub(crate) fn optional<T>(&mut self, name: &str, rule: impl Reads<T>) -> Option<T> {
        self.note(name, &rule, false);
        let value = self.take(name)?;
        self.parsed(name, value, rule)
    }

    /// Everything that was wrong, members that nobody asked for included.
    pub(crate) fn finish(mut self) -> Result<(), Problem> {
        for (name, _) in std::mem::take(&mut self.left).into_iter().take(MAX_ERRORS) {
            self.wrong(&name, "is not a field of this request".into());
        }
        if self.errors.is_empty() {
            return Ok(());
        }
        self.errors.truncate(MAX_ERRORS);
        let problem = Problem::new(problem::INVALID_FIELD, "see errors");
        Err(Problem { errors: self.errors, ..problem })
    }

    /// Wrong beside another member, though not by itself.
    pub(crate) fn refuse(&mut self, pointer: &str, reason: &str) {
        self.errors.push(FieldError { pointer: pointer.into(), reason: reason.into() });
    }

    fn note<T>(&mut self, name: &str, rule: &impl Reads<T>, required: bool) {
        let Some(asked) = self.asked.take() else { return };
        let asked = asked.property(name, rule.shape());
        self.asked = Some(if required { asked.required(name) } else { asked });
    }

    fn parsed<T>(&mut self, name: &str, value: Json, rule: impl Reads<T>) -> Option<T> {
        rule.read(value).map_err(|wrong| self.wrong(name, wrong)).ok()
    }

    fn take(&mut self, name: &str) -> Option<Json> {
        self.left.extract_if(.., |it| it.0 == name).map(|it| it.1).last()
    }

    fn wrong(&mut self, name: &str, wrong: Wrong) {
        let Wrong { below, reason } = wrong.under(name);
        self.errors.push(FieldError { pointer: below, reason });
    }
}

const TWICE: &str = "is given twice";

/// An object without members that nobody asked for.
pub(crate) fn closed() -> ObjectBuilder {
    let none = AdditionalProperties::FreeForm(false);
    ObjectBuilder::new().schema_type(Type::Object).additional_properties(Some(none))
}

/// A member's value must be an object that names each of its own members once.
pub(crate) fn members(value: Json) -> Parsed<Vec<(String, Json)>> {
    let Json::Object(members) = value else { return Err(kind(&value, "an object")) };
    match repeated(&members) {
        Some(name) => Err(Wrong::from(TWICE).under(&name)),
        None => Ok(members),
    }
}

pub(crate) fn kind(value: &Json, expected: &str) -> Wrong {
    format!("must be {expected}, not {}", value.name()).into()
}

fn repeated(members: &[(String, Json)]) -> Option<String> {
    let mut names: Vec<_> = members.iter().map(|it| it.0.as_str()).collect();
    names.sort_unstable();
    names.windows(2).find(|it| it[0] == it[1]).map(|it| it[0].to_owned())
}

/// RFC 6901: `~` and `/` are escaped.
fn pointer(name: &str) -> String {
    let name: String = name.chars().take(MAX_NAME_CHARS).collect();
    format!("/{}", name.replace('~', "~0").replace('/', "~1"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const INTEGER: Rule<i64> = Rule {
        read: |value| {
            let Json::Integer(it) = value else { return Err(kind(&value, "an integer")) };
            Ok(it)
        },
        shape: || ObjectBuilder::new().schema_type(Type::Integer).into(),
    };
    const OBJECT: Rule<()> =
        Rule { read: |it| members(it).map(drop), shape: || ObjectBuilder::new().into() };

    fn read(fields: &mut Fields) -> Option<i64> {
        let a = fields.required("a", INTEGER);
        fields.optional("b", INTEGER);
        fields.optional("c", OBJECT);
        a
    }

    fn check(body: &str, expect: &[&str]) {
        let read = Fields::read(body.as_bytes(), read);
        let errors = read.map_or_else(|it| it.errors, |_| vec![]);
        let lines: Vec<_> =
            errors.iter().map(|it| format!("{} {}", it.pointer, it.reason)).collect();
        assert_eq!(lines, expect, "{body}");
    }

    #[test]
    fn all_errors_come_at_once_with_their_place() {
        check(r#"{"a":1}"#, &[]);
        check(r#"{"a":1,"b":2,"c":{"d":0}}"#, &[]);
        check(r#"{"b":null}"#, &["/a is missing", "/b must be an integer, not null"]);
        check(r#"{"a":1,"x~/y":2}"#, &["/x~0~1y is not a field of this request"]);
        check(r#"{"a":1,"c":{"d":1,"d":1}}"#, &["/c/d is given twice"]);
        check(r#"{"a":1,"b":1,"a":1}"#, &["/a is given twice"]);
    }

    #[test]
    fn the_shape_is_what_is_asked_for() {
        let shape = serde_json::to_value(Fields::shape(read)).unwrap();
        let names: Vec<_> = shape["properties"].as_object().unwrap().keys().collect();
        assert_eq!(names, ["a", "b", "c"]);
        assert_eq!(shape["required"], serde_json::json!(["a"]));
        assert_eq!(shape["additionalProperties"], false);
    }

    #[test]
    fn the_answer_is_shorter_than_a_hostile_body() {
        let members: Vec<_> =
            (0..1000).map(|it| format!(r#""{}{it}":1"#, "x".repeat(50))).collect();
        let body = format!("{{{}}}", members.join(","));
        let problem = Fields::parse(body.as_bytes()).unwrap().finish().unwrap_err();
        assert_eq!(problem.errors.len(), MAX_ERRORS);
        assert!(problem.errors.iter().all(|it| it.pointer.len() <= MAX_NAME_CHARS + 1));
    }
}
