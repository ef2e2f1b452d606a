//! nginx and HAProxy in front of a house: each started from the installed binary on free ports, with as little said as it
//! takes, and killed when the story is told. What they send on bears a stamp, and nothing else does.

use std::{
    io::Write,
    net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};
use tempfile::TempDir;

/// The field that each request passed on bears, and that callers cannot set.
pub const STAMP: &str = "x-stamp";
const STARTS_WITHIN: Duration = Duration::from_secs(10);

/// A proxy that keeps its connections to the house and shares them among its callers.
pub struct Front {
    /// Where it takes HTTP/1.1.
    pub plain: SocketAddr,
    /// Where it takes HTTP/2.
    pub framed: SocketAddr,
    process: Child,
    _folder: TempDir,
}

impl Front {
    pub fn nginx(house: SocketAddr) -> Result<Self, String> {
        let binary = binary("nginx")?;
        Self::start(|folder, plain, framed| {
            let file = folder.join("nginx.conf");
            std::fs::write(&file, nginx(house, plain, framed)).expect("a file in a folder of ours");
            let mut command = Command::new(binary);
            command.arg("-p").arg(folder).arg("-c").arg(file).args(["-e", "stderr"]);
            command
        })
    }

    pub fn haproxy(house: SocketAddr) -> Result<Self, String> {
        let binary = binary("haproxy")?;
        Self::start(|folder, plain, framed| {
            let file = folder.join("haproxy.cfg");
            std::fs::write(&file, haproxy(house, plain, framed)).expect("a file in a folder of ours");
            let mut command = Command::new(binary);
            command.arg("-db").arg("-f").arg(file);
            command
        })
    }

    fn start(command: impl FnOnce(&Path, SocketAddr, SocketAddr) -> Command) -> Result<Self, String> {
        let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
        let (plain, framed) = free_ports()?;
        let log = std::fs::File::create(folder.path().join("log")).map_err(|error| error.to_string())?;
        let process =
            command(folder.path(), plain, framed).stdin(Stdio::null()).stdout(Stdio::null()).stderr(log).spawn();
        let front = Self { plain, framed, process: process.map_err(|error| error.to_string())?, _folder: folder };
        let since = Instant::now();
        while [plain, framed].iter().any(|address| TcpStream::connect(address).is_err()) {
            if since.elapsed() > STARTS_WITHIN {
                let log = std::fs::read_to_string(front._folder.path().join("log")).unwrap_or_default();
                return Err(format!("it did not come up: {log}"));
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        Ok(front)
    }
}

impl Drop for Front {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

/// Says aloud that a story was not told behind a proxy; or fails if it had to be.
pub fn skip(story: &str, why: &str) {
    let required = std::env::var_os("HAULGATE_REQUIRE_PROXIES").is_some_and(|value| value != "0");
    assert!(!required, "{story} must run behind a proxy, but {why}");
    let _ = writeln!(std::io::stderr(), "skipped: {story} ({why})");
}

fn binary(name: &str) -> Result<PathBuf, String> {
    let folders = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::env::split_paths(&folders).chain([PathBuf::from("/usr/sbin")]);
    folders.map(|folder| folder.join(name)).find(|file| file.is_file()).ok_or_else(|| format!("there is no {name}"))
}

fn free_ports() -> Result<(SocketAddr, SocketAddr), String> {
    let bind = || TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map_err(|error| error.to_string());
    let (one, other) = (bind()?, bind()?);
    let address = |listener: &TcpListener| listener.local_addr().map_err(|error| error.to_string());
    Ok((address(&one)?, address(&other)?))
}

/// One process, which waits a fifth of a second for the rest of a request.
fn nginx(house: SocketAddr, plain: SocketAddr, framed: SocketAddr) -> String {
    format!(
        "daemon off; master_process off; pid nginx.pid;
        events {{ worker_connections 1024; }}
        http {{
            access_log off; client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fast;
            uwsgi_temp_path uwsgi; scgi_temp_path scgi;
            client_header_timeout 200ms; client_body_timeout 200ms; lingering_close off;
            keepalive_timeout 60s; keepalive_requests 100000;
            upstream house {{ server {house}; keepalive 8; }}
            server {{
                listen {plain}; listen {framed} http2;
                location / {{
                    proxy_pass http://house; proxy_http_version 1.1; proxy_request_buffering off;
                    proxy_set_header Connection \"\"; proxy_set_header {STAMP} $request_id;
                }}
            }}
        }}"
    )
}

fn haproxy(house: SocketAddr, plain: SocketAddr, framed: SocketAddr) -> String {
    format!(
        "global
            maxconn 1024
        defaults
            mode http
            timeout connect 5s
            timeout server 20s
            timeout client 200ms
            timeout http-request 200ms
            timeout http-keep-alive 60s
        frontend front
            bind {plain}
            bind {framed} proto h2
            http-request set-header {STAMP} %[uuid]
            default_backend house
        backend house
            http-reuse always
            server house {house}\n"
    )
}
