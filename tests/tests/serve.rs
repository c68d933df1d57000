//! `webhooks.serve` over real TCP: clients that leave, clients that dawdle, and the end.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may")]

use std::{
    fmt::Write as _,
    io,
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::Duration,
};

use http_body_util::BodyExt;
use switchhook::{
    AllowFrom, Endpoint, State, Webhooks, handlers,
    provider::argyle::{Argyle, IdentityIds},
    testing::request,
    webhook_handler,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::{Notify, oneshot},
};

/// What a handler and its test tell each other.
#[derive(Clone, Default)]
struct Signals {
    started: Arc<Notify>,
    go_on: Arc<Notify>,
    finished: Arc<Notify>,
}

#[webhook_handler("identities.updated")]
async fn waiting(State(signals): State<Signals>) {
    signals.started.notify_one();
    signals.go_on.notified().await;
    signals.finished.notify_one();
}

#[webhook_handler("identities.added")]
async fn quick() {}

fn webhooks(signals: &Signals) -> Webhooks {
    Webhooks::builder()
        .endpoint(Endpoint::new(Argyle::new("s3cr3t"), handlers![waiting, quick]))
        .endpoint(
            Endpoint::new(Argyle::new("s3cr3t"), handlers![quick])
                .named("local")
                .allow_from(AllowFrom::addresses(["127.0.0.1".parse().unwrap()])),
        )
        .endpoint(
            Endpoint::new(Argyle::new("s3cr3t"), handlers![quick])
                .named("remote")
                .allow_from(AllowFrom::addresses(["192.0.2.1".parse().unwrap()])),
        )
        .state(signals.clone())
        .build()
        .unwrap()
}

async fn listen() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    (listener, address)
}

/// A request of Argyle's, as bytes.
async fn wire(endpoint: &str, event: &str) -> Vec<u8> {
    let (head, body) = request(&Argyle::new("s3cr3t"), event, &IdentityIds::default()).into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    let mut text = format!("POST /{endpoint} HTTP/1.1\r\nhost: x\r\ncontent-length: {}\r\n", body.len());
    for (name, value) in &head.headers {
        write!(text, "{name}: {}\r\n", value.to_str().unwrap()).unwrap();
    }
    let mut bytes = (text + "\r\n").into_bytes();
    bytes.extend_from_slice(&body);
    bytes
}

/// Reads one answer's head, up to the empty line, and gives the status.
async fn status(stream: &mut TcpStream) -> io::Result<u16> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await?);
    }
    let head = String::from_utf8(head).unwrap().to_lowercase();
    let length: usize = head
        .split("content-length: ")
        .nth(1)
        .map_or(0, |rest| rest.split("\r\n").next().unwrap().parse().unwrap());
    stream.read_exact(&mut vec![0; length]).await?;
    Ok(head.split(' ').nth(1).unwrap().parse().unwrap())
}

async fn send(address: SocketAddr, endpoint: &str, event: &str) -> (TcpStream, u16) {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(&wire(endpoint, event).await).await.unwrap();
    let status = status(&mut stream).await.unwrap();
    (stream, status)
}

#[tokio::test]
async fn a_handler_finishes_though_its_client_hangs_up() {
    let signals = Signals::default();
    let webhooks = webhooks(&signals);
    let (listener, address) = listen().await;
    let serve = webhooks.serve(listener, webhooks.router()).until(std::future::pending());
    let client = async {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(&wire("argyle", "identities.updated").await).await.unwrap();
        signals.started.notified().await;
        drop(stream);
        // Each of these is answered after the server has seen the end of the first connection.
        for _ in 0..10 {
            assert_eq!(send(address, "argyle", "identities.added").await.1, 200);
        }
        signals.go_on.notify_one();
        signals.finished.notified().await;
    };
    tokio::select! {
        () = serve => unreachable!("nobody stops it"),
        () = client => {}
    }
}

#[tokio::test]
async fn a_running_request_is_answered_after_the_signal() {
    let signals = Signals::default();
    let webhooks = webhooks(&signals);
    let (listener, address) = listen().await;
    let (stop, stopped) = oneshot::channel::<()>();
    let serve = webhooks.serve(listener, webhooks.router()).until(async { stopped.await.unwrap() });
    let client = async {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(&wire("argyle", "identities.updated").await).await.unwrap();
        let (mut idle, before) = send(address, "argyle", "identities.added").await;
        assert_eq!(before, 200);
        signals.started.notified().await;
        stop.send(()).unwrap();
        assert_eq!(idle.read(&mut [0]).await.unwrap(), 0, "a connection without a request is closed");
        signals.go_on.notify_one();
        assert_eq!(status(&mut stream).await.unwrap(), 200);
        assert_eq!(stream.read(&mut [0]).await.unwrap(), 0, "and then closed too");
    };
    tokio::join!(serve, client);
}

#[tokio::test]
async fn the_drain_has_a_deadline() {
    let signals = Signals::default();
    let webhooks = webhooks(&signals);
    let (listener, address) = listen().await;
    let (stop, stopped) = oneshot::channel::<()>();
    let serve = webhooks
        .serve(listener, webhooks.router())
        .drain_timeout(Duration::from_millis(50))
        .until(async { stopped.await.unwrap() });
    let client = async {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(&wire("argyle", "identities.updated").await).await.unwrap();
        signals.started.notified().await;
        stop.send(()).unwrap();
        assert!(status(&mut stream).await.is_err(), "it is cut off");
    };
    tokio::join!(serve, client);
}

#[tokio::test]
async fn a_head_must_come_in_time_and_so_must_the_first_byte() {
    let webhooks = webhooks(&Signals::default());
    let (listener, address) = listen().await;
    let serve = webhooks
        .serve(listener, webhooks.router())
        .header_timeout(Duration::from_millis(100))
        .until(std::future::pending());
    let clients = async {
        for sent in [&b""[..], b"POST /argyle HT", b"POST /argyle HTTP/1.1\r\nhost: x\r\n"] {
            let mut stream = TcpStream::connect(address).await.unwrap();
            stream.write_all(sent).await.unwrap();
            let mut rest = Vec::new();
            stream.read_to_end(&mut rest).await.unwrap();
            assert!(rest.is_empty() || rest.starts_with(b"HTTP/1.1 408"), "{rest:?}");
        }
        assert_eq!(send(address, "argyle", "identities.added").await.1, 200);
    };
    tokio::select! {
        () = serve => unreachable!("nobody stops it"),
        () = clients => {}
    }
}

#[tokio::test]
async fn one_connection_more_than_allowed_waits() {
    let webhooks = webhooks(&Signals::default());
    let (listener, address) = listen().await;
    let serve = webhooks.serve(listener, webhooks.router()).max_connections(1).until(std::future::pending());
    let clients = async {
        let (mut first, answered) = send(address, "argyle", "identities.added").await;
        assert_eq!(answered, 200);
        let mut second = TcpStream::connect(address).await.unwrap();
        second.write_all(&wire("argyle", "identities.added").await).await.unwrap();
        // The first one is served meanwhile, on its own connection.
        for _ in 0..10 {
            first.write_all(&wire("argyle", "identities.added").await).await.unwrap();
            assert_eq!(status(&mut first).await.unwrap(), 200);
        }
        assert_eq!(second.try_read(&mut [0]).unwrap_err().kind(), io::ErrorKind::WouldBlock);
        drop(first);
        assert_eq!(status(&mut second).await.unwrap(), 200);
    };
    tokio::select! {
        () = serve => unreachable!("nobody stops it"),
        () = clients => {}
    }
}

#[tokio::test]
async fn the_address_of_the_connection_reaches_allow_from() {
    let webhooks = webhooks(&Signals::default());
    let (listener, address) = listen().await;
    let serve = webhooks.serve(listener, webhooks.router()).until(std::future::pending());
    let clients = async {
        assert_eq!(send(address, "local", "identities.added").await.1, 200);
        assert_eq!(send(address, "remote", "identities.added").await.1, 401);
    };
    tokio::select! {
        () = serve => unreachable!("nobody stops it"),
        () = clients => {}
    }
}

#[tokio::test]
async fn run_until_lets_running_handlers_finish() {
    let signals = Signals::default();
    let webhooks = webhooks(&signals);
    let endpoint = webhooks.endpoint("argyle").unwrap();
    let (stop, stopped) = oneshot::channel::<()>();
    let order = Mutex::new(Vec::new());
    let delivered = async {
        let request = request(&Argyle::new("s3cr3t"), "identities.updated", &IdentityIds::default());
        let response = tower::ServiceExt::oneshot(endpoint, request).await.unwrap();
        order.lock().unwrap().push(response.status().as_u16());
    };
    let ended = async {
        webhooks.run_until(async { stopped.await.unwrap() }).await;
        order.lock().unwrap().push(0);
    };
    let conductor = async {
        signals.started.notified().await;
        stop.send(()).unwrap();
        signals.go_on.notify_one();
    };
    tokio::join!(delivered, ended, conductor);
    assert_eq!(*order.lock().unwrap(), [200, 0]);
}
