//! A small client of the API, and of its streams.

use eventsource_stream::{Event, Eventsource};
use futures::StreamExt;
use reqwest::{Method, RequestBuilder, Response, header::HeaderMap};
use serde_json::Value;

#[derive(Clone)]
pub struct Client {
    base: String,
    token: Option<String>,
    http: reqwest::Client,
}

/// A whole answer.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Value,
}

impl Answer {
    pub async fn read(response: Response) -> Self {
        let status = response.status().as_u16();
        let headers = response.headers().clone();
        let text = response.text().await.unwrap();
        let body = serde_json::from_str(&text).unwrap_or(Value::String(text));
        Self {
            status,
            headers,
            body,
        }
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }

    /// Asserts the status and gives the body.
    #[track_caller]
    pub fn expect(self, status: u16) -> Value {
        assert_eq!(self.status, status, "{:#}", self.body);
        self.body
    }

    /// Asserts a problem of this status, and that it names these fields.
    #[track_caller]
    pub fn refused(self, status: u16, fields: &[&str]) -> Value {
        assert_eq!(self.status, status, "{:#}", self.body);
        assert_eq!(self.header("content-type"), "application/problem+json");
        for part in ["type", "title", "detail", "code"] {
            assert!(self.body[part].is_string(), "{part} in {:#}", self.body);
        }
        assert_eq!(self.body["status"], status);
        let errors = self.body["errors"].as_array().cloned().unwrap_or_default();
        let named: Vec<_> = errors.iter().filter_map(|e| e["field"].as_str()).collect();
        assert_eq!(named, fields, "{:#}", self.body);
        self.body
    }
}

impl Client {
    pub fn new(base: &str, token: Option<String>) -> Self {
        // Where no server was started in this process, nobody else has.
        drop(rustls::crypto::ring::default_provider().install_default());
        Self {
            base: base.to_owned(),
            token,
            http: reqwest::Client::builder()
                .redirect(reqwest::redirect::Policy::none())
                .no_proxy()
                .build()
                .unwrap(),
        }
    }

    /// A request; `path` begins with `/` and stands below `/api/v2`.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.anywhere(method, &format!("/api/v2{path}"))
    }

    /// A request to any path of the server.
    pub fn anywhere(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.http.request(method, format!("{}{path}", self.base));
        match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    pub async fn send(&self, request: RequestBuilder) -> Answer {
        Answer::read(request.send().await.unwrap()).await
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send(self.request(Method::GET, path)).await
    }

    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        self.send(self.request(Method::POST, path).json(body)).await
    }

    pub async fn patch(&self, path: &str, body: &Value) -> Answer {
        self.send(self.request(Method::PATCH, path).json(body))
            .await
    }

    pub async fn delete(&self, path: &str) -> Answer {
        self.send(self.request(Method::DELETE, path)).await
    }

    /// Asks for a change of what is still at `version`.
    pub async fn matching(&self, method: Method, path: &str, version: i64, body: &Value) -> Answer {
        let request = self
            .request(method, path)
            .header("if-match", version.to_string());
        self.send(request.json(body)).await
    }

    /// Posts bytes as they are.
    pub async fn post_raw(&self, path: &str, kind: &str, body: impl Into<Vec<u8>>) -> Answer {
        let request = self
            .request(Method::POST, path)
            .header("content-type", kind)
            .body(body.into());
        self.send(request).await
    }

    /// Opens a stream of events.
    pub async fn open(&self, path: &str, last_event_id: Option<&str>) -> Response {
        let mut request = self.request(Method::GET, path);
        if let Some(id) = last_event_id {
            request = request.header("last-event-id", id);
        }
        request.send().await.unwrap()
    }

    /// Reads a stream to its end.
    pub async fn events(&self, path: &str, last_event_id: Option<&str>) -> Vec<Event> {
        let response = self.open(path, last_event_id).await;
        assert_eq!(response.status(), 200);
        to_end(response).await
    }
}

/// All events up to the end of the stream.
pub async fn to_end(response: Response) -> Vec<Event> {
    response
        .bytes_stream()
        .eventsource()
        .map(|event| event.unwrap())
        .collect()
        .await
}
