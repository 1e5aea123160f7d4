//! Values of Nushell as text (NUON), between this program and a Nushell that runs code: types are kept, such as datetime, duration,
//! filesize and binary, which JSON has none of.
//!
//! What a Nushell writes is read here without its parser, whose recursion has no limit; only what `to nuon --raw
//! --list-of-records` writes is understood.

use std::fmt::Write as _;

use nu_protocol::ast::{CellPath, PathMember, RangeInclusion};
use nu_protocol::casing::Casing;
use nu_protocol::{Range, Record, Span, Value};

/// Deepest nesting of values.
const MAX_DEPTH: usize = 128;

/// A value that has no text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unfit {
    /// Where it was written.
    pub span: Span,
    /// What it is.
    pub what: String,
}

/// A text that is no value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NuonError {
    /// Something else is expected at this byte.
    #[error("the text is no value, from byte {0} on")]
    Unexpected(usize),
    /// Lists and records are nested too deep.
    #[error("the value is nested deeper than {MAX_DEPTH} levels")]
    TooDeep,
}

/// Returns a value as text.
///
/// # Errors
/// It is no data, such as a closure, or nested too deep.
pub fn to_nuon(value: &Value) -> Result<String, Unfit> {
    let mut text = String::new();
    write(value, &mut text, MAX_DEPTH)?;
    Ok(text)
}

fn write(value: &Value, text: &mut String, depth: usize) -> Result<(), Unfit> {
    let unfit = |what: String| Unfit {
        span: value.span(),
        what,
    };
    if depth == 0 {
        return Err(unfit(format!("nested deeper than {MAX_DEPTH} levels")));
    }
    // Writing to a String cannot fail.
    let _ = match value {
        Value::Nothing { .. } => write!(text, "null"),
        Value::Bool { val, .. } => write!(text, "{val}"),
        Value::Int { val, .. } => write!(text, "{val}"),
        Value::Float { val, .. } if val.is_nan() => write!(text, "NaN"),
        Value::Float { val, .. } => write!(text, "{val:?}"),
        Value::Filesize { val, .. } => write!(text, "{}b", val.get()),
        Value::Duration { val, .. } => write!(text, "{val}ns"),
        Value::Date { val, .. } => write!(text, "{}", val.to_rfc3339()),
        Value::String { val, .. } | Value::Glob { val, .. } => {
            quote(val, text);
            Ok(())
        }
        Value::Binary { val, .. } => {
            text.push_str("0x[");
            for byte in val.iter() {
                let _ = write!(text, "{byte:02X}");
            }
            write!(text, "]")
        }
        Value::Range { val, .. } => write!(text, "{val}"),
        Value::CellPath { val, .. } => write!(text, "{val}"),
        Value::List { vals, .. } => {
            text.push('[');
            for (index, item) in vals.iter().enumerate() {
                if index > 0 {
                    text.push(',');
                }
                write(item, text, depth - 1)?;
            }
            write!(text, "]")
        }
        Value::Record { val, .. } => {
            text.push('{');
            for (index, (name, item)) in val.iter().enumerate() {
                if index > 0 {
                    text.push(',');
                }
                quote(name, text);
                text.push(':');
                write(item, text, depth - 1)?;
            }
            write!(text, "}}")
        }
        Value::Closure { .. } | Value::Custom { .. } | Value::Error { .. } => {
            return Err(unfit(value.get_type().to_string()));
        }
    };
    Ok(())
}

fn quote(text: &str, into: &mut String) {
    into.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => {
                into.push('\\');
                into.push(c);
            }
            '\n' => into.push_str("\\n"),
            '\r' => into.push_str("\\r"),
            c => into.push(c),
        }
    }
    into.push('"');
}

/// Reads a value; every part of it has the span.
///
/// # Errors
/// The text is none of those that Nushell writes, or nested too deep.
pub fn from_nuon(text: &str, span: Span) -> Result<Value, NuonError> {
    let mut reader = Reader { text, at: 0, span };
    let value = reader.value(MAX_DEPTH)?;
    reader.blank();
    match reader.rest() {
        "" => Ok(value),
        _ => Err(reader.unexpected()),
    }
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    span: Span,
}

impl<'a> Reader<'a> {
    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn unexpected(&self) -> NuonError {
        NuonError::Unexpected(self.at)
    }

    fn blank(&mut self) {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start_matches([' ', '\n', '\r', '\t']).len();
    }

    fn takes(&mut self, what: &str) -> bool {
        let is_there = self.rest().starts_with(what);
        if is_there {
            self.at += what.len();
        }
        is_there
    }

    fn value(&mut self, depth: usize) -> Result<Value, NuonError> {
        if depth == 0 {
            return Err(NuonError::TooDeep);
        }
        self.blank();
        if self.takes("[") {
            return self.list(depth);
        }
        if self.takes("{") {
            return self.record(depth);
        }
        if self.rest().starts_with('"') {
            return Ok(Value::string(self.quoted()?, self.span));
        }
        if self.takes("0x[") {
            return self.binary();
        }
        let rest = self.rest();
        let word = rest
            .split([',', ']', '}', '\n'])
            .next()
            .unwrap_or_default()
            .trim_end();
        // What has blanks in it has quotes.
        if word.is_empty() || word.contains(' ') {
            return Err(self.unexpected());
        }
        self.at += word.len();
        Ok(self.word(word))
    }

    fn list(&mut self, depth: usize) -> Result<Value, NuonError> {
        let mut items = Vec::new();
        loop {
            self.blank();
            if self.takes("]") {
                return Ok(Value::list(items, self.span));
            }
            items.push(self.value(depth - 1)?);
            self.separator("]")?;
        }
    }

    fn record(&mut self, depth: usize) -> Result<Value, NuonError> {
        let mut fields = Record::new();
        loop {
            self.blank();
            if self.takes("}") {
                return Ok(Value::record(fields, self.span));
            }
            let name = match self.rest().starts_with('"') {
                true => self.quoted()?,
                false => {
                    let name = self.rest().split(':').next().unwrap_or_default();
                    self.at += name.len();
                    name.trim().to_owned()
                }
            };
            self.blank();
            if !self.takes(":") {
                return Err(self.unexpected());
            }
            let value = self.value(depth - 1)?;
            fields.push(name, value);
            self.separator("}")?;
        }
    }

    fn separator(&mut self, end: &str) -> Result<(), NuonError> {
        self.blank();
        match self.takes(",") || self.rest().starts_with(end) {
            true => Ok(()),
            false => Err(self.unexpected()),
        }
    }

    fn quoted(&mut self) -> Result<String, NuonError> {
        let unexpected = self.unexpected();
        let mut text = String::new();
        let mut chars = self.rest().char_indices().skip(1);
        while let Some((at, c)) = chars.next() {
            match c {
                '"' => {
                    self.at += at + 1;
                    return Ok(text);
                }
                '\\' => match chars.next().ok_or(unexpected)?.1 {
                    'n' => text.push('\n'),
                    'r' => text.push('\r'),
                    't' => text.push('\t'),
                    'b' => text.push('\u{8}'),
                    'f' => text.push('\u{c}'),
                    'e' => text.push('\u{1b}'),
                    'a' => text.push('\u{7}'),
                    'u' => {
                        let code: String = chars
                            .by_ref()
                            .map(|(_, c)| c)
                            .skip(1)
                            .take_while(|c| *c != '}')
                            .take(8)
                            .collect();
                        let code = u32::from_str_radix(&code, 16).map_err(|_| unexpected)?;
                        text.push(char::from_u32(code).ok_or(unexpected)?);
                    }
                    other => text.push(other),
                },
                c => text.push(c),
            }
        }
        Err(unexpected)
    }

    fn binary(&mut self) -> Result<Value, NuonError> {
        let unexpected = self.unexpected();
        let (digits, _) = self.rest().split_once(']').ok_or(unexpected)?;
        self.at += digits.len() + 1;
        let bytes: Option<Vec<u8>> = digits
            .as_bytes()
            .chunks(2)
            .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok())
            .collect();
        Ok(Value::binary(bytes.ok_or(unexpected)?, self.span))
    }

    /// Returns what a word without quotes stands for. Strings that could be taken for something else have quotes.
    fn word(&self, word: &str) -> Value {
        let span = self.span;
        let number = |unit: &str| word.strip_suffix(unit)?.parse::<i64>().ok();
        match word {
            "null" => return Value::nothing(span),
            "true" => return Value::bool(true, span),
            "false" => return Value::bool(false, span),
            "NaN" => return Value::float(f64::NAN, span),
            _ => {}
        }
        if let Ok(int) = word.parse() {
            Value::int(int, span)
        } else if let Some(nanoseconds) = number("ns") {
            Value::duration(nanoseconds, span)
        } else if let Some(bytes) = number("b") {
            Value::filesize(bytes, span)
        } else if let Some(path) = word.strip_prefix("$.") {
            Value::cell_path(cell_path(path), span)
        } else if let Some(range) = self.range(word) {
            Value::range(range, span)
        } else if let Ok(date) = chrono::DateTime::parse_from_rfc3339(word) {
            Value::date(date, span)
        } else if let (true, Ok(float)) = (is_float(word), word.parse()) {
            Value::float(float, span)
        } else {
            Value::string(word, span)
        }
    }

    fn range(&self, word: &str) -> Option<Range> {
        let span = self.span;
        let parts: Vec<&str> = word.split("..").collect();
        let (from, next, to) = match parts.as_slice() {
            [from, to] => (*from, None, *to),
            [from, next, to] => (*from, Some(*next), *to),
            _ => return None,
        };
        let (inclusion, to) = match to.strip_prefix('<') {
            Some(to) => (RangeInclusion::RightExclusive, to),
            None => (RangeInclusion::Inclusive, to),
        };
        let number = |text: &str| match (text.parse(), text.parse()) {
            (Ok(int), _) => Some(Value::int(int, span)),
            (_, Ok(float)) => Some(Value::float(float, span)),
            _ => None,
        };
        let or_nothing = |text: &str| match text {
            "" => Some(Value::nothing(span)),
            text => number(text),
        };
        let (from, to) = (number(from)?, or_nothing(to)?);
        let next = or_nothing(next.unwrap_or_default())?;
        Range::new(from, next, to, inclusion, span).ok()
    }
}

/// Whether a word is written as a number with a point or an exponent, or as one without an end.
fn is_float(word: &str) -> bool {
    let digits = word.trim_start_matches(['-', '+']);
    digits == "inf" || digits.starts_with(|c: char| c.is_ascii_digit())
}

fn cell_path(text: &str) -> CellPath {
    let member = |part: &str| {
        let name = part.trim_end_matches(['?', '!']);
        let optional = part[name.len()..].contains('?');
        let casing = match part[name.len()..].contains('!') {
            true => Casing::Insensitive,
            false => Casing::Sensitive,
        };
        let name = name.trim_matches('"');
        match name.parse() {
            Ok(index) => PathMember::test_int(index, optional),
            Err(_) => PathMember::test_string(name.to_owned(), optional, casing),
        }
    };
    CellPath {
        members: text.split('.').map(member).collect(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SPAN: Span = Span::test_data();

    fn read(text: &str) -> Value {
        from_nuon(text, SPAN).unwrap()
    }

    #[test]
    fn what_nushell_writes_is_read_with_its_types() {
        let text = "{a:1,b:1.0,c:180000000000ns,d:5000b,e:2024-01-02T03:04:05.123456789+01:00,f:0x[FF01],\
             g:[1,\"x y\",null,true],i:1..5,k:\"it's \\\"q\\\"\",\"weird key\":\"123\",l:inf,n:-5,o:\"true\",p:[],q:{},\
             r:1000000000000000019884624838656.0,s:x\\y,t:-,u:1..<5,v:0..2..10,w:$.a.b?}";
        let value = read(text);
        let record = value.as_record().unwrap();
        let types: Vec<String> = record
            .iter()
            .map(|(name, value)| format!("{name}: {}", value.get_type()))
            .collect();
        assert_eq!(
            types.join(", "),
            "a: int, b: float, c: duration, d: filesize, e: datetime, f: binary, g: list<oneof<int, string, nothing, bool>>, i: range, k: string, \
             weird key: string, l: float, n: int, o: string, p: list<any>, q: record, r: float, s: string, t: string, \
             u: range, v: range, w: cell-path"
        );
        assert_eq!(record.get("k").unwrap().as_str().unwrap(), "it's \"q\"");
        assert_eq!(
            record.get("f").unwrap().as_binary().unwrap(),
            [0xff_u8, 0x01]
        );
    }

    #[test]
    fn what_is_no_value_is_an_error() {
        for text in [
            "",
            "[",
            "[1",
            "{a:1",
            "{a",
            "\"a",
            "0x[F",
            "1 ]",
            "[1 2]",
            "{:",
            "\"\\u{zz}\"",
        ] {
            assert!(from_nuon(text, SPAN).is_err(), "{text}");
        }
        let deep = "[".repeat(100_000);
        assert_eq!(from_nuon(&deep, SPAN), Err(NuonError::TooDeep));
    }

    #[test]
    fn what_is_no_data_has_no_text() {
        let mut deep = Value::test_int(1);
        for _ in 0..MAX_DEPTH {
            deep = Value::test_list(vec![deep]);
        }
        assert!(to_nuon(&deep).is_err());
    }

    fn values() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::test_nothing()),
            any::<bool>().prop_map(Value::test_bool),
            any::<i64>().prop_map(Value::test_int),
            (-1e300_f64..1e300).prop_map(Value::test_float),
            any::<i64>().prop_map(Value::test_duration),
            any::<i64>().prop_map(Value::test_filesize),
            ".*".prop_map(Value::test_string),
            prop::collection::vec(any::<u8>(), 0..9).prop_map(Value::test_binary),
            (0_i64..4_000_000_000, 0_u32..1_000_000_000).prop_map(|(seconds, nanoseconds)| {
                let date = chrono::DateTime::from_timestamp(seconds, nanoseconds);
                Value::test_date(date.unwrap_or_default().fixed_offset())
            }),
        ];
        leaf.prop_recursive(4, 32, 5, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..5).prop_map(Value::test_list),
                prop::collection::btree_map(".*", inner, 0..5).prop_map(|fields| {
                    Value::test_record(fields.into_iter().collect::<Record>())
                }),
            ]
        })
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(value in values()) {
            prop_assert_eq!(read(&to_nuon(&value).unwrap()), value);
        }

        #[test]
        fn no_text_is_too_much(text in "[\\[\\]{},:\"\\\\a1.$x0 \n]*") {
            let _ = from_nuon(&text, SPAN);
        }
    }
}
