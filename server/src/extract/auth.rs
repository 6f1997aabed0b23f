//! Who calls, with at least the role that a handler asks for.

use std::{marker::PhantomData, ops::Deref};

use axum::{extract::FromRequestParts, http::request::Parts};
use federation::Error;
use model::{Caller, Role};

use crate::problem::Problem;

/// The least role that may call a handler.
pub trait AtLeast: Send + Sync + 'static {
    const ROLE: Role;
}

macro_rules! roles {
    ($($name:ident),+) => {$(
        /// A role that a handler asks for.
        #[derive(Debug)]
        pub enum $name {}

        impl AtLeast for $name {
            const ROLE: Role = Role::$name;
        }
    )+};
}

roles!(Viewer, Reviewer, Steward, Admin);

/// The caller. Comes first in a handler: 401 and 403 are said before anything
/// else of the request is looked at.
#[derive(Debug)]
pub struct Auth<R> {
    caller: Caller,
    role: PhantomData<R>,
}

impl<R> Deref for Auth<R> {
    type Target = Caller;

    fn deref(&self) -> &Caller {
        &self.caller
    }
}

impl<S: Sync, R: AtLeast> FromRequestParts<S> for Auth<R> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let caller = parts
            .extensions
            .get::<Caller>()
            .cloned()
            .ok_or_else(Problem::unauthenticated)?;
        if !caller.may(R::ROLE) {
            return Err(Error::NotAllowed { needed: R::ROLE }.into());
        }
        Ok(Self {
            caller,
            role: PhantomData,
        })
    }
}
