//! Where policies are read from: a directory, or the files the binary was built with.

use crate::ids::sha256;
use rust_embed::RustEmbed;
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

#[derive(RustEmbed)]
#[folder = "policies/"]
struct Embedded;

/// Where policies lie in a directory.
const FOLDERS: [&str; 3] = ["", "operations", CASES];
/// Cases are for whoever writes the policies; where they are in force, they may be left out.
const CASES: &str = "tests";

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
        for path in files_of(directory)? {
            let text = std::fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
            let name = path.strip_prefix(directory).unwrap_or(&path).to_string_lossy().replace('\\', "/");
            files.insert(name, text);
        }
        Ok(Self(files))
    }

    /// SHA-256 over all files and their names, in hexadecimal.
    pub fn digest(&self) -> String {
        let all = self.0.iter().flat_map(|(path, text)| [path.as_str(), "\0", text.as_str(), "\0"]);
        sha256(all.collect::<String>().as_bytes())
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

/// The files a directory of policies has. Hidden ones are editors' own.
pub fn files_of(directory: &Path) -> Result<Vec<PathBuf>, String> {
    let mut files = Vec::new();
    for folder in FOLDERS.into_iter().filter(|folder| *folder != CASES || directory.join(folder).is_dir()) {
        let place = directory.join(folder);
        let entries = std::fs::read_dir(&place).map_err(|error| format!("{}: {error}", place.display()))?;
        let hidden = |path: &PathBuf| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
        files.extend(entries.flatten().map(|entry| entry.path()).filter(|path| path.is_file() && !hidden(path)));
    }
    Ok(files)
}
