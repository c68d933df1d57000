//! Senders that do not end.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    task::JoinSet,
};

use crate::client::{Ids, body};

/// Sends deliveries with this token over so many connections, for as long as the tasks live; all are answered so. A sender
/// waits while `is_enough` says so.
pub(crate) fn keep_sending(
    address: SocketAddr,
    (token, status): (&'static str, u16),
    connections: usize,
    is_enough: impl Fn(usize) -> bool + Clone + Send + 'static,
    tasks: &mut JoinSet<()>,
) {
    static NUMBER: AtomicUsize = AtomicUsize::new(1 << 32);
    let sent = Arc::new(AtomicUsize::new(0));
    for _ in 0..connections {
        let (sent, is_enough) = (Arc::clone(&sent), is_enough.clone());
        tasks.spawn(async move {
            let mut stream = TcpStream::connect(address).await.unwrap();
            stream.set_nodelay(true).unwrap();
            let expected = format!("HTTP/1.1 {status}");
            let mut answer = [0; 1024];
            loop {
                while is_enough(sent.load(Ordering::Relaxed)) {
                    tokio::time::sleep(Duration::from_millis(1)).await;
                }
                sent.fetch_add(1, Ordering::Relaxed);
                let body = body("plain", Ids::Ordered, NUMBER.fetch_add(1, Ordering::Relaxed));
                let head = format!("host: x\r\nx-bank-token: {token}\r\ncontent-length: {}", body.len());
                let request = format!("POST /bank HTTP/1.1\r\n{head}\r\n\r\n{body}");
                // Until the server is gone.
                if stream.write_all(request.as_bytes()).await.is_err() {
                    return;
                }
                let Ok(read @ 1..) = stream.read(&mut answer).await else { return };
                assert!(answer[..read].starts_with(expected.as_bytes()), "{}", answer[..read].escape_ascii());
            }
        });
    }
}
