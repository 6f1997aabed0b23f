//! `/metrics`, and what the server itself counts for it: requests and open
//! streams. The engine counts the rest.

use std::time::Instant;

use axum::{
    extract::{MatchedPath, Request, State},
    http::{Method, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use federation::{Engine, metrics};
use prometheus::{HistogramOpts, HistogramVec, IntCounterVec, IntGauge, Opts, Registry};

use crate::problem::Problem;

/// Bounds for requests, in seconds.
const REQUEST_SECONDS: [f64; 10] = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0, 30.0];

/// The server's own counters. Cheap to clone.
#[derive(Clone, Debug)]
pub struct HttpMetrics {
    requests: IntCounterVec,
    seconds: HistogramVec,
    streams: IntGauge,
}

impl HttpMetrics {
    /// Makes them and registers them with the engine's.
    pub fn new(registry: &Registry) -> prometheus::Result<Self> {
        let metrics = Self {
            requests: IntCounterVec::new(
                Opts::new(
                    "inter_hub_http_requests_total",
                    "Requests that were answered.",
                ),
                &["method", "route", "status"],
            )?,
            seconds: HistogramVec::new(
                HistogramOpts::new(
                    "inter_hub_http_request_duration_seconds",
                    "Time until the answer began; of an event stream, not until its end.",
                )
                .buckets(REQUEST_SECONDS.to_vec()),
                &["method", "route"],
            )?,
            streams: IntGauge::new(
                "inter_hub_event_streams",
                "Event streams that clients hold open.",
            )?,
        };
        registry.register(Box::new(metrics.requests.clone()))?;
        registry.register(Box::new(metrics.seconds.clone()))?;
        registry.register(Box::new(metrics.streams.clone()))?;
        Ok(metrics)
    }

    /// Counts a stream as open until what is given is dropped.
    pub fn stream(&self) -> OpenStream {
        self.streams.inc();
        OpenStream(self.streams.clone())
    }
}

/// A stream that is open.
#[derive(Debug)]
pub struct OpenStream(IntGauge);

impl Drop for OpenStream {
    fn drop(&mut self) {
        self.0.dec();
    }
}

/// Counts each request under the pattern of its path: a path itself would make
/// a series of each id.
pub async fn count(State(metrics): State<HttpMetrics>, request: Request, next: Next) -> Response {
    let method = known(request.method());
    let route = request.extensions().get::<MatchedPath>().cloned();
    let is_built = request.uri().path().starts_with("/pkg/");
    let begun = Instant::now();
    let response = next.run(request).await;
    let route = match &route {
        Some(route) => route.as_str(),
        None if is_built => "/pkg",
        None => "none",
    };
    metrics
        .requests
        .with_label_values(&[method, route, response.status().as_str()])
        .inc();
    metrics
        .seconds
        .with_label_values(&[method, route])
        .observe(begun.elapsed().as_secs_f64());
    response
}

/// A client may invent methods.
fn known(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}

/// `GET /metrics`
pub async fn show(State(engine): State<Engine>) -> Result<Response, Problem> {
    let text = metrics::text(&engine).await?;
    Ok(([(header::CONTENT_TYPE, prometheus::TEXT_FORMAT)], text).into_response())
}
