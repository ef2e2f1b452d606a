//! Reads a set of policy files: each against its schema, and every mistake of all of them with its file and line.

use super::{
    files::PolicyFiles,
    schema,
    written::{Lines, Place, Written},
};
use serde::de::DeserializeOwned;
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

/// Everything that is wrong with the policies, at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistakes(pub Vec<String>);

impl fmt::Display for Mistakes {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(to, "{} mistakes in the policies:", self.0.len())?;
        self.0.iter().try_for_each(|mistake| write!(to, "\n  {mistake}"))
    }
}

/// What is wrong with one file: JSON Pointers (RFC 6901), and why.
pub type Findings = Vec<(String, String)>;

/// Where everything that was read stands.
#[derive(Clone, Debug, Default)]
pub struct Places(BTreeMap<String, Lines>);

impl Places {
    /// The line of what a JSON Pointer (RFC 6901) names in a file, or of what it would stand in.
    pub fn of(&self, file: &str, pointer: &str) -> Place {
        Place { file: file.to_owned(), line: self.0.get(file).map_or(1, |lines| lines.line(pointer)) }
    }
}

/// The files being read, and what was found wrong so far.
pub struct Reader<'f> {
    files: &'f PolicyFiles,
    /// The files that were asked for.
    asked: BTreeSet<String>,
    pub places: Places,
    pub mistakes: Vec<String>,
}

impl<'f> Reader<'f> {
    pub fn of(files: &'f PolicyFiles) -> Self {
        Self { files, asked: BTreeSet::new(), places: Places::default(), mistakes: Vec::new() }
    }

    pub fn files(&self) -> &'f PolicyFiles {
        self.files
    }

    /// What a file says, if it is there and keeps to its schema.
    pub fn read<T: DeserializeOwned>(&mut self, file: &str) -> Option<T> {
        self.asked.insert(file.to_owned());
        let Some(text) = self.files.get(file) else {
            self.mistakes.push(format!("policies/{file}: the file is missing"));
            return None;
        };
        let written = match Written::read(text) {
            Ok(written) => written,
            Err(wrong) => {
                let told = |(line, why): (usize, String)| format!("policies/{file}:{line}: {why}");
                self.mistakes.extend(wrong.into_iter().map(told));
                return None;
            }
        };
        self.places.0.insert(file.to_owned(), written.lines);
        let departures = schema::departures(file, &written.value);
        departures.iter().for_each(|(pointer, what)| self.mistake(file, pointer, what));
        if !departures.is_empty() {
            return None;
        }
        toml::from_str(text).map_err(|error| self.mistake(file, "", error.message())).ok()
    }

    /// Notes the files that nobody reads: a mistyped name must not pass for a policy.
    pub fn mind_the_unread(&mut self) {
        let strange =
            |file: &&str| file.ends_with(".toml") && !file.starts_with("tests/") && !self.asked.contains(*file);
        let strange: Vec<_> = self.files.all().map(|(file, _)| file).filter(strange).collect();
        self.mistakes.extend(strange.iter().map(|file| format!("policies/{file}: there is no such policy file")));
    }

    /// Notes what is wrong with what a JSON Pointer names.
    pub fn mistake(&mut self, file: &str, pointer: &str, what: &str) {
        let place = self.places.of(file, pointer);
        let named = pointer.trim_start_matches('/').replace('/', ".").replace("~1", "/").replace("~0", "~");
        let of = if named.is_empty() { String::new() } else { format!("{named}: ") };
        self.mistakes.push(format!("{place}: {of}{what}"));
    }

    /// Notes what a file's own rules find.
    pub fn mistakes_of(&mut self, file: &str, found: Findings) {
        found.iter().for_each(|(pointer, what)| self.mistake(file, pointer, what));
    }
}
