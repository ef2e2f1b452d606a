//! A private PostgreSQL for the tests: started from the installed binaries, once per run, gone when the run is.
//!
//! A shell guards the server. It holds the reading end of a pipe from the test process; when that process ends, however
//! it ends, the pipe closes, and the shell stops the server and removes its folder.

use std::{
    io::Write,
    net::{Ipv4Addr, TcpListener, TcpStream},
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::OnceLock,
    time::{Duration, Instant},
};

/// Where the server is reached, and the pipe that keeps it up.
pub struct Server {
    pub port: u16,
    _guard: Child,
}

const STARTS_WITHIN: Duration = Duration::from_secs(60);

/// The run's server, or why there is none.
pub fn server() -> Result<&'static Server, &'static str> {
    static SERVER: OnceLock<Result<Server, String>> = OnceLock::new();
    SERVER.get_or_init(|| Server::start(&binaries()?)).as_ref().map_err(String::as_str)
}

/// Says aloud, past the test runner's capture, that a story was not told on PostgreSQL; or fails if it had to be.
pub fn skip(story: &str, why: &str) {
    let required = std::env::var_os("HAULGATE_REQUIRE_POSTGRES").is_some_and(|value| value != "0");
    assert!(!required, "{story} must run on PostgreSQL, but {why}");
    let _ = writeln!(std::io::stderr(), "skipped: {story} ({why})");
}

fn binaries() -> Result<PathBuf, String> {
    let on_path =
        std::env::var_os("PATH").into_iter().flat_map(|path| std::env::split_paths(&path).collect::<Vec<_>>());
    let installed = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut installed: Vec<PathBuf> = installed.map(|version| version.path().join("bin")).collect();
    installed.sort();
    let has_both = |folder: &PathBuf| ["initdb", "postgres"].iter().all(|name| folder.join(name).is_file());
    installed.into_iter().rev().chain(on_path).find(has_both).ok_or_else(|| "no PostgreSQL binaries".to_owned())
}

impl Server {
    fn start(binaries: &Path) -> Result<Self, String> {
        let folder = tempfile::Builder::new().prefix("haulgate-pg-").tempdir().map_err(|error| error.to_string())?;
        // From here on the guard removes it.
        let folder = folder.keep();
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
            .and_then(|it| it.local_addr())
            .map_err(|e| e.to_string())?
            .port();
        let mut guard = guard(binaries, &folder, port);
        let guard = guard.spawn().map_err(|error| format!("PostgreSQL did not start: {error}"))?;
        let since = Instant::now();
        while !is_up(&folder, port) {
            if since.elapsed() > STARTS_WITHIN {
                return Err(format!("PostgreSQL did not come up; see {}", folder.join("log").display()));
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(Self { port, _guard: guard })
    }
}

/// PostgreSQL refuses to run as root: there it runs as its own user.
fn guard(binaries: &Path, folder: &Path, port: u16) -> Command {
    let script = format!(
        r#"cd "{folder}" && {binaries}/initdb -D data -U haulgate -A trust -E UTF8 --locale=C --no-sync >log 2>&1 || exit 1
        {binaries}/postgres -D data -p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= \
            -c max_connections=400 -c shared_buffers=64MB >>log 2>&1 &
        server=$!
        cat >/dev/null
        kill -QUIT $server; wait $server
        rm -rf "{folder}"/* "{folder}"; exit 0"#,
        folder = folder.display(),
        binaries = binaries.display(),
    );
    let is_root = Command::new("id").arg("-u").output().is_ok_and(|answer| answer.stdout.starts_with(b"0\n"));
    let mut command = if is_root {
        let _ = Command::new("chown").arg("postgres").arg(folder).status();
        let mut command = Command::new("runuser");
        command.args(["-u", "postgres", "--", "sh", "-c", &script]);
        command
    } else {
        let mut command = Command::new("sh");
        command.args(["-c", &script]);
        command
    };
    // A group of its own: Ctrl-C reaches the tests, and through the pipe the guard.
    command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).process_group(0);
    command
}

fn is_up(folder: &Path, port: u16) -> bool {
    let log = std::fs::read_to_string(folder.join("log")).unwrap_or_default();
    log.contains("ready to accept connections") && TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok()
}
