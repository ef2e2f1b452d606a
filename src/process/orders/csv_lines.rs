//! Bulk releases as CSV (RFC 4180, UTF-8, with a header): one record an order. Turns a record into the JSON the
//! published schema is about; whether it keeps to that is not decided here.

use crate::error::{Error, Pointed};
use serde_json::{Map, Number, Value, json};

/// Every column: its name, and whether an order can do without it.
const COLUMNS: &[(&str, bool)] = &[
    ("number", true),
    ("party", true),
    ("region", true),
    ("kind", false),
    ("line", false),
    ("item", true),
    ("description", true),
    ("quantity", true),
    ("weight_grams", true),
    ("drop", false),
    ("name", true),
    ("street", true),
    ("postal_code", true),
    ("city", true),
    ("country", true),
    ("latitude", true),
    ("longitude", true),
    ("window_from", true),
    ("window_until", true),
    ("skills", false),
    ("proof", false),
    ("service_seconds", false),
    ("value_minor", true),
    ("currency", true),
];

/// Separates the parts of a field: the lines of an order, its skills, its proof classes.
const BETWEEN: char = '|';

/// How a field becomes JSON.
type Reading = fn(&str) -> Value;

/// The columns of one file, in its own order.
#[derive(Clone, Debug)]
pub struct Header(Vec<&'static str>);

impl Header {
    /// Reads the first record. Every mistake is named.
    pub fn read(record: &[u8]) -> Result<Self, Error> {
        let names = fields(record)?;
        let mut errors = Vec::new();
        let mut header = Vec::new();
        for name in names.iter().map(|name| name.trim()) {
            match COLUMNS.iter().find(|(known, _)| *known == name) {
                Some((known, _)) if header.contains(known) => errors.push(pointed(name, "stands twice")),
                Some((known, _)) => header.push(*known),
                None => errors.push(pointed(name, "is no column of the contract")),
            }
        }
        let missing = COLUMNS.iter().filter(|(name, required)| *required && !header.contains(name));
        errors.extend(missing.map(|(name, _)| pointed(name, "is missing")));
        if errors.is_empty() {
            return Ok(Self(header));
        }
        let detail = "The header does not keep to the contract; the errors name each column.".into();
        Err(Error::Invalid { code: "schema_violation", detail, errors })
    }

    /// The order a record is about, as JSON.
    pub fn order(&self, record: &[u8]) -> Result<Value, Error> {
        if record.contains(&0) {
            return Err(Error::invalid("json_not_taken", "a field holds NUL"));
        }
        let fields = fields(record)?;
        if fields.len() != self.0.len() {
            let detail = format!("The record has {} fields, the header {}.", fields.len(), self.0.len());
            return Err(Error::invalid("schema_violation", detail));
        }
        let record = Fields { header: &self.0, fields: &fields };
        let mut order =
            record.object(&[("number", "number"), ("party", "party"), ("region", "region"), ("kind", "kind")], text);
        order.insert("lines".into(), record.lines()?);
        order.insert("address".into(), record.address());
        order
            .insert("window".into(), record.object(&[("window_from", "from"), ("window_until", "until")], text).into());
        order.insert("constraints".into(), record.constraints());
        let mut value = record.object(&[("value_minor", "minor")], number);
        value.extend(record.object(&[("currency", "currency")], text));
        order.insert("value".into(), value.into());
        Ok(order.into())
    }
}

/// One record's fields under their names. An empty field counts as absent.
struct Fields<'a> {
    header: &'a [&'static str],
    fields: &'a [String],
}

impl Fields<'_> {
    fn get(&self, column: &str) -> Option<&str> {
        let place = self.header.iter().position(|name| *name == column)?;
        self.fields.get(place).map(String::as_str).filter(|field| !field.is_empty())
    }

    fn object(&self, members: &[(&str, &str)], value: Reading) -> Map<String, Value> {
        let present = members.iter().filter_map(|(column, member)| Some((*member, self.get(column)?)));
        present.map(|(member, field)| (member.to_owned(), value(field))).collect()
    }

    fn list(&self, column: &str) -> Option<Value> {
        Some(self.get(column)?.split(BETWEEN).map(text).collect())
    }

    fn address(&self) -> Value {
        let places = [("name", "name"), ("street", "street"), ("postal_code", "postal_code"), ("city", "city")];
        let mut address = self.object(&places, text);
        address.extend(self.object(&[("country", "country")], text));
        let position = self.object(&[("latitude", "latitude"), ("longitude", "longitude")], number);
        address.insert("position".into(), position.into());
        address.into()
    }

    fn constraints(&self) -> Value {
        let mut constraints = self.object(&[("service_seconds", "service_seconds")], number);
        for column in ["skills", "proof"] {
            constraints.extend(self.list(column).map(|list| (column.to_owned(), list)));
        }
        constraints.into()
    }

    /// The order's lines: as many as there are items; a field of one line is taken as it stands.
    fn lines(&self) -> Result<Value, Error> {
        let count = self.get("item").map_or(1, |items| items.split(BETWEEN).count());
        let mut lines: Vec<Value> = (1..=count).map(|line| json!({ "line": line })).collect();
        let columns: [(&str, Reading); 6] = [
            ("line", number),
            ("item", text),
            ("description", text),
            ("quantity", number),
            ("weight_grams", number),
            ("drop", number),
        ];
        for (column, value) in columns {
            let Some(field) = self.get(column) else { continue };
            let parts: Vec<&str> = if count == 1 { vec![field] } else { field.split(BETWEEN).collect() };
            if parts.len() != count {
                let detail = format!("{column} has {} parts, item has {count}.", parts.len());
                return Err(Error::invalid("schema_violation", detail));
            }
            for (line, part) in lines.iter_mut().zip(parts) {
                line[column] = value(part);
            }
        }
        Ok(lines.into())
    }
}

fn fields(record: &[u8]) -> Result<Vec<String>, Error> {
    if record.contains(&0) {
        return Err(Error::invalid("json_not_taken", "The record holds NUL."));
    }
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(record);
    let mut record = csv::StringRecord::new();
    match reader.read_record(&mut record) {
        Ok(_) => Ok(record.iter().map(str::to_owned).collect()),
        Err(_) => Err(Error::invalid("malformed_request", "The record is not CSV in UTF-8.")),
    }
}

fn text(field: &str) -> Value {
    field.into()
}

/// A number where it is one; otherwise the text, for the schema to refuse.
fn number(field: &str) -> Value {
    let whole = field.parse::<i64>().map(Value::from).ok();
    let broken = || field.parse::<f64>().ok().and_then(Number::from_f64).map(Value::from);
    whole.or_else(broken).unwrap_or_else(|| field.into())
}

fn pointed(column: &str, why: &str) -> Pointed {
    let shown: String = column.chars().take(60).flat_map(char::escape_debug).collect();
    Pointed::new(&format!("#csv/{shown}"), why)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::{collection::vec, prelude::*};

    const HEADER: &str = "number,party,region,item,description,quantity,weight_grams,name,street,postal_code,city,\
        country,latitude,longitude,window_from,window_until,proof,value_minor,currency";

    #[test]
    fn a_record_becomes_an_order_of_several_lines() {
        let header = Header::read(HEADER.as_bytes()).unwrap();
        let record = "SO-1,pty_acme,reg_north,itm_a|itm_b,\"Pump, big|Hose\",2|1,800|40,Acme,\"Hafen 1\",10115,Berlin,DE,\
            52.5,13.4,2026-11-23T08:00:00Z,2026-11-23T12:00:00Z,dock|high_value,1299,EUR";
        let order = header.order(record.as_bytes()).unwrap();
        assert_eq!(order["lines"][0]["description"], "Pump, big");
        assert_eq!(
            order["lines"][1],
            json!({"line": 2, "item": "itm_b", "description": "Hose", "quantity": 1, "weight_grams": 40})
        );
        assert_eq!(order["address"]["position"], json!({"latitude": 52.5, "longitude": 13.4}));
        assert_eq!(order["constraints"]["proof"], json!(["dock", "high_value"]));
        assert_eq!(order["value"], json!({"minor": 1299, "currency": "EUR"}));
    }

    #[test]
    fn a_header_is_told_every_column_that_is_missing_or_unknown() {
        let Err(Error::Invalid { errors, .. }) = Header::read(b"number,number,colour") else { panic!("it was taken") };
        let told: Vec<&str> = errors.iter().map(|one| one.pointer.as_str()).collect();
        assert!(told.contains(&"#csv/colour") && told.contains(&"#csv/party") && told.contains(&"#csv/number"));
    }

    #[test]
    fn what_postgresql_cannot_keep_is_refused() {
        let header = Header::read(HEADER.as_bytes()).unwrap();
        let record = "SO-1,pty_acme,reg_north,itm_a,Pump\0,2,800,Acme,Hafen 1,10115,Berlin,DE,52.5,13.4,f,u,,1,EUR";
        assert!(header.order(record.as_bytes()).is_err() && header.order(record.replace('\0', "").as_bytes()).is_ok());
    }

    proptest! {
        #[test]
        fn whatever_comes_is_an_order_or_refused(text in "[,|\"\r\n\\x00a-z0-9.é-]{0,200}", bytes in vec(any::<u8>(), 0..200)) {
            let header = Header::read(HEADER.as_bytes()).unwrap();
            for record in [text.as_bytes(), &bytes] {
                drop(Header::read(record));
                if let Ok(order) = header.order(record) {
                    // An escaped backslash may stand before `u0000`, which is no NUL.
                    let written = order.to_string().replace("\\\\", "");
                    prop_assert!(order.is_object() && !written.contains("\\u0000"));
                }
            }
        }
    }

    #[test]
    fn parts_that_do_not_match_are_refused() {
        let header = Header::read(HEADER.as_bytes()).unwrap();
        for bad in ["SO-1,pty_acme", "S,p,r,a|b,d,1|1,1|1,n,s,z,c,DE,1,2,f,u,,1,EUR", "S\0,p"] {
            assert!(header.order(bad.as_bytes()).is_err(), "{bad}");
        }
    }
}
