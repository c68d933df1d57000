//! A sender of forgeries.

use std::net::SocketAddr;

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    task::JoinSet,
};

use crate::client::{Ids, body};

/// Sends forged deliveries over 8 connections, for as long as the tasks live.
pub(crate) fn flood(address: SocketAddr, tasks: &mut JoinSet<()>) {
    for _ in 0..8 {
        tasks.spawn(async move {
            let mut stream = TcpStream::connect(address).await.unwrap();
            stream.set_nodelay(true).unwrap();
            let body = body("plain", Ids::Random, 0);
            let head = format!("host: x\r\nx-bank-token: forged\r\ncontent-length: {}", body.len());
            let request = format!("POST /bank HTTP/1.1\r\n{head}\r\n\r\n{body}");
            let mut answer = [0; 1024];
            // Until the server is gone.
            while stream.write_all(request.as_bytes()).await.is_ok()
                && let Ok(read @ 1..) = stream.read(&mut answer).await
            {
                assert!(answer[..read].starts_with(b"HTTP/1.1 401"), "{}", answer[..read].escape_ascii());
            }
        });
    }
}
