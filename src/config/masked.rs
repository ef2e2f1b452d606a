//! Settings as people may see them: without their secrets.

use toml::{Table, Value};

/// Masks every secret.
pub fn mask(table: &mut Table) {
    for (key, value) in table.iter_mut() {
        let secret = ["secret", "password", "key", "keys", "token"].iter().any(|word| key.ends_with(word));
        match value {
            Value::Table(inner) => mask(inner),
            Value::String(text) if key.ends_with("url") => *text = without_password(text),
            Value::String(text) if secret && !text.is_empty() => *text = "…".into(),
            Value::Array(all) if secret => all.iter_mut().for_each(|one| *one = "…".into()),
            _ => {}
        }
    }
}

/// A URL whose password, if it has one, is masked.
fn without_password(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return url.to_owned() };
    let Some((user, host)) = rest.split_once('@') else { return url.to_owned() };
    let name = user.split_once(':').map_or(user, |(name, _)| name);
    format!("{scheme}://{name}:…@{host}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_in_a_url_is_masked() {
        assert_eq!(without_password("postgres://ana:secret@db/haulgate"), "postgres://ana:…@db/haulgate");
    }
}
