//! Slows down those who guess passwords.

use std::{
    collections::HashMap,
    net::{IpAddr, SocketAddr},
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use app::AppError;
use axum::{
    Json,
    body::{Body, Bytes, to_bytes},
    extract::{ConnectInfo, Request, State},
    http::{Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};

use super::{body::BODY_MAX_BYTES, caller::SESSION_COOKIE};

/// Failures of one login from one address before it has to wait.
const FAILURES_MAX: u32 = 10;
/// How long failures are remembered.
const WINDOW: Duration = Duration::from_secs(5 * 60);
/// Logins and addresses that are remembered at the most.
const REMEMBERED_MAX: usize = 10_000;

type Who = (String, Option<IpAddr>);

/// Counts failed attempts to sign in. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct SignInThrottle(Arc<Mutex<HashMap<Who, Failures>>>);

#[derive(Clone, Copy, Debug)]
struct Failures {
    count: u32,
    since: Instant,
}

impl SignInThrottle {
    fn is_closed(&self, who: &Who, now: Instant) -> bool {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.get(who).is_some_and(|failures| {
            failures.count >= FAILURES_MAX && now.duration_since(failures.since) < WINDOW
        })
    }

    fn note(&self, who: Who, failed: bool, now: Instant) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !failed {
            all.remove(&who);
            return;
        }
        if all.len() >= REMEMBERED_MAX {
            all.retain(|_, failures| now.duration_since(failures.since) < WINDOW);
        }
        if all.len() >= REMEMBERED_MAX {
            // Who has to wait goes on waiting.
            all.retain(|_, failures| failures.count >= FAILURES_MAX);
        }
        if all.len() >= REMEMBERED_MAX {
            all.clear();
        }
        let failures = all.entry(who).or_insert(Failures {
            count: 0,
            since: now,
        });
        if now.duration_since(failures.since) >= WINDOW {
            *failures = Failures {
                count: 0,
                since: now,
            };
        }
        failures.count = failures.count.saturating_add(1);
    }
}

/// Counts what did not give a session, and refuses after too many.
pub async fn guard(
    State(throttle): State<SignInThrottle>,
    request: Request,
    next: Next,
) -> Response {
    if request.method() != Method::POST || !is_sign_in(request.uri().path()) {
        return next.run(request).await;
    }
    let address = request
        .extensions()
        .get::<ConnectInfo<SocketAddr>>()
        .map(|info| info.0.ip());
    let (parts, body) = request.into_parts();
    let bytes = to_bytes(body, BODY_MAX_BYTES).await.unwrap_or_default();
    let who = (login(&bytes), address);
    if throttle.is_closed(&who, Instant::now()) {
        return refused();
    }
    // Counted before the password is looked at: many tries at once count, too.
    throttle.note(who.clone(), true, Instant::now());
    let response = next
        .run(Request::from_parts(parts, Body::from(bytes)))
        .await;
    if gives_session(&response) {
        throttle.note(who, false, Instant::now());
    }
    response
}

/// The server functions that give a session.
fn is_sign_in(path: &str) -> bool {
    path.strip_prefix("/rpc/")
        .is_some_and(|name| matches!(name, "sign_in" | "welcome"))
}

/// The login in a form, as a key: case and space do not count.
fn login(form: &Bytes) -> String {
    form_urlencoded::parse(form)
        .filter(|(name, _)| name == "login")
        .last()
        .map(|(_, value)| value.trim().to_lowercase().chars().take(200).collect())
        .unwrap_or_default()
}

fn gives_session(response: &Response) -> bool {
    response
        .headers()
        .get_all(header::SET_COOKIE)
        .iter()
        .any(|value| value.as_bytes().starts_with(SESSION_COOKIE.as_bytes()))
}

/// In the form of a server function's refusal, which the page can show.
fn refused() -> Response {
    let refusal = AppError::new(
        "too_many_attempts",
        "Too many attempts to sign in. Wait five minutes, then try again.",
    );
    (StatusCode::TOO_MANY_REQUESTS, Json(refusal)).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_failures_close_the_door_for_a_while() {
        let throttle = SignInThrottle::default();
        let who = || ("ada".to_owned(), None);
        let begun = Instant::now();
        for _ in 0..FAILURES_MAX {
            assert!(!throttle.is_closed(&who(), begun));
            throttle.note(who(), true, begun);
        }
        assert!(throttle.is_closed(&who(), begun));
        assert!(!throttle.is_closed(&("bob".to_owned(), None), begun));
        assert!(!throttle.is_closed(&who(), begun + WINDOW));
        throttle.note(who(), false, begun);
        assert!(!throttle.is_closed(&who(), begun));
    }

    #[test]
    fn a_login_is_read_from_a_form() {
        assert_eq!(login(&Bytes::from("login=+Ada%40x+&password=p")), "ada@x");
        // The server function reads this field alone.
        assert_eq!(login(&Bytes::from("x%5Blogin%5D=b&login=a")), "a");
        assert_eq!(login(&Bytes::new()), "");
    }
}
