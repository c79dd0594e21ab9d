//! The head of a request to the variables that rules read, all in one buffer.
//!
//! `engines/inspect/variables.py` is the specification of each variable; tests hold both equal.
//! What this reader does not know, or what few requests have, is left to Python.

mod buffer;
mod layout;
mod response;

use std::collections::HashSet;
use std::ops::Range;

use buffer::{absolute, bad_percent, Buffer, Pair};
pub use layout::Layout;
use layout::{Single, Source};
pub use response::Answers;

/// The head of a request as it is given.
pub struct Head<'h> {
    pub method: &'h [u8],
    pub target: &'h [u8],
    pub version: &'h [u8],
    pub headers: &'h [(&'h [u8], &'h [u8])],
    pub address: &'h [u8],
    pub unique: &'h [u8],
    pub processor: &'h [u8],
}

/// A member of a collection; the ranges are of the buffer.
#[derive(Clone, Debug)]
pub struct Member {
    pub collection: u16,
    pub key: Range<usize>,
    pub value: Range<usize>,
}

/// The variables of one request and its response.
pub struct Traffic {
    pub buffer: Buffer,
    pub members: Vec<Member>,
}

impl Traffic {
    /// Reads a head; returns with it the collections that are left to Python.
    pub fn read(layout: &Layout, head: &Head) -> (Self, Vec<u16>) {
        let size: usize = head
            .headers
            .iter()
            .map(|(name, value)| name.len() + value.len())
            .sum();
        let mut traffic = Traffic {
            buffer: Buffer::with_capacity(size + 4 * head.target.len() + 256),
            members: Vec::with_capacity(96),
        };
        let parts = traffic.parts(layout.separator, head);
        for (number, source) in &layout.made {
            match source {
                Source::Arguments => traffic.pairs(*number, &parts.arguments),
                Source::ArgumentNames => traffic.keys(*number, &parts.arguments),
                Source::Cookies => traffic.pairs(*number, &parts.cookies),
                Source::CookieNames => traffic.keys(*number, &parts.cookies),
                Source::Headers => traffic.pairs(*number, &parts.headers),
                Source::HeaderNames => traffic.keys(*number, &parts.headers),
                Source::Single(single) => {
                    let value = traffic.single(*single, &parts, head);
                    traffic.members.push(Member {
                        collection: *number,
                        key: 0..0,
                        value,
                    });
                }
            }
        }
        let mut left = layout.unread.clone();
        left.extend(layout.views.filter(|_| traffic.has_views(&parts)));
        left.extend(layout.joined.filter(|_| traffic.repeats(&parts.arguments)));
        (traffic, left)
    }

    fn parts(&mut self, separator: u8, head: &Head) -> Parts {
        let headers: Vec<Pair> = head
            .headers
            .iter()
            .map(|(name, value)| (self.buffer.put(name), self.buffer.put(value)))
            .collect();
        let target = self.buffer.put(head.target);
        let uri = match absolute(head.target) {
            Some(end) if head.target[end..].starts_with(b"/") => target.start + end..target.end,
            Some(end) => {
                let rest = &head.target[end..];
                self.buffer.joined(&[b"/", rest], b"")
            }
            None => target.clone(),
        };
        let mark = memchr::memchr(b'?', self.buffer.get(&uri));
        let path = uri.start..mark.map_or(uri.end, |at| uri.start + at);
        let query = mark.map_or(uri.end, |at| uri.start + at + 1)..uri.end;
        let filename = self.buffer.decoded(path, false);
        let arguments = self.buffer.arguments(query.clone(), separator);
        let cookies = self.buffer.cookies(&headers);
        Parts {
            headers,
            target,
            uri,
            query,
            filename,
            arguments,
            cookies,
        }
    }

    /// Adds a member; a collection of one member keeps the last one.
    pub fn add(&mut self, layout: &Layout, member: Member) {
        if layout.singles[usize::from(member.collection)] {
            let before = self
                .members
                .iter_mut()
                .find(|known| known.collection == member.collection);
            if let Some(before) = before {
                *before = member;
                return;
            }
        }
        self.members.push(member);
    }

    fn pairs(&mut self, collection: u16, pairs: &[Pair]) {
        self.members.extend(pairs.iter().map(|(key, value)| Member {
            collection,
            key: key.clone(),
            value: value.clone(),
        }));
    }

    fn keys(&mut self, collection: u16, pairs: &[Pair]) {
        self.members.extend(pairs.iter().map(|(key, _)| Member {
            collection,
            key: key.clone(),
            value: key.clone(),
        }));
    }

    fn single(&mut self, single: Single, parts: &Parts, head: &Head) -> Range<usize> {
        match single {
            Single::Address => self.buffer.put(head.address),
            Single::ArgumentsSize => {
                let sizes = parts
                    .arguments
                    .iter()
                    .map(|(name, value)| name.len() + value.len());
                let size: usize = sizes.sum();
                self.buffer.put(size.to_string().as_bytes())
            }
            Single::BadPercent => {
                let bad = bad_percent(self.buffer.get(&parts.query));
                self.buffer.put(if bad { b"1" } else { b"0" })
            }
            Single::Basename => {
                let name = self.buffer.get(&parts.filename);
                let cut = memchr::memrchr2(b'/', b'\\', name).map_or(0, |at| at + 1);
                parts.filename.start + cut..parts.filename.end
            }
            Single::Filename => parts.filename.clone(),
            Single::Line => {
                let line = [head.method, head.target, head.version];
                self.buffer.joined(&line, b" ")
            }
            Single::Method => self.buffer.put(head.method),
            Single::Processor => self.buffer.put(head.processor),
            Single::Protocol => self.buffer.put(head.version),
            Single::Query => parts.query.clone(),
            Single::Target => parts.target.clone(),
            Single::Unique => self.buffer.put(head.unique),
            Single::Uri => parts.uri.clone(),
        }
    }

    /// Tells whether a value of the head may have further readings.
    fn has_views(&self, parts: &Parts) -> bool {
        let worth = |text: &Range<usize>| {
            self.buffer
                .get(text)
                .iter()
                .any(|byte| matches!(byte, b'%' | 0xC0 | 0xC1 | 0xE0 | 0xEF | 0xF0))
        };
        let told = |name: &Range<usize>| {
            let name = self.buffer.get(name);
            name.eq_ignore_ascii_case(b"user-agent") || name.eq_ignore_ascii_case(b"referer")
        };
        worth(&parts.filename)
            || parts
                .arguments
                .iter()
                .chain(&parts.cookies)
                .any(|(name, value)| worth(name) || worth(value))
            || parts
                .headers
                .iter()
                .any(|(name, value)| told(name) && worth(value))
    }

    /// Tells whether some name comes twice.
    fn repeats(&self, pairs: &[Pair]) -> bool {
        let mut seen = HashSet::with_capacity(pairs.len());
        !pairs
            .iter()
            .all(|(name, _)| seen.insert(self.buffer.get(name)))
    }
}

struct Parts {
    headers: Vec<Pair>,
    target: Range<usize>,
    uri: Range<usize>,
    query: Range<usize>,
    filename: Range<usize>,
    arguments: Vec<Pair>,
    cookies: Vec<Pair>,
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::{Head, Layout, Member, Traffic};

    const HEAD: Head = Head {
        method: b"GET",
        target: b"http://h?a=%2B+%zz&&=c",
        version: b"HTTP/1.1",
        headers: &[(b"Cookie", b"x = y ;; z")],
        address: b"192.0.2.1",
        unique: b"r",
        processor: b"",
    };

    fn layout() -> Layout {
        let names = [
            "ARGS",
            "REQUEST_COOKIES",
            "REQUEST_LINE",
            "REQUEST_URI",
            "TIME",
            "VIEWS",
        ];
        let named =
            |all: &[&str]| -> HashSet<String> { all.iter().map(|one| (*one).to_owned()).collect() };
        let all = names.iter().map(|name| (*name).to_owned());
        Layout::new(all.collect(), &named(&names[2..5]), &named(&names), b'&')
    }

    fn members(traffic: &Traffic, collection: u16) -> Vec<(&[u8], &[u8])> {
        let members = traffic
            .members
            .iter()
            .filter(|one| one.collection == collection);
        let text = |one: &std::ops::Range<usize>| traffic.buffer.get(one);
        members
            .map(|one| (text(&one.key), text(&one.value)))
            .collect()
    }

    #[test]
    fn a_head_is_read_and_the_rest_is_left() {
        let (traffic, left) = Traffic::read(&layout(), &HEAD);
        assert_eq!(
            members(&traffic, 0),
            [(&b"a"[..], &b"+ %zz"[..]), (b"", b"c")]
        );
        assert_eq!(members(&traffic, 1), [(&b"x"[..], &b"y"[..]), (b"z", b"")]);
        assert_eq!(
            members(&traffic, 2)[0].1,
            b"GET http://h?a=%2B+%zz&&=c HTTP/1.1"
        );
        assert_eq!(members(&traffic, 3)[0].1, b"/?a=%2B+%zz&&=c");
        assert_eq!(left, [4, 5]);
    }

    #[test]
    fn the_last_value_of_a_single_variable_stays() {
        let layout = layout();
        let (mut traffic, _) = Traffic::read(&layout, &HEAD);
        let value = traffic.buffer.put(b"/other");
        traffic.add(
            &layout,
            Member {
                collection: 3,
                key: 0..0,
                value: value.clone(),
            },
        );
        traffic.add(
            &layout,
            Member {
                collection: 0,
                key: 0..0,
                value,
            },
        );
        assert_eq!(members(&traffic, 3), [(&b""[..], &b"/other"[..])]);
        assert_eq!(members(&traffic, 0).len(), 3);
    }
}
