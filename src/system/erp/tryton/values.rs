//! How Tryton writes what JSON has no word for: decimals, dates, domains and contexts.

use base64::{Engine, engine::general_purpose::URL_SAFE};
use serde::Deserialize;
use serde_json::{Value, json};

/// `{"__class__": "Decimal", "decimal": "50.00"}`
#[derive(Clone, Debug, Deserialize)]
pub struct Decimal {
    decimal: String,
}

impl Decimal {
    /// In units of ten to the minus `places`; what is finer is cut off. None if it is no plain number.
    pub fn scaled(&self, places: usize) -> Option<i128> {
        let (sign, digits) = match self.decimal.strip_prefix('-') {
            Some(rest) => (-1, rest),
            None => (1, self.decimal.as_str()),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let fraction: String = fraction.chars().chain(std::iter::repeat('0')).take(places).collect();
        let plain = !whole.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
        let number: i128 = plain.then(|| format!("{whole}{fraction}").parse().ok())??;
        Some(sign * number)
    }
}

pub fn date(date: jiff::civil::Date) -> Value {
    json!({"__class__": "date", "year": date.year(), "month": date.month(), "day": date.day()})
}

/// Domains and contexts travel as urlsafe base64 of their JSON.
pub fn wrapped(value: &Value) -> String {
    URL_SAFE.encode(value.to_string())
}

/// The decimal places of a currency's minor unit, for those Tryton installations deal in.
pub fn decimal_places(currency: &str) -> usize {
    match currency {
        "BIF" | "CLP" | "DJF" | "GNF" | "ISK" | "JPY" | "KMF" | "KRW" | "PYG" | "RWF" | "UGX" | "VND" | "VUV"
        | "XAF" | "XOF" | "XPF" => 0,
        "BHD" | "IQD" | "JOD" | "KWD" | "LYD" | "OMR" | "TND" => 3,
        _ => 2,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_become_minor_units() {
        let scaled = |text: &str| Decimal { decimal: text.to_owned() }.scaled(2);
        assert_eq!(scaled("50.00"), Some(5_000));
        assert_eq!(scaled("-0.5"), Some(-50));
        assert_eq!(scaled("7"), Some(700));
        assert_eq!(scaled("1.999"), Some(199));
        for broken in ["", ".", "NaN", "1E+3", "--1", "1.2.3"] {
            assert_eq!(scaled(broken), None, "{broken}");
        }
    }
}
