//! The query of a request, read parameter by parameter.

use std::{collections::HashMap, str::FromStr};

use axum::{extract::FromRequestParts, http::request::Parts};
use chrono::{DateTime, Utc};
use model::{LIMIT_DEFAULT, LIMIT_MAX, PageRequest, UnknownWord};

use crate::problem::Problem;

/// The parameters of the query. Those that nobody reads are ignored.
#[derive(Clone, Debug)]
pub struct Params(HashMap<String, String>);

impl<S: Sync> FromRequestParts<S> for Params {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        Self::read(parts.uri.query().unwrap_or(""))
    }
}

impl Params {
    fn read(query: &str) -> Result<Self, Problem> {
        let mut all = HashMap::new();
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            if value.contains('\0') {
                return Err(Problem::invalid(&name, "must not contain a NUL character"));
            }
            if all
                .insert(name.clone().into_owned(), value.into_owned())
                .is_some()
            {
                return Err(Problem::invalid(&name, "is given more than once"));
            }
        }
        Ok(Self(all))
    }

    /// A parameter's text; an empty one counts as left out.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.0
            .get(name)
            .map(String::as_str)
            .filter(|v| !v.is_empty())
    }

    /// A parameter that must be there.
    pub fn needed(&self, name: &str) -> Result<&str, Problem> {
        self.text(name)
            .ok_or_else(|| Problem::invalid(name, "is missing"))
    }

    /// An id; 400 where it is no UUID.
    pub fn id<T: FromStr>(&self, name: &str) -> Result<Option<T>, Problem> {
        let read = |text: &str| {
            text.parse()
                .map_err(|_| Problem::malformed_field(name, "must be a UUID"))
        };
        self.text(name).map(read).transpose()
    }

    /// An id that must be there.
    pub fn needed_id<T: FromStr>(&self, name: &str) -> Result<T, Problem> {
        self.needed(name)?;
        self.id(name)?
            .ok_or_else(|| Problem::invalid(name, "is missing"))
    }

    /// A word of a closed set; 422 where it is another.
    pub fn word<T: FromStr<Err = UnknownWord>>(&self, name: &str) -> Result<Option<T>, Problem> {
        let read = |text: &str| {
            text.parse()
                .map_err(|error: UnknownWord| Problem::invalid(name, error.to_string()))
        };
        self.text(name).map(read).transpose()
    }

    /// `true` or `false`.
    pub fn flag(&self, name: &str) -> Result<Option<bool>, Problem> {
        match self.text(name) {
            None => Ok(None),
            Some("true" | "1") => Ok(Some(true)),
            Some("false" | "0") => Ok(Some(false)),
            Some(_) => Err(Problem::invalid(name, "must be true or false")),
        }
    }

    /// A time in RFC 3339.
    pub fn time(&self, name: &str) -> Result<Option<DateTime<Utc>>, Problem> {
        let read = |text: &str| {
            // A plus sign that was not escaped arrives as a space.
            DateTime::parse_from_rfc3339(&text.replace(' ', "+"))
                .map(|time| time.with_timezone(&Utc))
                .map_err(|_| Problem::invalid(name, "must be a time as in 2026-01-31T12:00:00Z"))
        };
        self.text(name).map(read).transpose()
    }

    /// A whole number in its range.
    pub fn number(
        &self,
        name: &str,
        range: std::ops::RangeInclusive<i64>,
    ) -> Result<Option<i64>, Problem> {
        let read = |text: &str| {
            let number = text.parse().ok().filter(|n| range.contains(n));
            let (from, to) = (range.start(), range.end());
            number.ok_or_else(|| {
                Problem::invalid(name, format!("must be a whole number from {from} to {to}"))
            })
        };
        self.text(name).map(read).transpose()
    }

    /// How many rows are asked for at the most.
    pub fn limit(&self) -> Result<i64, Problem> {
        match self.text("limit") {
            None => Ok(LIMIT_DEFAULT),
            Some(text) => text
                .parse()
                .ok()
                .filter(|limit| (1..=LIMIT_MAX).contains(limit))
                .ok_or_else(|| {
                    Problem::invalid(
                        "limit",
                        format!("must be a whole number from 1 to {LIMIT_MAX}"),
                    )
                }),
        }
    }

    /// Which page of a list is asked for.
    pub fn page(&self) -> Result<PageRequest, Problem> {
        let limit = self.limit()?;
        let read = |text: &str| {
            text.parse().map_err(|_| {
                Problem::malformed_field("cursor", "must be the next_cursor of an earlier answer")
            })
        };
        let after = self.text("cursor").map(read).transpose()?;
        Ok(PageRequest { limit, after })
    }
}

#[cfg(test)]
mod tests {
    use model::{HubId, Provider};

    use super::*;

    fn params(query: &str) -> Params {
        Params::read(query).unwrap()
    }

    #[test]
    fn pages() {
        assert_eq!(params("").page().unwrap(), PageRequest::default());
        assert_eq!(params("limit=200").page().unwrap().limit, 200);
        for bad in ["limit=0", "limit=201", "limit=-1", "limit=x", "limit=1.5"] {
            assert_eq!(params(bad).page().unwrap_err().status, 422, "{bad}");
        }
        assert_eq!(params("cursor=zzz").page().unwrap_err().status, 400);
    }

    #[test]
    fn filters() {
        let query = params("provider=acme&hub_id=x&active=maybe&since=yesterday");
        assert_eq!(query.word::<Provider>("provider").unwrap_err().status, 422);
        assert_eq!(query.id::<HubId>("hub_id").unwrap_err().status, 400);
        assert_eq!(query.flag("active").unwrap_err().status, 422);
        assert_eq!(query.time("since").unwrap_err().status, 422);
        assert_eq!(query.needed_id::<HubId>("other").unwrap_err().status, 422);
        assert!(
            params("since=2026-01-01T00:00:00+01:00")
                .time("since")
                .unwrap()
                .is_some()
        );
    }

    #[test]
    fn a_query_that_says_two_things_is_refused() {
        assert_eq!(Params::read("a=1&a=2").unwrap_err().status, 422);
        assert_eq!(Params::read("a=%00").unwrap_err().status, 422);
    }
}
