//! A house that takes whatever follows a head for the next request: what every attacker hopes for. Behind it the stories
//! have to notice.

use super::{STAMP, Unsent};
use haulgate::spawn::Background;
use std::net::SocketAddr;
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
};

/// Opens one that tells of what comes without a stamp; answers where it is.
pub async fn open(unsent: Unsent, background: Background) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("it has an address");
    let connections = background.clone();
    drop(background.spawn(async move {
        while let Ok((wire, _)) = listener.accept().await {
            let unsent = unsent.clone();
            drop(connections.spawn(async move { drop(answer(wire, unsent).await) }));
        }
    }));
    address
}

async fn answer(wire: TcpStream, unsent: Unsent) -> std::io::Result<()> {
    let mut wire = BufReader::new(wire);
    loop {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            if wire.read_until(b'\n', &mut head).await? == 0 {
                return Ok(());
            }
        }
        let head = String::from_utf8_lossy(&head).to_lowercase();
        if !head.contains(&format!("{STAMP}: ")) {
            unsent.note(head.lines().next().unwrap_or_default());
        }
        let name = head.lines().find_map(|line| line.strip_prefix("x-correlation-id: ")).unwrap_or_default();
        let fields = format!("content-length: 0\r\nx-request-id: y\r\nx-correlation-id: {name}");
        wire.write_all(format!("HTTP/1.1 404 Not Found\r\n{fields}\r\n\r\n").as_bytes()).await?;
    }
}
