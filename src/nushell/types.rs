//! Types of parameters, as Nushell writes them in signatures, and values that are held against them before anything runs.

use nu_protocol::{Span, Value};

/// A type, read from its text. What is not known takes anything: the Nushell that runs the code knows.
#[derive(Clone, Debug, PartialEq)]
pub enum TypeText {
    /// Anything.
    Any,
    /// One of the plain types, by its name.
    Plain(String),
    /// A list with items of a type.
    List(Box<TypeText>),
    /// A record with fields of types; with none, any record.
    Record(Vec<(String, TypeText)>),
    /// A list of such records.
    Table(Vec<(String, TypeText)>),
    /// One of these.
    OneOf(Vec<TypeText>),
}

/// A value that is not of the type that is asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct Misfit {
    /// The innermost value that is to blame.
    pub span: Span,
    /// Where it is in the whole, such as `ports.0`; empty for the whole.
    pub path: String,
    /// What is asked for.
    pub wanted: String,
    /// What it is.
    pub found: String,
}

/// Deepest nesting of types.
const MAX_DEPTH: usize = 32;

impl TypeText {
    /// Reads a type.
    pub fn read(text: &str) -> Self {
        Self::read_to(text.trim(), MAX_DEPTH)
    }

    fn read_to(text: &str, depth: usize) -> Self {
        let (name, inner) = match text.split_once('<') {
            Some((name, rest)) => (name, rest.trim_end().strip_suffix('>')),
            None => (text, None),
        };
        if depth == 0 {
            return TypeText::Any;
        }
        let fields = || -> Vec<(String, TypeText)> {
            parts(inner.unwrap_or_default())
                .into_iter()
                .map(|part| match split_field(part) {
                    (name, Some(kind)) => (name, Self::read_to(kind, depth - 1)),
                    (name, None) => (name, TypeText::Any),
                })
                .collect()
        };
        match name.trim() {
            "list" => TypeText::List(Box::new(inner.map_or(TypeText::Any, |inner| {
                Self::read_to(inner.trim(), depth - 1)
            }))),
            "record" => TypeText::Record(fields()),
            "table" => TypeText::Table(fields()),
            "oneof" => TypeText::OneOf(
                parts(inner.unwrap_or_default())
                    .into_iter()
                    .map(|part| Self::read_to(part, depth - 1))
                    .collect(),
            ),
            plain if PLAIN.contains(&plain) => TypeText::Plain(plain.to_owned()),
            _ => TypeText::Any,
        }
    }

    /// Returns the value as it is passed: whole numbers are floats where these are asked for.
    ///
    /// # Errors
    /// It is of another type.
    pub fn fit(&self, value: Value) -> Result<Value, Misfit> {
        self.fit_at(value, "")
    }

    fn fit_at(&self, value: Value, path: &str) -> Result<Value, Misfit> {
        let misfit = |value: &Value| Misfit {
            span: value.span(),
            path: path.to_owned(),
            wanted: self.to_string(),
            found: value.get_type().to_string(),
        };
        let below = |name: &str| match path {
            "" => name.to_owned(),
            path => format!("{path}.{name}"),
        };
        match (self, value) {
            (TypeText::Any, value) => Ok(value),
            (TypeText::OneOf(types), value) => types
                .iter()
                .find_map(|one| one.fit_at(value.clone(), path).ok())
                .ok_or_else(|| misfit(&value)),
            (TypeText::Plain(name), value) => plain(name, value).map_err(|value| misfit(&value)),
            (
                TypeText::List(item),
                Value::List {
                    vals,
                    internal_span,
                    ..
                },
            ) => {
                let items: Result<Vec<Value>, Misfit> = vals
                    .into_owned()
                    .into_iter()
                    .enumerate()
                    .map(|(index, value)| item.fit_at(value, &below(&index.to_string())))
                    .collect();
                Ok(Value::list(items?, internal_span))
            }
            (
                TypeText::Table(fields),
                Value::List {
                    vals,
                    internal_span,
                    ..
                },
            ) => {
                let row = TypeText::Record(fields.clone());
                let items: Result<Vec<Value>, Misfit> = vals
                    .into_owned()
                    .into_iter()
                    .enumerate()
                    .map(|(index, value)| row.fit_at(value, &below(&index.to_string())))
                    .collect();
                Ok(Value::list(items?, internal_span))
            }
            (
                TypeText::Record(fields),
                Value::Record {
                    val, internal_span, ..
                },
            ) => {
                let mut record = val.into_owned();
                for (name, kind) in fields {
                    match record.remove(name) {
                        Some(value) => {
                            let value = kind.fit_at(value, &below(name))?;
                            record.push(name.clone(), value);
                        }
                        None => {
                            return Err(Misfit {
                                span: internal_span,
                                path: path.to_owned(),
                                wanted: self.to_string(),
                                found: format!("a record without `{name}`"),
                            });
                        }
                    }
                }
                Ok(Value::record(record, internal_span))
            }
            (_, value) => Err(misfit(&value)),
        }
    }

    /// Whether texts are asked for.
    pub fn is_text(&self) -> bool {
        matches!(self, TypeText::Plain(name) if TEXTS.contains(&name.as_str()))
    }

    /// Whether a record is asked for.
    pub fn is_record(&self) -> bool {
        matches!(self, TypeText::Record(_))
    }
}

impl std::fmt::Display for TypeText {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let fields = |fields: &[(String, TypeText)]| {
            let fields: Vec<String> = fields
                .iter()
                .map(|(name, kind)| format!("{name}: {kind}"))
                .collect();
            match fields.is_empty() {
                true => String::new(),
                false => format!("<{}>", fields.join(", ")),
            }
        };
        match self {
            TypeText::Any => f.write_str("any"),
            TypeText::Plain(name) => f.write_str(name),
            TypeText::List(item) if **item == TypeText::Any => f.write_str("list"),
            TypeText::List(item) => write!(f, "list<{item}>"),
            TypeText::Record(all) => write!(f, "record{}", fields(all)),
            TypeText::Table(all) => write!(f, "table{}", fields(all)),
            TypeText::OneOf(types) => {
                let types: Vec<String> = types.iter().map(ToString::to_string).collect();
                f.write_str(&types.join(" or "))
            }
        }
    }
}

/// Types of values without parts.
const PLAIN: [&str; 18] = [
    "binary",
    "bool",
    "cell-path",
    "closure",
    "datetime",
    "directory",
    "duration",
    "filesize",
    "float",
    "glob",
    "int",
    "nothing",
    "number",
    "path",
    "range",
    "string",
    "error",
    "expression",
];

/// Those of them that are texts.
const TEXTS: [&str; 4] = ["directory", "glob", "path", "string"];

fn plain(name: &str, value: Value) -> Result<Value, Value> {
    let is_it = match name {
        "binary" => matches!(value, Value::Binary { .. }),
        "bool" => matches!(value, Value::Bool { .. }),
        "cell-path" => matches!(
            value,
            Value::CellPath { .. } | Value::String { .. } | Value::Int { .. }
        ),
        "datetime" => matches!(value, Value::Date { .. }),
        "duration" => matches!(value, Value::Duration { .. }),
        "filesize" => matches!(value, Value::Filesize { .. }),
        "float" => {
            if let Value::Int {
                val, internal_span, ..
            } = value
            {
                #[expect(clippy::cast_precision_loss, reason = "as Nushell does it")]
                return Ok(Value::float(val as f64, internal_span));
            }
            matches!(value, Value::Float { .. })
        }
        "int" => matches!(value, Value::Int { .. }),
        "nothing" => matches!(value, Value::Nothing { .. }),
        "number" => matches!(value, Value::Int { .. } | Value::Float { .. }),
        "range" => matches!(value, Value::Range { .. }),
        name if TEXTS.contains(&name) => matches!(value, Value::String { .. } | Value::Glob { .. }),
        // Nobody can pass those.
        _ => false,
    };
    if is_it { Ok(value) } else { Err(value) }
}

/// Splits at commas that are in no brackets.
fn parts(text: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let (mut depth, mut start) = (0_usize, 0);
    for (at, c) in text.char_indices() {
        match c {
            '<' => depth += 1,
            '>' => depth = depth.saturating_sub(1),
            ',' if depth == 0 => {
                parts.push(text.get(start..at).unwrap_or_default().trim());
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(text.get(start..).unwrap_or_default().trim());
    parts.retain(|part| !part.is_empty());
    parts
}

fn split_field(text: &str) -> (String, Option<&str>) {
    let name = |name: &str| name.trim().trim_matches('"').to_owned();
    match text.split_once(':') {
        Some((field, kind)) => (name(field), Some(kind.trim())),
        None => (name(text), None),
    }
}

#[cfg(test)]
mod tests {
    use nu_protocol::record;

    use super::*;

    fn misfit(kind: &str, value: Value) -> (String, String, String) {
        let misfit = TypeText::read(kind).fit(value).unwrap_err();
        (misfit.path, misfit.wanted, misfit.found)
    }

    #[test]
    fn values_of_a_type_fit() {
        let ports = Value::test_list(vec![Value::test_int(1), Value::test_int(2)]);
        for (kind, value) in [
            ("any", Value::test_nothing()),
            ("what is this?", Value::test_int(1)),
            ("string", Value::test_string("a")),
            ("path", Value::test_string("a")),
            ("number", Value::test_float(1.0)),
            ("list<int>", ports.clone()),
            ("list", ports.clone()),
            ("record", Value::test_record(record! {})),
            (
                "record<ports: list<int>, name: string>",
                Value::test_record(record! {
                    "ports" => ports.clone(),
                    "name" => Value::test_string("a"),
                }),
            ),
            ("oneof<int, string>", Value::test_string("a")),
            ("oneof<record<a: int>, nothing>", Value::test_nothing()),
        ] {
            assert_eq!(TypeText::read(kind).fit(value.clone()), Ok(value), "{kind}");
        }
    }

    #[test]
    fn a_whole_number_is_a_float_where_one_is_asked_for() {
        assert_eq!(
            TypeText::read("float").fit(Value::test_int(2)),
            Ok(Value::test_float(2.0))
        );
    }

    #[test]
    fn the_innermost_value_is_to_blame() {
        let list = Value::test_list(vec![Value::test_int(1), Value::test_string("x")]);
        let texts = |(path, wanted, found): (String, String, String)| [path, wanted, found];
        assert_eq!(
            texts(misfit("list<int>", list.clone())),
            ["1", "int", "string"]
        );
        let record = Value::test_record(record! { "ports" => list });
        assert_eq!(
            texts(misfit("record<ports: list<int>>", record.clone())),
            ["ports.1", "int", "string"]
        );
        assert_eq!(
            texts(misfit("record<name: string>", record)),
            ["", "record<name: string>", "a record without `name`"]
        );
        assert_eq!(
            texts(misfit("oneof<int, bool>", Value::test_string("x"))),
            ["", "int or bool", "string"]
        );
        assert_eq!(
            texts(misfit("duration", Value::test_int(3))),
            ["", "duration", "int"]
        );
    }

    #[test]
    fn deep_types_take_anything() {
        let deep = format!("{}int{}", "list<".repeat(100_000), ">".repeat(100_000));
        assert!(
            TypeText::read(&deep)
                .fit(Value::test_list(Vec::new()))
                .is_ok()
        );
    }
}
