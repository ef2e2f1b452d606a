//! Peers that send, or read, as slowly as they can, and come again when they are cut.

use crate::served::Served;
use std::{cell::Cell, net::SocketAddr, rc::Rc, time::Duration};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    task::spawn_local,
    time::{sleep, timeout},
};

pub struct Crowd(Rc<Cell<usize>>);

/// Large, and cheap to answer: what is slow is the reading.
const PAGE: &[u8] = b"GET /openapi/process/orders.v1.yaml HTTP/1.1\r\nhost: gateway\r\n\r\n";

/// In what a peer is slow.
#[derive(Clone, Copy)]
enum Slow {
    Head,
    Body,
    Reading,
}

impl Crowd {
    /// So many, a third of each kind.
    pub async fn gather(served: &Served, count: usize) -> Self {
        let cut = Rc::new(Cell::new(0));
        let confirmation = served.confirmation().expect("there are more").to_vec();
        for number in 0..count {
            let slow = [Slow::Head, Slow::Body, Slow::Reading][number % 3];
            let request = match slow {
                Slow::Head => served.poll.clone(),
                Slow::Body => confirmation.clone(),
                Slow::Reading => PAGE.to_vec(),
            };
            spawn_local(again_and_again(served.address, slow, request, cut.clone()));
            if number % 100 == 0 {
                sleep(Duration::from_millis(5)).await;
            }
        }
        Self(cut)
    }

    /// How often one of them was cut.
    pub fn cut(&self) -> usize {
        self.0.get()
    }
}

async fn again_and_again(address: SocketAddr, slow: Slow, request: Vec<u8>, cut: Rc<Cell<usize>>) {
    loop {
        if let Ok(stream) = TcpStream::connect(address).await {
            hang_on(stream, slow, &request).await;
            cut.set(cut.get() + 1);
        }
        sleep(Duration::from_millis(200)).await;
    }
}

/// Until the other side has had enough.
async fn hang_on(mut stream: TcpStream, slow: Slow, request: &[u8]) {
    let at_once = match slow {
        Slow::Head => 0,
        Slow::Body => request.windows(4).position(|window| window == b"\r\n\r\n").unwrap_or(0) + 4,
        Slow::Reading => request.len(),
    };
    if stream.write_all(&request[..at_once]).await.is_err() {
        return;
    }
    let mut byte = [0; 1];
    for next in request[at_once..].iter().chain(std::iter::repeat(&b' ')) {
        // A byte a second, in the direction in which it is slow; what comes the other way ends it.
        sleep(Duration::from_secs(1)).await;
        let ended = match slow {
            Slow::Reading => stream.read(&mut byte).await.map_or(true, |read| read == 0),
            _ => {
                stream.write_all(&[*next]).await.is_err()
                    || timeout(Duration::from_millis(1), stream.read(&mut byte)).await.is_ok()
            }
        };
        if ended {
            return;
        }
    }
}
