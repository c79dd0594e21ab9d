//! The head and the body of a response to the variables that rules read.

use super::{Layout, Member, Traffic};

/// The numbers of the collections that a response gives; None for those that no rule reads.
pub struct Answers {
    content_length: Option<u16>,
    content_type: Option<u16>,
    protocol: Option<u16>,
    status: Option<u16>,
    headers: Option<u16>,
    header_names: Option<u16>,
    body: Option<u16>,
    cut: Option<u16>,
}

impl Answers {
    pub fn new(layout: &Layout) -> Self {
        Answers {
            content_length: layout.number("RESPONSE_CONTENT_LENGTH"),
            content_type: layout.number("RESPONSE_CONTENT_TYPE"),
            protocol: layout.number("RESPONSE_PROTOCOL"),
            status: layout.number("RESPONSE_STATUS"),
            headers: layout.number("RESPONSE_HEADERS"),
            header_names: layout.number("RESPONSE_HEADERS_NAMES"),
            body: layout.number("RESPONSE_BODY"),
            cut: layout.number("OUTBOUND_DATA_ERROR"),
        }
    }
}

impl Traffic {
    /// Adds the variables of the head of a response.
    pub fn add_response_head(
        &mut self,
        layout: &Layout,
        answers: &Answers,
        (status, version): (u16, &[u8]),
        headers: &[(&[u8], &[u8])],
    ) {
        let first = |wanted: &[u8]| {
            let found = headers
                .iter()
                .find(|(name, _)| name.eq_ignore_ascii_case(wanted));
            found.map_or(&b""[..], |(_, value)| *value)
        };
        let told = status.to_string();
        for (collection, value) in [
            (answers.status, told.as_bytes()),
            (answers.protocol, version),
            (answers.content_type, first(b"content-type")),
            (answers.content_length, first(b"content-length")),
        ] {
            self.single_of(layout, collection, value);
        }
        if answers.headers.is_none() && answers.header_names.is_none() {
            return;
        }
        for (name, value) in headers {
            let key = self.buffer.put(name);
            let value = self.buffer.put(value);
            if let Some(collection) = answers.headers {
                let key = key.clone();
                self.members.push(Member {
                    collection,
                    key,
                    value,
                });
            }
            if let Some(collection) = answers.header_names {
                let value = key.clone();
                self.members.push(Member {
                    collection,
                    key,
                    value,
                });
            }
        }
    }

    /// Adds the variables of the body of a response, its content coding undone.
    pub fn add_response_body(
        &mut self,
        layout: &Layout,
        answers: &Answers,
        body: &[u8],
        cut: bool,
    ) {
        let size = body.len().to_string();
        let cut: &[u8] = if cut { b"1" } else { b"0" };
        self.single_of(layout, answers.body, body);
        self.single_of(layout, answers.content_length, size.as_bytes());
        self.single_of(layout, answers.cut, cut);
    }

    fn single_of(&mut self, layout: &Layout, collection: Option<u16>, value: &[u8]) {
        let Some(collection) = collection else { return };
        let value = self.buffer.put(value);
        let key = 0..0;
        self.add(
            layout,
            Member {
                collection,
                key,
                value,
            },
        );
    }
}
