//! A decoder of server-sent events, fed with bytes as they come.
//!
//! Only the `data` of an event is kept; comments, names and ids say nothing in
//! this protocol. Characters and lines may be split anywhere.

/// Why bytes are no event stream.
#[derive(Debug, PartialEq)]
pub(super) enum Broken {
    NotUtf8,
    /// One event is longer than the limit.
    TooLong,
}

/// Turns bytes into the data of events.
#[derive(Debug)]
pub(super) struct Decoder {
    line: Vec<u8>,
    data: String,
    has_data: bool,
    first_line: bool,
    /// The last byte was a CR: a LF that follows belongs to it.
    after_cr: bool,
    max_event_bytes: usize,
}

impl Decoder {
    pub fn new(max_event_bytes: usize) -> Self {
        Self {
            line: Vec::new(),
            data: String::new(),
            has_data: false,
            first_line: true,
            after_cr: false,
            max_event_bytes,
        }
    }

    /// Takes the next bytes and gives the events that they complete.
    pub fn push(&mut self, mut bytes: &[u8]) -> Result<Vec<String>, Broken> {
        let mut events = Vec::new();
        while !bytes.is_empty() {
            if std::mem::take(&mut self.after_cr) && bytes[0] == b'\n' {
                bytes = &bytes[1..];
                continue;
            }
            let end = bytes.iter().position(|byte| matches!(byte, b'\n' | b'\r'));
            let (head, tail) = bytes.split_at(end.unwrap_or(bytes.len()));
            if self.line.len() + self.data.len() + head.len() > self.max_event_bytes {
                return Err(Broken::TooLong);
            }
            self.line.extend_from_slice(head);
            bytes = tail;
            if let Some((newline, rest)) = tail.split_first() {
                self.after_cr = *newline == b'\r';
                bytes = rest;
                events.extend(self.end_line()?);
            }
        }
        Ok(events)
    }

    /// The last event, where the stream ended without the empty line after it.
    pub fn finish(&mut self) -> Result<Option<String>, Broken> {
        if !self.line.is_empty() {
            self.end_line()?;
        }
        Ok(self.event())
    }

    fn end_line(&mut self) -> Result<Option<String>, Broken> {
        let bytes = std::mem::take(&mut self.line);
        let line = std::str::from_utf8(&bytes).map_err(|_| Broken::NotUtf8)?;
        let line = if std::mem::take(&mut self.first_line) {
            line.strip_prefix('\u{feff}').unwrap_or(line)
        } else {
            line
        };
        if line.is_empty() {
            return Ok(self.event());
        }
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        if field == "data" {
            if self.has_data {
                self.data.push('\n');
            }
            self.has_data = true;
            self.data.push_str(value.strip_prefix(' ').unwrap_or(value));
        }
        Ok(None)
    }

    fn event(&mut self) -> Option<String> {
        let data = std::mem::take(&mut self.data);
        std::mem::take(&mut self.has_data).then_some(data)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn decode(chunks: &[&[u8]]) -> Result<Vec<String>, Broken> {
        let mut decoder = Decoder::new(1_000);
        let mut events = Vec::new();
        for chunk in chunks {
            events.extend(decoder.push(chunk)?);
        }
        events.extend(decoder.finish()?);
        Ok(events)
    }

    #[test]
    fn all_newlines_and_fields() {
        let text = "\u{feff}data: a\r\n\r\n: comment\n\nevent: x\nid: 1\ndata:b\ndata:  c\n\ndata\r\rdata: d";
        assert_eq!(decode(&[text.as_bytes()]).unwrap(), ["a", "b\n c", "", "d"]);
    }

    #[test]
    fn broken_bytes() {
        assert_eq!(decode(&[b"data: \xff\n\n"]), Err(Broken::NotUtf8));
        assert_eq!(decode(&[&[b'x'; 600], &[b'y'; 600]]), Err(Broken::TooLong));
        assert_eq!(
            decode(&["data: ä".as_bytes(), b"\xc3"]),
            Err(Broken::NotUtf8)
        );
    }

    proptest! {
        #[test]
        fn where_the_bytes_are_cut_does_not_matter(
            events in proptest::collection::vec("[a-zäß漢🦀 :]{0,8}", 0..6),
            newline in prop_oneof![Just("\n"), Just("\r\n"), Just("\r")],
            size in 1_usize..9,
        ) {
            let text: String = events.iter().map(|event| format!("data: {event}{newline}{newline}")).collect();
            let chunks: Vec<&[u8]> = text.as_bytes().chunks(size).collect();
            prop_assert_eq!(decode(&chunks).unwrap(), events);
        }
    }
}
