//! A server of raw bytes: it reads a request, does its steps, and closes.

use std::sync::Arc;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;

use super::Mode;

/// What is done after a request was read.
#[derive(Clone)]
pub enum Step {
    Send(Vec<u8>),
    /// Nothing more, until the client goes.
    Hang,
}

pub struct Request {
    /// Request line and headers, in lower case.
    pub head: String,
    pub body: Value,
}

pub struct Server {
    pub base: String,
    requests: mpsc::UnboundedReceiver<Request>,
    hung_up: mpsc::UnboundedReceiver<()>,
}

impl Server {
    /// Answers every connection in the same way.
    pub async fn doing(steps: Vec<Step>) -> Self {
        Self::choosing(move |_| steps.clone()).await
    }

    /// Answers each request as it deserves.
    pub async fn choosing(choose: impl Fn(&Value) -> Vec<Step> + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}/v1", listener.local_addr().unwrap());
        let (sender, requests) = mpsc::unbounded_channel();
        let (gone, hung_up) = mpsc::unbounded_channel();
        let choose = Arc::new(choose);
        tokio::spawn(async move {
            while let Ok((mut socket, _)) = listener.accept().await {
                let (sender, gone, choose) = (sender.clone(), gone.clone(), Arc::clone(&choose));
                tokio::spawn(async move {
                    let Some(request) = read_request(&mut socket).await else {
                        return;
                    };
                    let steps = choose(&request.body);
                    let _ = sender.send(request);
                    for step in &steps {
                        match step {
                            Step::Send(bytes) => {
                                if socket.write_all(bytes).await.is_err() {
                                    break;
                                }
                            }
                            Step::Hang => {
                                let _ = socket.read_to_end(&mut Vec::new()).await;
                                let _ = gone.send(());
                            }
                        }
                    }
                    let _ = socket.shutdown().await;
                });
            }
        });
        Self {
            base,
            requests,
            hung_up,
        }
    }

    pub async fn sending(bytes: impl Into<Vec<u8>>) -> Self {
        Self::doing(vec![Step::Send(bytes.into())]).await
    }

    pub async fn request(&mut self) -> Request {
        self.requests.recv().await.unwrap()
    }

    /// Waits until a client that was kept hanging has closed its connection.
    pub async fn client_is_gone(&mut self) {
        self.hung_up.recv().await.unwrap();
    }
}

async fn read_request(socket: &mut TcpStream) -> Option<Request> {
    let mut bytes = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&bytes);
        if let Some((head, _)) = text.split_once("\r\n\r\n") {
            let head = head.to_lowercase();
            let length: usize = head
                .split("content-length: ")
                .nth(1)?
                .split("\r\n")
                .next()?
                .parse()
                .ok()?;
            let start = head.len() + 4;
            while bytes.len() < start + length {
                socket
                    .read_buf(&mut bytes)
                    .await
                    .ok()
                    .filter(|read| *read > 0)?;
            }
            let body = serde_json::from_slice(&bytes[start..]).ok()?;
            return Some(Request { head, body });
        }
        socket
            .read_buf(&mut bytes)
            .await
            .ok()
            .filter(|read| *read > 0)?;
    }
}

/// A response with a body of known length.
pub fn response(status: u16, headers: &str, kind: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!("HTTP/1.1 {status} X\r\ncontent-type: {kind}\r\n{headers}content-length: {length}\r\n\r\n{body}")
        .into_bytes()
}

pub fn json_response(status: u16, body: &Value) -> Vec<u8> {
    response(status, "", "application/json", &body.to_string())
}

/// The head of an event stream whose end is the end of the connection's chunks.
pub fn stream_head() -> Vec<u8> {
    b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
        .to_vec()
}

pub fn chunk(bytes: &[u8]) -> Vec<u8> {
    [format!("{:x}\r\n", bytes.len()).as_bytes(), bytes, b"\r\n"].concat()
}

pub const LAST_CHUNK: &[u8] = b"0\r\n\r\n";

pub fn event(value: &Value) -> Vec<u8> {
    chunk(format!("data: {value}\n\n").as_bytes())
}

pub fn piece(text: &str) -> Vec<u8> {
    event(&json!({"model": "served-model", "choices": [{"index": 0, "delta": {"content": text}}]}))
}

/// The events after the text: reason, usage and end mark.
pub fn tail() -> Vec<u8> {
    [
        event(&json!({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})),
        event(&json!({"choices": [], "usage": usage()})),
        chunk(b"data: [DONE]\n\n"),
        LAST_CHUNK.to_vec(),
    ]
    .concat()
}

pub fn usage() -> Value {
    json!({"prompt_tokens": 11, "completion_tokens": 7, "total_tokens": 18, "cost": 0.00042})
}

pub fn completion(text: &str) -> Value {
    json!({
        "model": "served-model",
        "choices": [{"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}],
        "usage": usage(),
    })
}

/// The text as a good server sends it, whole or in pieces.
pub fn good(mode: Mode, pieces: &[&str]) -> Vec<u8> {
    match mode {
        Mode::Answer => json_response(200, &completion(&pieces.concat())),
        Mode::Stream => {
            let events: Vec<u8> = pieces.iter().flat_map(|text| piece(text)).collect();
            [stream_head(), events, tail()].concat()
        }
    }
}
