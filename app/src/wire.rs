//! How arguments and answers of server functions travel: JSON, read as text.
//!
//! The answers of resources are read as text, too. Reading both the same way
//! spares the browser a second copy of every reader.

use bytes::Bytes;
use leptos::server_fn::codec::Post;
use leptos::server_fn::{ContentType, Decodes, Encodes, Format, FormatType};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// JSON in the body of a POST and of its answer.
pub type Wire = Post<WireEncoding>;

pub struct WireEncoding;

/// Bytes that are no JSON of the wanted form.
#[derive(Debug, thiserror::Error)]
pub enum WireError {
    #[error("the text is no UTF-8")]
    Utf8(#[from] std::str::Utf8Error),
    #[error(transparent)]
    Json(#[from] serde_json::Error),
}

impl ContentType for WireEncoding {
    const CONTENT_TYPE: &'static str = "application/json";
}

impl FormatType for WireEncoding {
    const FORMAT_TYPE: Format = Format::Text;
}

impl<T: Serialize> Encodes<T> for WireEncoding {
    type Error = WireError;

    fn encode(output: &T) -> Result<Bytes, WireError> {
        Ok(serde_json::to_string(output)?.into())
    }
}

impl<T: DeserializeOwned> Decodes<T> for WireEncoding {
    type Error = WireError;

    fn decode(bytes: Bytes) -> Result<T, WireError> {
        Ok(serde_json::from_str(std::str::from_utf8(&bytes)?)?)
    }
}
