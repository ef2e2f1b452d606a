//! JSON as RFC 8259 wants it for machines: unique member names, bounded depth, so many values and no more, and no NUL, which
//! PostgreSQL cannot keep.

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};
use std::{cell::Cell, fmt};

const DEEPEST: usize = 64;

/// The one JSON text in these bytes, of at most so many values, each in another included. What is read takes many times the
/// room it had as text, so this is where memory is bounded.
pub fn parse(bytes: &[u8], most: usize) -> Result<Value, Flaw> {
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let left = Cell::new(most);
    let value = Strict { depth: 0, left: &left }.deserialize(&mut deserializer).map_err(Flaw::of)?;
    deserializer.end().map_err(Flaw::of)?;
    Ok(value)
}

/// Why bytes are not taken as JSON.
#[derive(Debug)]
pub enum Flaw {
    /// They are no JSON text.
    Syntax(String),
    /// They are one, but one that readers could take differently, or that cannot be kept.
    Content(String),
}

impl Flaw {
    fn of(error: serde_json::Error) -> Self {
        if error.is_data() { Self::Content(error.to_string()) } else { Self::Syntax(error.to_string()) }
    }
}

#[derive(Clone, Copy)]
struct Strict<'c> {
    depth: usize,
    /// How many more values are read.
    left: &'c Cell<usize>,
}

impl Strict<'_> {
    fn deeper<E: Error>(self) -> Result<Self, E> {
        let depth = self.depth + 1;
        if depth > DEEPEST {
            Err(E::custom(format!("nested deeper than {DEEPEST}")))
        } else {
            Ok(Self { depth, ..self })
        }
    }
}

impl<'de> DeserializeSeed<'de> for Strict<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        let left =
            self.left.get().checked_sub(1).ok_or_else(|| D::Error::custom("it holds more values than are read"))?;
        self.left.set(left);
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict<'_> {
    type Value = Value;

    fn expecting(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str("a JSON value")
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    /// `4.0` and `4e0` are the integer 4, as JSON Schema has it.
    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        if let Some(whole) = whole(value) {
            return Ok(whole.into());
        }
        Number::from_f64(value).map(Value::Number).ok_or_else(|| E::custom("a number that is none"))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Value, E> {
        if value.contains('\0') { Err(E::custom("a string holds NUL")) } else { Ok(value.into()) }
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let deeper = self.deeper()?;
        let mut array = Vec::new();
        while let Some(item) = items.next_element_seed(deeper)? {
            array.push(item);
        }
        Ok(Value::Array(array))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let deeper = self.deeper()?;
        let mut object = Map::new();
        while let Some(name) = members.next_key::<String>()? {
            if name.contains('\0') || object.contains_key(&name) {
                return Err(A::Error::custom(format!("the member {name:?} stands twice or holds NUL")));
            }
            let value = members.next_value_seed(deeper)?;
            object.insert(name, value);
        }
        Ok(Value::Object(object))
    }
}

/// The integer a number is, if it is one that a double holds exactly.
#[expect(clippy::cast_possible_truncation, reason = "it has no fraction and is smaller than 2^53")]
fn whole(value: f64) -> Option<i64> {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    (value.fract() == 0.0 && value.abs() < EXACT).then_some(value as i64)
}

#[cfg(test)]
mod tests {
    use super::Flaw;
    use proptest::{collection::vec, prelude::*};
    use serde_json::Value;

    fn parse(bytes: &[u8]) -> Result<Value, Flaw> {
        super::parse(bytes, 1_000)
    }

    proptest! {
        #[test]
        fn what_is_taken_is_what_any_reader_takes(
            pieces in vec(
                prop_oneof![
                    Just("{"), Just("}"), Just("["), Just("]"), Just(","), Just(":"), Just("\"a\""), Just("\"b\\u0000\""), Just("1"),
                    Just("-0.5"), Just("1e9"), Just("true"), Just("null"), Just(" "), Just("\"\\ud83d\\ude00\""), Just("\u{feff}"),
                ],
                0..16,
            ),
            bytes in vec(any::<u8>(), 0..40),
        ) {
            for text in [pieces.concat().into_bytes(), bytes] {
                if let Ok(value) = parse(&text) {
                    let read: serde_json::Value = serde_json::from_slice(&text).unwrap();
                    let again = parse(read.to_string().as_bytes()).unwrap();
                    prop_assert_eq!(&value, &again);
                    // An escaped backslash may stand before `u0000`, which is no NUL.
                    prop_assert!(!value.to_string().replace("\\\\", "").contains("\\u0000"));
                }
            }
        }
    }

    #[test]
    fn so_many_values_are_read_and_not_one_more() {
        for (text, values) in [("[]", 1), ("[0,0]", 3), (r#"{"a":{"b":[]},"c":1}"#, 4), ("[[],[],[[]]]", 5)] {
            assert!(super::parse(text.as_bytes(), values).is_ok(), "{text}");
            assert!(matches!(super::parse(text.as_bytes(), values - 1), Err(Flaw::Content(_))), "{text}");
        }
    }

    #[test]
    fn a_number_has_one_spelling() {
        assert_eq!(parse(b"[4.0, 4e0, -0.0, 0.5]").unwrap(), serde_json::json!([4, 4, 0, 0.5]));
    }

    #[test]
    fn what_two_readers_could_read_differently_is_refused() {
        for bad in ["", "{", r#"{"a":1,"a":2}"#, r#""\u0000""#, r#"{"a\u0000":1}"#, "1 2", "NaN", "1e400"] {
            assert!(parse(bad.as_bytes()).is_err(), "{bad}");
        }
        for bad in
            ["\"\\ud800\"", "\"\\udc00x\"", "\u{feff}{}", "Infinity", "-", "01", "1.", "\"\u{1}\"", "[1,]", "{'a':1}"]
        {
            assert!(parse(bad.as_bytes()).is_err(), "{bad}");
        }
        assert!(parse(b"\"\xff\"").is_err() && parse("9".repeat(10_000_000).as_bytes()).is_err());
        assert!(parse("[".repeat(100_000).as_bytes()).is_err());
        assert!(parse(format!("{}{}", "[".repeat(64), "]".repeat(64)).as_bytes()).is_ok());
        assert!(parse(format!("{}{}", "[".repeat(65), "]".repeat(65)).as_bytes()).is_err());
    }
}
