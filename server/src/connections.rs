//! Connections: accepted, bounded in number and patience, drained at the end.
//!
//! `axum::serve` has no limit for the time that a client takes to send its
//! headers; a handful of slow ones would hold all connections.

use std::{convert::Infallible, io, net::SocketAddr, sync::Arc, time::Duration};

use axum::{Router, extract::connect_info::IntoMakeServiceWithConnectInfo};
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
    /// of its last request: an idle connection ends then, too.
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
        let connection = builder
            .serve_connection(TokioIo::new(stream), TowerToHyperService::new(service))
            .into_owned();
        let connection = graceful.watch(connection);
        tokio::spawn(async move {
            // Clients go away at any moment; that is no news.
            if let Err(error) = connection.await {
                tracing::trace!(error, "a connection ended");
            }
            drop(place);
        });
    }
    drop(listener);
    graceful.shutdown().await;
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
async fn made(
    app: &mut MakeService,
    peer: SocketAddr,
) -> Result<<MakeService as Service<SocketAddr>>::Response, Infallible> {
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
            .into_make_service_with_connect_info::<SocketAddr>();
        let server = tokio::spawn(answer(listener, app, limits, stop.clone()));
        (address, stop, server)
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

    #[tokio::test]
    async fn a_client_that_dawdles_makes_room_for_the_next() {
        let (address, stop, server) = start(Limits {
            headers_within: Duration::from_millis(200),
            connections_max: 1,
        })
        .await;
        let mut slow = TcpStream::connect(address).await.unwrap();
        slow.write_all(b"GET / HTTP/1.1\r\nhost: a\r\n")
            .await
            .unwrap();
        assert!(asked(address).await.ends_with("here"));
        let mut rest = Vec::new();
        // Ends, well or badly, because the server has closed it.
        let _ = slow.read_to_end(&mut rest).await;
        assert!(!String::from_utf8_lossy(&rest).contains("200 OK"));
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
