//! Where policies are read from: a directory, or the files the binary was built with.

use rust_embed::RustEmbed;
use std::{collections::BTreeMap, path::Path};

#[derive(RustEmbed)]
#[folder = "policies/"]
struct Embedded;

/// The text of every policy file, by its path under `policies/`.
#[derive(Clone, Debug, Default)]
pub struct PolicyFiles(BTreeMap<String, String>);

impl PolicyFiles {
    /// The policies the binary was built with.
    pub fn embedded() -> Self {
        let text = |path: &str| Embedded::get(path).map(|file| String::from_utf8_lossy(&file.data).into_owned());
        Self(Embedded::iter().filter_map(|path| Some((path.to_string(), text(&path)?))).collect())
    }

    /// The policies of a directory laid out like `policies/`.
    pub fn from_directory(directory: &Path) -> Result<Self, String> {
        let mut files = BTreeMap::new();
        for folder in ["", "operations"] {
            let place = directory.join(folder);
            let entries = std::fs::read_dir(&place).map_err(|error| format!("{}: {error}", place.display()))?;
            for path in entries.flatten().map(|entry| entry.path()).filter(|path| path.is_file()) {
                let text = std::fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
                let name = path.strip_prefix(directory).unwrap_or(&path).to_string_lossy().replace('\\', "/");
                files.insert(name, text);
            }
        }
        Ok(Self(files))
    }

    /// Replaces one file, for tests of what a change would do.
    pub fn with(mut self, path: &str, text: &str) -> Self {
        self.0.insert(path.to_owned(), text.to_owned());
        self
    }

    pub fn get(&self, path: &str) -> Option<&str> {
        self.0.get(path).map(String::as_str)
    }

    /// Every file: its path under `policies/` and its text.
    pub fn all(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(path, text)| (path.as_str(), text.as_str()))
    }

    /// The policies of operations: contract name and text, such as `process/orders.v1`.
    pub fn operations(&self) -> impl Iterator<Item = (String, &str, &str)> {
        self.0.iter().filter_map(|(path, text)| {
            let contract = path.strip_prefix("operations/")?.strip_suffix(".toml")?;
            let (layer, product) = contract.split_once('-')?;
            Some((format!("{layer}/{product}"), path.as_str(), text.as_str()))
        })
    }
}
