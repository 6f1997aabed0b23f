//! How long a provider asks to wait.

use std::time::Duration;

use chrono::{DateTime, Utc};
use reqwest::header::{HeaderMap, RETRY_AFTER};

/// Longer waits are cut to this.
const MAX_WAIT: Duration = Duration::from_secs(24 * 60 * 60);

/// The wait in `Retry-After`, in seconds or as a date (a past one is no wait).
pub(super) fn from_headers(headers: &HeaderMap, now: DateTime<Utc>) -> Option<Duration> {
    of_text(headers.get(RETRY_AFTER)?.to_str().ok()?, now)
}

/// The same where a helper hands on what the header said.
pub(super) fn from_text(text: &str) -> Option<Duration> {
    of_text(text, machine_time())
}

/// A date is meant against the real time, whatever the engine's clock says.
#[expect(clippy::disallowed_methods, reason = "no row carries this time")]
pub(super) fn machine_time() -> DateTime<Utc> {
    Utc::now()
}

fn of_text(text: &str, now: DateTime<Utc>) -> Option<Duration> {
    let text = text.trim();
    seconds(text).or_else(|| date(text, now))
}

/// A protobuf duration, such as `34s` or `3.5s`.
pub(super) fn from_proto(text: &str) -> Option<Duration> {
    seconds(text.trim().strip_suffix('s')?)
}

fn seconds(text: &str) -> Option<Duration> {
    let seconds: f64 = text
        .parse()
        .ok()
        .filter(|seconds: &f64| !seconds.is_nan())?;
    let limited = seconds.min(MAX_WAIT.as_secs_f64());
    Duration::try_from_secs_f64(limited).ok()
}

fn date(text: &str, now: DateTime<Utc>) -> Option<Duration> {
    let then = DateTime::parse_from_rfc2822(text).ok()?;
    let wait = then
        .signed_duration_since(now)
        .to_std()
        .unwrap_or(Duration::ZERO);
    Some(wait.min(MAX_WAIT))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use reqwest::header::HeaderValue;

    fn wait(text: &str) -> Option<Duration> {
        let now = DateTime::parse_from_rfc3339("2026-01-02T03:04:05Z")
            .unwrap()
            .to_utc();
        let mut headers = HeaderMap::new();
        headers.insert(RETRY_AFTER, HeaderValue::from_str(text).unwrap());
        from_headers(&headers, now)
    }

    #[test]
    fn seconds_and_dates() {
        assert_eq!(wait("7"), Some(Duration::from_secs(7)));
        assert_eq!(wait(" 1.5 "), Some(Duration::from_millis(1500)));
        assert_eq!(
            wait("Fri, 02 Jan 2026 03:04:35 GMT"),
            Some(Duration::from_secs(30))
        );
        assert_eq!(wait("Fri, 02 Jan 2026 03:00:00 GMT"), Some(Duration::ZERO));
        assert_eq!(wait("999999999999"), Some(MAX_WAIT));
        assert_eq!(wait("inf"), Some(MAX_WAIT));
        for nonsense in ["soon", "-3", "NaN", ""] {
            assert_eq!(wait(nonsense), None, "{nonsense}");
        }
    }

    #[test]
    fn protobuf_durations() {
        assert_eq!(from_proto("34s"), Some(Duration::from_secs(34)));
        assert_eq!(from_proto("34"), None);
    }
}
