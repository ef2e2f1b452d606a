//! A private Redis for a story: started from the installed binary on a free port, killed when the story is told.

use std::{
    io::Write,
    net::{Ipv4Addr, TcpListener, TcpStream},
    path::PathBuf,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

const STARTS_WITHIN: Duration = Duration::from_secs(10);

/// A server that keeps nothing on disk: stopped and started again, it has forgotten everything.
pub struct Redis {
    port: u16,
    process: Option<Child>,
}

impl Redis {
    /// One that runs; or why there is none.
    pub fn start() -> Result<Self, String> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map_err(|error| error.to_string())?;
        let port = listener.local_addr().map_err(|error| error.to_string())?.port();
        drop(listener);
        let mut redis = Self { port, process: None };
        redis.start_again()?;
        Ok(redis)
    }

    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    pub fn stop(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.kill().expect("it runs");
            process.wait().expect("it ends");
        }
    }

    pub fn start_again(&mut self) -> Result<(), String> {
        let binary = binary()?;
        let mut server = Command::new(binary);
        server.args(["--port", &self.port.to_string(), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]);
        server.args(["--dir", &std::env::temp_dir().to_string_lossy()]).stdout(Stdio::null()).stderr(Stdio::null());
        self.process = Some(server.spawn().map_err(|error| error.to_string())?);
        let since = Instant::now();
        while TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).is_err() {
            if since.elapsed() > STARTS_WITHIN {
                return Err("Redis did not come up".to_owned());
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        Ok(())
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Says aloud that a story was not told with Redis; or fails if it had to be.
pub fn skip(story: &str, why: &str) {
    let required = std::env::var_os("HAULGATE_REQUIRE_REDIS").is_some_and(|value| value != "0");
    assert!(!required, "{story} must run with Redis, but {why}");
    let _ = writeln!(std::io::stderr(), "skipped: {story} ({why})");
}

fn binary() -> Result<PathBuf, String> {
    let folders = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&folders).map(|folder| folder.join("redis-server")).find(|file| file.is_file());
    found.ok_or_else(|| "there is no redis-server".to_owned())
}
