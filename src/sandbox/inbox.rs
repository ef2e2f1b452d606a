//! An SMTP inbox: takes every mail, delivers none, keeps them for whoever looks.

use super::faults::{Fault, Faults, Target};
use crate::spawn::Background;
use std::{
    io,
    net::{Ipv4Addr, SocketAddr},
    sync::{Arc, Mutex, PoisonError},
};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mail {
    pub from: String,
    pub to: Vec<String>,
    /// Headers and body, as they came.
    pub text: String,
}

#[derive(Clone)]
pub struct Inbox {
    address: SocketAddr,
    mails: Arc<Mutex<Vec<Mail>>>,
}

impl Inbox {
    pub(super) async fn start(background: &Background, faults: &Faults) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let inbox = Self { address: listener.local_addr()?, mails: Arc::default() };
        let (all, work, faults) = (inbox.clone(), background.clone(), faults.clone());
        background.spawn(async move {
            tokio::select! {
                () = all.listen(listener, &work, &faults) => {}
                () = work.stopping() => {}
            }
        });
        Ok(inbox)
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    pub fn mails(&self) -> Vec<Mail> {
        self.mails.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    async fn listen(&self, listener: TcpListener, background: &Background, faults: &Faults) {
        while let Ok((stream, _)) = listener.accept().await {
            let (inbox, stopping, fault) = (self.clone(), background.clone(), faults.get(Target::Inbox));
            faults.count(Target::Inbox);
            background.spawn(async move {
                tokio::select! {
                    _ = inbox.converse(stream, fault) => {}
                    () = stopping.stopping() => {}
                }
            });
        }
    }

    async fn converse(&self, stream: TcpStream, fault: Option<Fault>) -> io::Result<()> {
        let mut stream = BufReader::new(stream);
        match fault {
            Some(Fault::Hang) => std::future::pending().await,
            Some(_) => return say(&mut stream, "421 closed for maintenance").await,
            None => say(&mut stream, "220 sandbox ESMTP").await?,
        }
        let mut mail = Mail { from: String::new(), to: Vec::new(), text: String::new() };
        let mut line = String::new();
        while stream.read_line(&mut line).await? > 0 {
            let command = line.trim_end().to_owned();
            line.clear();
            match command.to_ascii_uppercase().split([' ', ':']).next() {
                Some("EHLO" | "HELO") => say(&mut stream, "250 sandbox").await?,
                Some("MAIL") => {
                    mail = Mail { from: address(&command), to: Vec::new(), text: String::new() };
                    say(&mut stream, "250 ok").await?;
                }
                Some("RCPT") => {
                    mail.to.push(address(&command));
                    say(&mut stream, "250 ok").await?;
                }
                Some("DATA") => {
                    say(&mut stream, "354 end with a dot").await?;
                    mail.text = letter(&mut stream).await?;
                    self.mails.lock().unwrap_or_else(PoisonError::into_inner).push(mail.clone());
                    say(&mut stream, "250 kept").await?;
                }
                Some("QUIT") => return say(&mut stream, "221 bye").await,
                Some("NOOP" | "RSET") => say(&mut stream, "250 ok").await?,
                _ => say(&mut stream, "502 not here").await?,
            }
        }
        Ok(())
    }
}

async fn say(stream: &mut BufReader<TcpStream>, text: &str) -> io::Result<()> {
    stream.write_all(format!("{text}\r\n").as_bytes()).await
}

async fn letter(stream: &mut BufReader<TcpStream>) -> io::Result<String> {
    let (mut text, mut line) = (String::new(), String::new());
    while stream.read_line(&mut line).await? > 0 && line.trim_end() != "." {
        text.push_str(line.strip_prefix('.').unwrap_or(&line));
        line.clear();
    }
    Ok(text)
}

fn address(command: &str) -> String {
    command
        .split_once('<')
        .and_then(|(_, rest)| rest.split_once('>'))
        .map(|(address, _)| address.to_owned())
        .unwrap_or_default()
}
