//! Archives: the directories in which artifacts lie, one for the data that has to stay together. Each is opened when the
//! first artifact goes there.

use super::parts::Parts;
use crate::system::settings::ProofSettings;
use object_store::{ObjectStore, local::LocalFileSystem};
use std::{
    collections::{BTreeMap, HashMap},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

/// Under the store's own directory, the archives without a directory of their own.
const UNDER: &str = "archives";

/// One archive.
pub struct Archive {
    pub objects: Arc<dyn ObjectStore>,
    pub parts: Parts,
}

/// Every archive, by name. The one without a name is the store's own directory.
pub struct Archives {
    directory: PathBuf,
    elsewhere: BTreeMap<String, PathBuf>,
    open: Mutex<HashMap<String, Arc<Archive>>>,
}

impl Archives {
    /// Fails where a directory that the settings name cannot be used.
    pub fn open(settings: &ProofSettings) -> Result<Self, String> {
        let archives = Self {
            directory: settings.directory.clone(),
            elsewhere: settings.archives.clone(),
            open: Mutex::default(),
        };
        for name in [""].into_iter().chain(settings.archives.keys().map(String::as_str)) {
            archives.of(name).map_err(|error| format!("proofs: cannot use the directory: {error}"))?;
        }
        Ok(archives)
    }

    /// The archive of this name.
    pub fn of(&self, name: &str) -> Result<Arc<Archive>, String> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(archive) = open.get(name) {
            return Ok(archive.clone());
        }
        let archive = Arc::new(Archive::open(&self.directory_of(name))?);
        open.insert(name.to_owned(), archive.clone());
        Ok(archive)
    }

    fn directory_of(&self, name: &str) -> PathBuf {
        match self.elsewhere.get(name) {
            Some(directory) => directory.clone(),
            None if name.is_empty() => self.directory.clone(),
            None => self.directory.join(UNDER).join(name),
        }
    }
}

impl Archive {
    fn open(directory: &Path) -> Result<Self, String> {
        std::fs::create_dir_all(directory).map_err(|error| error.to_string())?;
        let objects = LocalFileSystem::new_with_prefix(directory).map_err(|error| error.to_string())?;
        let parts = Parts::open(directory).map_err(|error| error.to_string())?;
        Ok(Self { objects: Arc::new(objects.with_fsync(true)), parts })
    }
}
