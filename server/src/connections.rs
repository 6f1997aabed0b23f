//! Connections: accepted, bounded in number and patience, drained at the end.
//!
//! `axum::serve` has no limit for the time that a client takes to send its
//! headers; a handful of slow ones would hold all connections. hyper's own
//! limit begins with the first bytes and knows HTTP/1 only: [`silence`] covers
//! those who send nothing, stop within the first words, or open HTTP/2 and ask
//! nothing. An HTTP/2 client that has gone does not answer a ping.

use std::{convert::Infallible, io, net::SocketAddr, sync::Arc, time::Duration};

use axum::{Router, extract::connect_info::IntoMakeServiceWithConnectInfo};
use http::Request;
use hyper::body::Incoming;
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::{conn::auto, graceful::GracefulShutdown},
    service::TowerToHyperService,
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::Semaphore,
};
use tokio_util::sync::CancellationToken;
use tower::{Service, ServiceExt};

/// What a client may take.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// How long it may take to send a request's headers, counted from the end
    /// of its last request, or from the beginning: an idle connection of
    /// HTTP/1 ends then, too.
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
    builder
        .http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(limits.headers_within)
        .keep_alive_timeout(limits.headers_within);
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
        let asked = CancellationToken::new();
        let silent = silence(asked.clone(), limits.headers_within);
        let service = tower::service_fn(move |request: Request<Incoming>| {
            asked.cancel();
            service.clone().oneshot(request)
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

/// Ends when nothing was asked for `patience`; never once something was.
async fn silence(asked: CancellationToken, patience: Duration) {
    if tokio::time::timeout(patience, asked.cancelled())
        .await
        .is_ok()
    {
        std::future::pending::<()>().await;
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
            .route("/large", get(|| async { vec![b'x'; LARGE] }))
            .into_make_service_with_connect_info::<SocketAddr>();
        let server = tokio::spawn(answer(listener, app, limits, stop.clone()));
        (address, stop, server)
    }

    const LARGE: usize = 64 * 1024 * 1024;

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
    async fn an_answer_may_be_read_slowly() {
        let patience = PATIENCE / 2;
        let (address, stop, server) = start(Limits {
            headers_within: patience,
            ..Limits::default()
        })
        .await;
        let mut client = TcpStream::connect(address).await.unwrap();
        client
            .write_all(b"GET /large HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n")
            .await
            .unwrap();
        let mut answer = vec![0; 15];
        client.read_exact(&mut answer).await.unwrap();
        // Far more than any buffer on the way holds is not sent yet.
        tokio::time::sleep(patience * 2).await;
        client.read_to_end(&mut answer).await.unwrap();
        assert!(answer.len() > LARGE, "{}", answer.len());
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
