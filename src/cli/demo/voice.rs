//! Where the demo speaks: the process's own output, kept apart from whatever libraries print there.

use std::{
    fmt::Display,
    fs::{File, OpenOptions},
    io::{self, IsTerminal, Write},
    os::fd::AsFd,
    sync::{Arc, Mutex, PoisonError},
};

/// The one voice of the demo. Cheap to clone.
#[derive(Clone)]
pub struct Voice {
    out: Arc<Mutex<File>>,
    terminal: bool,
}

impl Voice {
    /// Takes the process's output over: from here on only what is said here is heard. The solver's library prints how
    /// it reads a problem, and has no switch for that.
    pub fn take_over() -> io::Result<Self> {
        let terminal = io::stdout().is_terminal();
        let out = File::from(io::stdout().as_fd().try_clone_to_owned()?);
        let nowhere = OpenOptions::new().write(true).open("/dev/null")?;
        rustix::stdio::dup2_stdout(&nowhere)?;
        Ok(Self { out: Arc::new(Mutex::new(out)), terminal })
    }

    /// Says a line. A line drawn over before is wiped first.
    pub fn say(&self, line: impl Display) {
        let wipe = if self.terminal { "\r\x1b[2K" } else { "" };
        self.write(&format!("{wipe}{line}\n"));
    }

    /// Draws a line that the next one replaces; says nothing where nobody looks at a terminal.
    pub fn draw(&self, line: impl Display) {
        if self.terminal {
            self.write(&format!("\r\x1b[2K{line}"));
        }
    }

    /// Nobody listening any more is no reason to stop the day.
    fn write(&self, text: &str) {
        let mut out = self.out.lock().unwrap_or_else(PoisonError::into_inner);
        drop(out.write_all(text.as_bytes()).and_then(|()| out.flush()));
    }
}
