//! What handlers answer with.

use axum::{
    Json,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use model::{Page, PageRequest};
use serde::Serialize;
use uuid::Uuid;

use crate::problem::Problem;

/// A JSON answer, or why there is none.
pub type Reply<T> = Result<Json<T>, Problem>;

/// 201 with the new row and where it is to be found.
#[derive(Debug)]
pub struct Created<T> {
    location: String,
    row: T,
}

impl<T> Created<T> {
    /// `noun` is the first part of the path below `/api/v2`.
    pub fn new(noun: &str, id: impl std::fmt::Display, row: T) -> Self {
        Self {
            location: format!("/api/v2/{noun}/{id}"),
            row,
        }
    }

    /// Of rows that have no path of their own: the list has them.
    pub fn at(noun: &str, row: T) -> Self {
        Self {
            location: format!("/api/v2/{noun}"),
            row,
        }
    }
}

impl<T: Serialize> IntoResponse for Created<T> {
    fn into_response(self) -> Response {
        let mut response = (StatusCode::CREATED, Json(self.row)).into_response();
        if let Ok(location) = HeaderValue::from_str(&self.location) {
            response.headers_mut().insert(header::LOCATION, location);
        }
        response
    }
}

/// Cuts one page out of a list that is whole in memory, newest first.
pub fn page_of<T>(rows: Vec<T>, page: PageRequest, id: impl Fn(&T) -> Uuid) -> Page<T> {
    let begin = match page.after {
        None => 0,
        Some(after) => rows
            .iter()
            .position(|row| id(row) == after)
            .map_or(rows.len(), |index| index.saturating_add(1)),
    };
    let limit = usize::try_from(page.limit).unwrap_or(0);
    let wanted = limit.saturating_add(1);
    let rows = rows.into_iter().skip(begin).take(wanted).collect();
    page.cut(rows, id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_follow_each_other_without_a_gap() {
        let rows: Vec<u128> = (1..=5).collect();
        let id = |n: &u128| Uuid::from_u128(*n);
        let mut page = PageRequest {
            limit: 2,
            after: None,
        };
        let mut seen = Vec::new();
        loop {
            let cut = page_of(rows.clone(), page, id);
            seen.extend(cut.items);
            match cut.next_cursor {
                None => break,
                Some(cursor) => page.after = cursor.parse().ok(),
            }
        }
        assert_eq!(seen, rows);
    }
}
