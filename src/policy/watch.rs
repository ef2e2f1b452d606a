//! Watches the directory of the policies by looking at it again and again. A look is some thirty file times; it works
//! where the kernel's notices do not reach, such as mounted volumes and swapped links, and needs no crate.

use super::files::{PolicyFiles, files_of};
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    time::SystemTime,
};

/// What a directory looks like: length and time of every file.
type Look = BTreeMap<PathBuf, (u64, Option<SystemTime>)>;

/// A directory that is watched.
pub struct Watch {
    directory: PathBuf,
    /// What it looked like when it was read last.
    read: Look,
    /// What it looked like at the last look.
    seen: Look,
}

impl Watch {
    pub fn over(directory: PathBuf) -> Self {
        let look = look(&directory);
        Self { directory, read: look.clone(), seen: look }
    }

    /// The files, if they have changed and stood still since the last look: whoever is still writing is waited for.
    pub fn changed(&mut self) -> Option<Result<PolicyFiles, String>> {
        let now = look(&self.directory);
        let settled = now == self.seen;
        self.seen = now;
        (settled && self.seen != self.read).then(|| self.read())
    }

    /// The files as they are now.
    pub fn read(&mut self) -> Result<PolicyFiles, String> {
        // Looked at before it is read: what is written meanwhile is a change of its own.
        self.seen = look(&self.directory);
        self.read = self.seen.clone();
        PolicyFiles::from_directory(&self.directory)
    }
}

fn look(directory: &Path) -> Look {
    let files = files_of(directory).unwrap_or_default();
    let told = |path: PathBuf| {
        let about = std::fs::metadata(&path).ok();
        let told = about.map_or((0, None), |about| (about.len(), about.modified().ok()));
        (path, told)
    };
    files.into_iter().map(told).collect()
}
