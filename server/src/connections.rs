//! Connections: accepted, bounded in number and patience, drained at the end.
//!
//! `axum::serve` has no limit for the time that a client takes to send its
//! headers; a handful of slow ones would hold all connections. hyper's own
//! limit begins with the first bytes, and for HTTP/1 only: [`silence`] covers
//! those who send nothing, stop within the first words, or idle on HTTP/2.

use std::{
    convert::Infallible,
    io,
    net::SocketAddr,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use axum::{
    Router,
    body::{Body, Bytes, HttpBody},
    extract::connect_info::IntoMakeServiceWithConnectInfo,
    response::Response,
};
use http::Request;
use http_body::{Frame, SizeHint};
use hyper::body::Incoming;
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::{conn::auto, graceful::GracefulShutdown},
    service::TowerToHyperService,
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{Semaphore, watch},
};
use tokio_util::sync::CancellationToken;
use tower::{Service, ServiceExt};

/// What a client may take.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// How long it may take to send a request's headers, counted from the end
    /// of its last request, or from the beginning: an idle connection ends
    /// then, too.
    pub headers_within: Duration,
    /// Open connections of all clients; more wait to be accepted.
    pub connections_max: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            headers_within: Duration::from_secs(30),
            connections_max: 10_000,
        }
    }
}

/// How long to wait when the system has no room for another connection.
const PAUSE: Duration = Duration::from_millis(500);

type MakeService = IntoMakeServiceWithConnectInfo<Router, SocketAddr>;
type Made = <MakeService as Service<SocketAddr>>::Response;

/// Answers on each connection until `stop` is cancelled; then lets what is
/// under way end.
pub async fn answer(
    listener: TcpListener,
    mut app: MakeService,
    limits: Limits,
    stop: CancellationToken,
) {
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.headers_within);
    let room = Arc::new(Semaphore::new(limits.connections_max));
    let graceful = GracefulShutdown::new();
    loop {
        let accepted = tokio::select! {
            () = stop.cancelled() => break,
            accepted = accept(&listener, &room) => accepted,
        };
        let Some((stream, peer, place)) = accepted else {
            continue;
        };
        let Ok(service) = made(&mut app, peer).await;
        let requests = Arc::new(watch::Sender::new(0));
        let silent = silence(requests.subscribe(), limits.headers_within);
        let service = tower::service_fn(move |request| {
            served(service.clone(), request, UnderWay::new(&requests))
        });
        let connection = builder
            .serve_connection(TokioIo::new(stream), TowerToHyperService::new(service))
            .into_owned();
        let connection = graceful.watch(connection);
        tokio::spawn(async move {
            tokio::select! {
                ended = connection => {
                    // Clients go away at any moment; that is no news.
                    if let Err(error) = ended {
                        tracing::trace!(error, "a connection ended");
                    }
                }
                () = silent => tracing::trace!("a silent connection was closed"),
            }
            drop(place);
        });
    }
    drop(listener);
    graceful.shutdown().await;
}

/// A request that is under way, until the last of its answer was sent or given
/// up.
struct UnderWay(Arc<watch::Sender<usize>>);

impl UnderWay {
    fn new(requests: &Arc<watch::Sender<usize>>) -> Self {
        requests.send_modify(|n| *n += 1);
        Self(Arc::clone(requests))
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.send_modify(|n| *n -= 1);
    }
}

/// An answer's body, which keeps its request under way.
struct Counted {
    body: Body,
    _request: UnderWay,
}

impl HttpBody for Counted {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// Answers one request, which is under way meanwhile.
async fn served(
    service: Made,
    request: Request<Incoming>,
    under_way: UnderWay,
) -> Result<Response, Infallible> {
    let answer = service.oneshot(request).await?;
    Ok(answer.map(|body| {
        Body::new(Counted {
            body,
            _request: under_way,
        })
    }))
}

/// Ends when no request was under way for `patience`.
async fn silence(mut requests: watch::Receiver<usize>, patience: Duration) {
    loop {
        let idle = *requests.borrow_and_update() == 0;
        let changed = if idle {
            match tokio::time::timeout(patience, requests.changed()).await {
                Ok(changed) => changed,
                Err(_) => return,
            }
        } else {
            requests.changed().await
        };
        // The connection has ended, and this with it.
        if changed.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

type Place = tokio::sync::OwnedSemaphorePermit;

/// The next connection, once there is room; `None` where one came to nothing.
async fn accept(
    listener: &TcpListener,
    room: &Arc<Semaphore>,
) -> Option<(TcpStream, SocketAddr, Place)> {
    let place = Arc::clone(room).acquire_owned().await.ok()?;
    match listener.accept().await {
        Ok((stream, peer)) => {
            // Without it, small pieces of a stream wait for one another.
            let _ = stream.set_nodelay(true);
            Some((stream, peer, place))
        }
        Err(error) if is_the_clients(&error) => None,
        Err(error) => {
            tracing::warn!(%error, "a connection could not be accepted; trying again");
            tokio::time::sleep(PAUSE).await;
            None
        }
    }
}

/// Whether the client has gone before it was accepted.
fn is_the_clients(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionRefused
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
    )
}

/// The service for one connection, which knows the address of its client.
async fn made(app: &mut MakeService, peer: SocketAddr) -> Result<Made, Infallible> {
    ServiceExt::<SocketAddr>::ready(app).await?.call(peer).await
}

#[cfg(test)]
mod tests {
    use axum::routing::get;
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        task::JoinHandle,
    };

    use super::*;

    async fn start(limits: Limits) -> (SocketAddr, CancellationToken, JoinHandle<()>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let stop = CancellationToken::new();
        let app = Router::new()
            .route("/", get(|| async { "here" }))
            .route("/slow", get(slow))
            .into_make_service_with_connect_info::<SocketAddr>();
        let server = tokio::spawn(answer(listener, app, limits, stop.clone()));
        (address, stop, server)
    }

    /// Answers in two pieces, with a longer silence between them than a client
    /// may keep.
    async fn slow() -> Body {
        Body::from_stream(futures::stream::unfold(0, |n| async move {
            tokio::time::sleep(PATIENCE * n * 3 / 2).await;
            (n < 2).then(|| (Ok::<_, Infallible>(format!("piece {n};")), n + 1))
        }))
    }

    async fn asked(address: SocketAddr) -> String {
        let mut client = TcpStream::connect(address).await.unwrap();
        client
            .write_all(b"GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n")
            .await
            .unwrap();
        let mut answer = String::new();
        client.read_to_string(&mut answer).await.unwrap();
        answer
    }

    /// Short for a server, and long for a client that means to ask.
    const PATIENCE: Duration = Duration::from_secs(2);

    #[tokio::test]
    async fn a_client_that_dawdles_makes_room_for_the_next() {
        let (address, stop, server) = start(Limits {
            headers_within: PATIENCE,
            connections_max: 1,
        })
        .await;
        let preface = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
        let settings = [0, 0, 0, 4, 0, 0, 0, 0, 0];
        for said in [
            b"GET / HTTP/1.1\r\nhost: a\r\n".to_vec(),
            Vec::new(),
            // The beginning of either protocol.
            b"P".to_vec(),
            // HTTP/2 without a request.
            [preface.as_slice(), &settings].concat(),
        ] {
            let mut slow = TcpStream::connect(address).await.unwrap();
            slow.write_all(&said).await.unwrap();
            assert!(asked(address).await.ends_with("here"), "{said:?}");
            let mut rest = Vec::new();
            // Ends, well or badly, because the server has closed it.
            let _ = slow.read_to_end(&mut rest).await;
            assert!(!String::from_utf8_lossy(&rest).contains("200 OK"));
        }
        stop.cancel();
        server.await.unwrap();
    }

    #[tokio::test]
    async fn an_answer_may_take_its_time() {
        let (address, stop, server) = start(Limits {
            headers_within: PATIENCE,
            ..Limits::default()
        })
        .await;
        let mut client = TcpStream::connect(address).await.unwrap();
        client
            .write_all(b"GET /slow HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n")
            .await
            .unwrap();
        let mut answer = String::new();
        client.read_to_string(&mut answer).await.unwrap();
        assert!(answer.contains("piece 1;"), "{answer}");
        stop.cancel();
        server.await.unwrap();
    }

    #[tokio::test]
    async fn a_stop_closes_idle_connections() {
        let (address, stop, server) = start(Limits::default()).await;
        let mut idle = TcpStream::connect(address).await.unwrap();
        idle.write_all(b"GET / HTTP/1.1\r\nhost: a\r\n\r\n")
            .await
            .unwrap();
        let mut first = [0; 15];
        idle.read_exact(&mut first).await.unwrap();
        assert_eq!(&first, b"HTTP/1.1 200 OK");
        stop.cancel();
        server.await.unwrap();
    }
}
