//! The four invocation points on both engines: what is asked, stored and told.

mod auto;
mod durable;
mod points;
mod prompts;
mod rounds;
