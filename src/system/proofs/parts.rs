//! Parts of artifacts whose upload broke off: kept on this node's disk until the rest has come, or for a week.
//! Each uploader has parts of its own, so that nobody can spoil another's.

use super::Artifact;
use futures_util::StreamExt;
use std::{
    collections::HashSet,
    io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
    time::{Duration, SystemTime},
};
use tokio::{
    fs,
    io::{AsyncSeekExt, AsyncWriteExt, SeekFrom},
};
use tokio_util::io::ReaderStream;

const KEPT_FOR: Duration = Duration::from_secs(7 * 24 * 3600);

pub struct Parts {
    folder: PathBuf,
    busy: Arc<Mutex<HashSet<String>>>,
}

/// Why a part was not taken.
pub enum Broken {
    /// The stream ended with an error; what came before it is kept.
    Off(String),
    TooLarge,
    Disk(io::Error),
}

impl From<io::Error> for Broken {
    fn from(error: io::Error) -> Self {
        Self::Disk(error)
    }
}

/// A part that somebody is writing to. Given back when it is dropped.
pub struct Writing {
    busy: Arc<Mutex<HashSet<String>>>,
    name: String,
    path: PathBuf,
}

impl Drop for Writing {
    fn drop(&mut self) {
        self.busy.lock().expect("no holder of this lock panics").remove(&self.name);
    }
}

impl Parts {
    pub fn open(directory: &Path) -> io::Result<Self> {
        let folder = directory.join("parts");
        std::fs::create_dir_all(&folder)?;
        Ok(Self { folder, busy: Arc::default() })
    }

    /// How much of it there is.
    pub async fn length(&self, name: &str) -> u64 {
        fs::metadata(self.folder.join(name)).await.map_or(0, |found| found.len())
    }

    /// Leave to write to this part; none while another request does.
    pub fn claim(&self, name: &str) -> Option<Writing> {
        let free = self.busy.lock().expect("no holder of this lock panics").insert(name.to_owned());
        free.then(|| Writing { busy: self.busy.clone(), name: name.to_owned(), path: self.folder.join(name) })
    }

    /// Forgets the parts that nobody has continued for a week, by the disk's own clock.
    pub async fn sweep(&self, newest: &Writing) -> io::Result<()> {
        let now = fs::metadata(&newest.path).await?.modified()?;
        let mut entries = fs::read_dir(&self.folder).await?;
        while let Some(entry) = entries.next_entry().await? {
            let touched: SystemTime = entry.metadata().await?.modified()?;
            if now.duration_since(touched).is_ok_and(|age| age > KEPT_FOR) {
                fs::remove_file(entry.path()).await?;
            }
        }
        Ok(())
    }
}

impl Writing {
    /// Writes the stream from `offset` on; what stood behind it is forgotten. Answers the length it has now. `seen`
    /// is shown every chunk that was written.
    pub async fn append(
        &self,
        offset: u64,
        mut stream: Artifact,
        largest: u64,
        mut seen: impl FnMut(&[u8]),
    ) -> Result<u64, Broken> {
        let mut file = fs::OpenOptions::new().create(true).truncate(false).write(true).open(&self.path).await?;
        file.set_len(offset).await?;
        file.seek(SeekFrom::Start(offset)).await?;
        let mut length = offset;
        while let Some(chunk) = stream.next().await {
            let chunk = match chunk {
                Ok(chunk) => chunk,
                Err(why) => {
                    file.flush().await?;
                    return Err(Broken::Off(why));
                }
            };
            length += chunk.len() as u64;
            if length > largest {
                return Err(Broken::TooLarge);
            }
            file.write_all(&chunk).await?;
            seen(&chunk);
        }
        file.flush().await?;
        Ok(length)
    }

    /// Everything that has come.
    pub async fn read(&self) -> io::Result<Artifact> {
        let file = fs::File::open(&self.path).await?;
        Ok(ReaderStream::new(file).map(|chunk| chunk.map_err(|error| error.to_string())).boxed())
    }

    /// Takes back what was written behind `length`.
    pub async fn cut(&self, length: u64) -> io::Result<()> {
        fs::OpenOptions::new().write(true).open(&self.path).await?.set_len(length).await
    }

    pub async fn forget(&self) -> io::Result<()> {
        match fs::remove_file(&self.path).await {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }
}
