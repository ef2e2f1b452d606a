//! What has been released: `openapi/blessed/<layer>/<product>.vN/<version>.yaml`, and an index with the hash of each.
//!
//! A released document is never edited: its hash in `index.txt` would not fit any more. The folder is built into the
//! binary, so that a running gateway tells what has changed between versions.

mod release;
mod version;

use super::diff::{Finding, diff};
use jiff::civil::Date;
use rust_embed::RustEmbed;
use serde_json::Value;
use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

pub use release::{Refusal, release, same};
pub use version::Version;

pub const INDEX: &str = "index.txt";

#[derive(RustEmbed)]
#[folder = "openapi/blessed/"]
struct Embedded;

/// One released version of a contract.
#[derive(Clone, Debug)]
pub struct Release {
    pub version: Version,
    pub date: Date,
    /// SHA-256 of the file, in hexadecimal.
    pub hash: String,
    /// The document as it was released, in YAML.
    pub text: String,
}

/// The latest released version of a contract, as the index the binary was built with says it.
pub fn latest_version(contract: &str) -> Option<Version> {
    let index = Embedded::get(INDEX)?;
    let index = std::str::from_utf8(&index.data).ok()?;
    let paths = index.lines().filter_map(|line| line.split_whitespace().next()?.strip_suffix(".yaml"));
    let of_contract = paths.filter_map(|path| path.rsplit_once('/')).filter(|(name, _)| *name == contract);
    of_contract.filter_map(|(_, version)| version.parse().ok()).max()
}

impl Release {
    pub fn document(&self) -> Result<Value, String> {
        serde_yaml_ng::from_str(&self.text).map_err(|error| error.to_string())
    }
}

/// What changed with a release.
#[derive(Clone, Debug)]
pub struct Entry {
    pub version: Version,
    pub date: Date,
    /// Empty for a contract's first release, and where only descriptions changed.
    pub findings: Vec<Finding>,
}

/// Every release, by contract name.
#[derive(Clone, Debug, Default)]
pub struct Blessed {
    pub contracts: BTreeMap<String, Vec<Release>>,
    /// Where the folder and its index contradict each other.
    mistakes: Vec<String>,
}

impl Blessed {
    /// The releases the binary was built with.
    pub fn embedded() -> Self {
        let text = |path: &str| Embedded::get(path).map(|file| String::from_utf8_lossy(&file.data).into_owned());
        Self::of(Embedded::iter().filter_map(|path| Some((path.to_string(), text(&path)?))).collect())
    }

    /// The releases of a folder laid out like `openapi/blessed/`.
    pub fn read(folder: &Path) -> Result<Self, String> {
        let mut files = BTreeMap::new();
        let mut folders = vec![folder.to_owned()];
        while let Some(inner) = folders.pop() {
            let entries = std::fs::read_dir(&inner).map_err(|error| format!("{}: {error}", inner.display()))?;
            for path in entries.flatten().map(|entry| entry.path()) {
                if path.is_dir() {
                    folders.push(path);
                    continue;
                }
                let text = std::fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
                let name = path.strip_prefix(folder).unwrap_or(&path).to_string_lossy().replace('\\', "/");
                files.insert(name, text);
            }
        }
        Ok(Self::of(files))
    }

    fn of(files: BTreeMap<String, String>) -> Self {
        let mut blessed = Self::default();
        let mut named = BTreeSet::new();
        for line in
            files.get(INDEX).map(String::as_str).unwrap_or_default().lines().filter(|line| !line.starts_with('#'))
        {
            match listed(line, &files) {
                Ok((path, contract, release)) => {
                    named.insert(path);
                    blessed.contracts.entry(contract).or_default().push(release);
                }
                Err(mistake) => blessed.mistakes.push(format!("{INDEX}: {mistake}")),
            }
        }
        let stray = files.keys().filter(|path| path.ends_with(".yaml") && !named.contains(*path));
        blessed.mistakes.extend(stray.map(|path| format!("{path} does not stand in {INDEX}")));
        blessed.contracts.values_mut().for_each(|releases| releases.sort_by_key(|release| release.version));
        blessed
    }

    pub fn latest(&self, contract: &str) -> Option<&Release> {
        self.contracts.get(contract)?.last()
    }

    /// Where files and index contradict each other: a released document that was edited, lost or slipped in.
    pub fn mistakes(&self, hash: impl Fn(&[u8]) -> String) -> Vec<String> {
        let all = self.contracts.iter().flat_map(|(name, releases)| releases.iter().map(move |one| (name, one)));
        let edited = all.filter(|(_, one)| hash(one.text.as_bytes()) != one.hash);
        let told =
            |(name, one): (&String, &Release)| format!("{name}/{}.yaml was edited after its release", one.version);
        self.mistakes.iter().cloned().chain(edited.map(told)).collect()
    }

    /// What changed with each release of a contract, the latest first.
    pub fn changelog(&self, contract: &str) -> Result<Vec<Entry>, String> {
        let (mut entries, mut before): (Vec<Entry>, Option<Value>) = (Vec::new(), None);
        for release in self.contracts.get(contract).into_iter().flatten() {
            let document = release.document()?;
            let findings = before.map(|before| diff(&before, &document, release.date)).unwrap_or_default();
            entries.push(Entry { version: release.version, date: release.date, findings });
            before = Some(document);
        }
        entries.reverse();
        Ok(entries)
    }
}

/// A line of the index: file, hash and day.
fn listed(line: &str, files: &BTreeMap<String, String>) -> Result<(String, String, Release), String> {
    let unreadable = || format!("not a file, its SHA-256 and a day: {line}");
    let [path, hash, day] = line.split_whitespace().collect::<Vec<_>>()[..] else { return Err(unreadable()) };
    let (contract, version) =
        path.strip_suffix(".yaml").and_then(|path| path.rsplit_once('/')).ok_or_else(unreadable)?;
    let release = Release {
        version: version.parse()?,
        date: day.parse().map_err(|_| unreadable())?,
        hash: hash.to_owned(),
        text: files.get(path).cloned().ok_or_else(|| format!("{path} is gone"))?,
    };
    Ok((path.to_owned(), contract.to_owned(), release))
}
