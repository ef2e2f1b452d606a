//! The layers of the settings: the defaults, a file over them, and the environment over that.

use super::DEFAULTS;
use toml::{Table, Value};

/// What a variable of the environment begins with that is a setting.
const PREFIX: &str = "HAULGATE__";

/// All layers in one. What cannot be laid on is a mistake.
pub fn layered(
    file: Option<&str>,
    variables: impl Iterator<Item = (String, String)>,
    mistakes: &mut Vec<String>,
) -> Table {
    let mut table = defaults();
    match file.map(toml::from_str::<Table>) {
        Some(Ok(over)) => overlay(&mut table, over, "", mistakes),
        Some(Err(error)) => mistakes.push(error.to_string()),
        None => {}
    }
    for (name, text) in variables {
        if let Some(path) = name.strip_prefix(PREFIX) {
            let over = variable(&path.to_ascii_lowercase(), &text, &table);
            overlay(&mut table, over, "", mistakes);
        }
    }
    table
}

fn defaults() -> Table {
    toml::from_str(DEFAULTS).expect("the default settings are TOML")
}

/// Lays `over` on `table`. A key the defaults do not have is a mistake, and so is another type.
fn overlay(table: &mut Table, over: Table, path: &str, mistakes: &mut Vec<String>) {
    for (key, value) in over {
        let place = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
        match (table.get_mut(&key), value) {
            (None, _) => mistakes.push(format!("{place}: there is no such setting")),
            (Some(Value::Table(inner)), Value::Table(over)) => overlay(inner, over, &place, mistakes),
            (Some(present), value) if present.same_type(&value) => *present = value,
            (Some(present), value) => {
                mistakes.push(format!("{place}: is {}, expected {}", value.type_str(), present.type_str()));
            }
        }
    }
}

/// The table that sets one path, its text read as the type the default has.
fn variable(path: &str, text: &str, table: &Table) -> Table {
    let keys: Vec<_> = path.split("__").collect();
    let present = keys.iter().try_fold(None::<&Value>, |at, key| match at {
        None => table.get(*key).map(Some),
        Some(value) => value.get(*key).map(Some),
    });
    let value = match present.flatten() {
        Some(Value::String(_)) | None => Value::String(text.to_owned()),
        Some(_) => typed(text),
    };
    keys.iter()
        .rev()
        .fold(value, |value, key| Value::Table(Table::from_iter([((*key).to_owned(), value)])))
        .try_into()
        .unwrap_or_default()
}

fn typed(text: &str) -> Value {
    toml::from_str::<Table>(&format!("value = {text}"))
        .ok()
        .and_then(|mut table| table.remove("value"))
        .unwrap_or_else(|| Value::String(text.to_owned()))
}
